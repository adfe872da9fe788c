"""``rackhouse lot``: batches, their numbered bottles, and who has them when one is recalled."""

import datetime
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from rackhouse.cli.lot_facts import DAY, MOMENT, attributes_said, flavors_said
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import (
    UNIT_STATES,
    HoldWithLot,
    LotFacts,
    LotNow,
    LotPlace,
    PartOfStock,
    UnitNow,
    UnitWithHistory,
    holds_with_lot,
    lot_of,
    lots_of,
    recall_lot,
    register_lot,
    reinstate_lot,
    stock_by_lot,
    unit_of,
    units_of,
)
from rackhouse.orders import orders_of_holds
from rackhouse.platform.context import Context

__all__ = ["lot_command"]

PAGE_LIMIT = 200
STATUSES = ("sellable", "unreleased", "expired", "recalled")

Item = TypeVar("Item")

_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
_reason = click.option("--reason", required=True, help="Why, in a few words.")


@click.group("lot")
def lot_command() -> None:
    """Register, show and recall lots, and list their numbered units."""


@lot_command.command("register")
@click.argument("sku")
@click.argument("lot")
@click.option("--made-on", type=DAY, help="The day on which it was made or bottled.")
@click.option("--release-at", type=MOMENT, help="Before this time none of it is sold.")
@click.option("--expires-at", type=MOMENT, help="From this time on none of it is sold.")
@click.option("--numbered", type=int, help="How many numbered units it has in all.")
@click.option("--flavor", "flavors", multiple=True, help="A word, or WORD=SCORE; may be repeated.")
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    help="NAME=TEXT, or NAME:KIND=VALUE with the kind number, boolean, date or list (items "
    "separated by `;`); may be repeated.",
)
@_json
def register_command(
    sku: str,
    lot: str,
    flavors: tuple[str, ...],
    attributes: tuple[str, ...],
    as_json: bool,
    **dates: Any,
) -> None:
    """Make LOT, a batch of SKU, known, so that pieces of it can come in."""
    facts = LotFacts(
        flavor_profile=flavors_said(flavors), attributes=attributes_said(attributes), **dates
    )
    _tell(_asked(lambda by: register_lot(context=by, sku=sku, lot=lot, facts=facts)), as_json)


@lot_command.command("show")
@click.argument("sku")
@click.argument("lot")
@_json
def show_command(sku: str, lot: str, as_json: bool) -> None:
    """Show LOT of SKU, and how many pieces of it are where."""
    known, parts = _asked(lambda by: _known(by, sku, lot))
    if as_json:
        click.echo(msgspec.json.encode({**msgspec.structs.asdict(known), "stock": parts}))
        return
    _tell(known, as_json=False)
    for each in parts:
        whose = f"for {each.allotment}" if each.allotment else ""
        figures = f"{each.on_hand:>8} on hand {each.held:>7} held {each.committed:>7} sold"
        click.echo(f"  {each.location:20} {figures} {each.free:>7} free  {each.condition} {whose}")


@lot_command.command("list")
@click.option("--sku", help="Only of this SKU.")
@click.option("--status", type=click.Choice(STATUSES), help="Only in this status.")
@_json
def list_command(sku: str | None, status: str | None, as_json: bool) -> None:
    """List lots with their status at this moment."""
    found = _asked(lambda by: _lots(by, sku, status))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        _tell(each, as_json=False)


@lot_command.command("recall")
@click.argument("sku")
@click.argument("lot")
@_reason
@_json
def recall_command(sku: str, lot: str, reason: str, as_json: bool) -> None:
    """Freeze LOT of SKU everywhere, and name every hold and order that has some of it."""
    recalled, found = _asked(lambda by: _recalled(by, sku, lot, reason))
    if as_json:
        click.echo(msgspec.json.encode({**msgspec.structs.asdict(recalled), "holds": found}))
        return
    _tell(recalled, as_json=False)
    for each in found:
        who = f"order {each.order_id}" if each.order_id else f"hold {each.hold_id}"
        click.echo(
            f"  {who}  through {each.channel}  {each.customer_id or 'no customer named'}  "
            f"{each.held} held, {each.committed} sold, {each.with_customer} with the customer"
        )
    click.echo(f"{len(found)} holds and orders have pieces of it.", err=True)


@lot_command.command("reinstate")
@click.argument("sku")
@click.argument("lot")
@_reason
@_json
def reinstate_command(sku: str, lot: str, reason: str, as_json: bool) -> None:
    """Lift the recall of LOT of SKU."""
    lifted = _asked(lambda by: reinstate_lot(context=by, sku=sku, lot=lot, reason=reason))
    _tell(lifted, as_json)


