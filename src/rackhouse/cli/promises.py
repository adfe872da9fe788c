"""``rackhouse promise``: pre-orders and backorders."""

import datetime
from collections.abc import Awaitable, Callable
from typing import Any, get_args

import click
import msgspec

from rackhouse.cli.lot_facts import MOMENT
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import (
    PromiseChanges,
    PromiseKind,
    PromiseNow,
    PromiseTerms,
    change_promise,
    close_promise,
    open_promise,
    promises,
)
from rackhouse.platform.context import Context

__all__ = ["promise_command"]

PAGE_LIMIT = 200

_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


class _ChannelCap(click.ParamType[Any]):
    name = "channel=cap"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        channel, _, cap = value.rpartition("=")
        if not channel or not cap.isdecimal():
            self.fail(f"{value!r} is not like web=60", param, ctx)
        return channel, int(cap)


@click.group("promise")
def promise_command() -> None:
    """Sell pieces before they come: pre-orders and backorders."""


@promise_command.command("open")
@click.argument("sku")
@click.option("--kind", type=click.Choice(get_args(PromiseKind)), default="pre_order")
@click.option("--promised-at", type=MOMENT, required=True, help="When the pieces are promised for.")
@click.option("--cap", type=click.IntRange(min=1), help="How many, by every channel together.")
@click.option(
    "--channel-cap",
    "channel_caps",
    type=_ChannelCap(),
    multiple=True,
    help="How many by one channel, such as web=60; may be repeated.",
)
@click.option("--inbound", "inbound_id", help="The shipment that brings them.")
@click.option("--note", help="What people should know of it.")
@_json
def open_command(
    sku: str,
    kind: PromiseKind,
    promised_at: datetime.datetime,
    cap: int | None,
    channel_caps: tuple[tuple[str, int], ...],
    inbound_id: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    """Let pieces of SKU be sold before they come, up to a cap."""
    terms = PromiseTerms(
        kind=kind,
        promised_at=promised_at,
        cap=cap,
        channel_caps=dict(channel_caps) or None,
        inbound_id=inbound_id,
        note=note,
    )
    _print([_done(lambda at: open_promise(context=at, sku=sku, terms=terms))], as_json)


@promise_command.command("move")
@click.argument("sku")
@click.option("--promised-at", type=MOMENT, help="The new time.")
@click.option("--cap", type=click.IntRange(min=0), help="The new cap.")
@click.option("--reason", required=True, help="Why, in a few words.")
@_json
def move_command(
    sku: str, promised_at: datetime.datetime | None, cap: int | None, reason: str, as_json: bool
) -> None:
    """Promise SKU for another time, or allow more or fewer."""
    changes = PromiseChanges(promised_at=promised_at, cap=cap, reason=reason)

    async def move(context: Context) -> PromiseNow:
        return await change_promise(
            context=context, sku=sku, changes=changes, expected_version=None
        )

    _print([_done(move)], as_json)


@promise_command.command("close")
@click.argument("sku")
@click.option("--reason", default="closed", show_default=True, help="Why, in a few words.")
@_json
def close_command(sku: str, reason: str, as_json: bool) -> None:
    """Let nothing more of SKU be sold before it comes; what was sold stays promised."""

    async def close(context: Context) -> PromiseNow:
        return await close_promise(context=context, sku=sku, reason=reason, expected_version=None)

    _print([_done(close)], as_json)


@promise_command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are closed.")
@_json
def list_command(everything: bool, as_json: bool) -> None:
    """List what is promised, in order of the SKUs."""
    found = run(_listed(None if everything else True))
    _print(found, as_json, whole=True)


def _done(do: Callable[[Context], Awaitable[PromiseNow]]) -> PromiseNow:
    async def done() -> PromiseNow:
        async with open_house() as house:
            return await do(administrator(house))

    return run(done())


async def _listed(is_open: bool | None) -> list[PromiseNow]:
    found: list[PromiseNow] = []
    async with open_house() as house:
        while True:
            page = await promises(
                context=administrator(house),
                after=found[-1].promise.sku if found else "",
                is_open=is_open,
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found


def _print(found: list[PromiseNow], as_json: bool, *, whole: bool = False) -> None:
    if as_json:
        told = [_facts(each) for each in found]
        click.echo(msgspec.json.encode(told if whole else told[0]))
        return
    for now in found:
        promise = now.promise
        state = "closed" if promise.closed_at else "open"
        day = f"{promise.promised_at.astimezone(datetime.UTC):%Y-%m-%d}"
        click.echo(f"{promise.sku}  {promise.kind.replace('_', '-')}  {state}, for {day}")
        for part in now.parts:
            left = part.cap - part.held - part.sold
            whom = f"  {part.channel or 'every channel'}"
            click.echo(f"{whom:24}  {left} left, {part.held} held, {part.sold} sold")
        if now.waiting_orders:
            click.echo(f"  {now.waiting_orders} orders wait")


def _facts(now: PromiseNow) -> dict[str, object]:
    parts = [
        {**msgspec.structs.asdict(part), "channel": part.channel or None} for part in now.parts
    ]
    waiting = {"parts": parts, "waiting_orders": now.waiting_orders}
    return {**msgspec.structs.asdict(now.promise), **waiting}