@lot_command.command("units")
@click.argument("sku")
@click.argument("lot")
@click.option("--number", type=int, help="Only this one, with all that happened to it.")
@click.option("--state", type=click.Choice(UNIT_STATES), help="Only in this state.")
@click.option("--location", help="Only at this location.")
@_json
def units_command(
    sku: str, lot: str, number: int | None, as_json: bool, **only: str | None
) -> None:
    """List the numbered units of LOT of SKU: where each is, and whose."""
    if number is not None:
        one = _asked(lambda by: unit_of(context=by, sku=sku, lot=lot, number=number))
        _tell_history(one, as_json)
        return
    found = _asked(lambda by: _units(by, sku, lot, only))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        click.echo(_in_a_line(each))


async def _known(context: Context, sku: str, lot: str) -> tuple[LotNow, list[PartOfStock]]:
    """A lot, and where its pieces are."""

    async def page(last: PartOfStock | None) -> list[PartOfStock]:
        after = last.place if last else None
        return await stock_by_lot(
            context=context, id=sku, location=None, after=after, limit=PAGE_LIMIT
        )

    known = await lot_of(context=context, sku=sku, lot=lot)
    return known, [each for each in await _all(page) if each.lot == lot]


async def _lots(context: Context, sku: str | None, status: str | None) -> list[LotNow]:
    async def page(last: LotNow | None) -> list[LotNow]:
        after = LotPlace(last.sku, last.lot) if last else None
        return await lots_of(context=context, sku=sku, status=status, after=after, limit=PAGE_LIMIT)

    return await _all(page)


async def _units(
    context: Context, sku: str, lot: str, only: dict[str, str | None]
) -> list[UnitNow]:
    async def page(last: UnitNow | None) -> list[UnitNow]:
        return await units_of(
            context=context,
            sku=sku,
            lot=lot,
            state=only["state"],
            location=only["location"],
            after=last.number if last else 0,
            limit=PAGE_LIMIT,
        )

    return await _all(page)


async def _recalled(
    context: Context, sku: str, lot: str, reason: str
) -> tuple[LotNow, list[HoldWithLot]]:
    recalled = await recall_lot(context=context, sku=sku, lot=lot, reason=reason)
    return recalled, await _who_has(context, sku, lot)


async def _who_has(context: Context, sku: str, lot: str) -> list[HoldWithLot]:
    """Every hold that has pieces of a lot, each with its order, also one that took it over."""

    async def page(last: HoldWithLot | None) -> list[HoldWithLot]:
        after = UUID(last.hold_id) if last else None
        return await holds_with_lot(
            context=context, sku=sku, lot=lot, after=after, limit=PAGE_LIMIT
        )

    found = await _all(page)
    orders = await orders_of_holds(context=context, hold_ids=[each.hold_id for each in found])
    return [
        msgspec.structs.replace(each, order_id=orders[each.hold_id].id)
        if each.hold_id in orders
        else each
        for each in found
    ]


async def _all(page: Callable[[Item | None], Awaitable[Sequence[Item]]]) -> list[Item]:
    found: list[Item] = []
    while True:
        more = await page(found[-1] if found else None)
        found += more
        if len(more) < PAGE_LIMIT:
            return found


def _asked(ask: Callable[[Context], Awaitable[Item]]) -> Item:
    async def answer() -> Item:
        async with open_house() as house:
            return await ask(administrator(house))

    return run(answer())


def _tell(lot: LotNow, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(lot))
        return
    dates: list[tuple[str, datetime.date | None]] = [
        ("made", lot.made_on),
        ("released", lot.release_at),
        ("expires", lot.expires_at),
    ]
    further = [f"{lot.numbered} numbered"] if lot.numbered else []
    further += [f"{word} {when:%Y-%m-%d}" for word, when in dates if when]
    further += [f"({lot.recall_reason})"] if lot.recall_reason else []
    click.echo("  ".join([f"{lot.sku:28}", f"{lot.lot:16}", f"{lot.status:10}", *further]))


def _tell_history(unit: UnitWithHistory, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(unit))
        return
    click.echo(_in_a_line(unit))
    for each in unit.history:
        click.echo(f"  {each.recorded_at:%Y-%m-%d %H:%M:%S}  {each.words}")


def _in_a_line(unit: UnitNow) -> str:
    hold = unit.hold
    whose = f"{hold.channel} {hold.customer_id or ''} hold {hold.hold_id}" if hold else ""
    state = unit.state if unit.condition == "sellable" else unit.condition
    return f"{unit.number:>6} of {unit.of}  {state:16}  {unit.location:20}  {whose}".rstrip()
