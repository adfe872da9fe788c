"""``rackhouse inbound`` and ``rackhouse transfer``: goods on their way to a location."""

import datetime
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, get_args

import click
import msgspec

from rackhouse.cli.goods import GOODS, GOODS_HELP
from rackhouse.cli.lot_facts import MOMENT
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import (
    STILL_COMING,
    Arrival,
    Condition,
    Inbound,
    InboundPlace,
    Line,
    Shipment,
    cancel_inbound,
    expect_inbound,
    inbound_page,
    receive_inbound,
    send_transfer,
)
from rackhouse.platform.context import Context

__all__ = ["inbound_command", "transfer_command"]

PAGE_LIMIT = 200
CONDITIONS = get_args(Condition)

_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
_goods = click.argument("goods", nargs=-1, required=True, type=GOODS, metavar="PIECES...")
_expected_at = click.option("--expected-at", type=MOMENT, help="When it is expected.")
_carrier = click.option("--carrier", help="Who has it on its way: a carrier or a person.")
_reference = click.option("--reference", help="Your own number of it.")
_all = click.option("--all", "everything", is_flag=True, help="Also those that are over.")


@click.group("inbound")
def inbound_command() -> None:
    """Expect goods of suppliers, and take them in."""


@click.group("transfer")
def transfer_command() -> None:
    """Send pieces between locations, and take them in."""


@inbound_command.command("expect", epilog=GOODS_HELP)
@click.argument("supplier")
@click.argument("destination")
@_goods
@_expected_at
@_carrier
@_reference
@_json
def expect_command(
    supplier: str, destination: str, goods: tuple[Line, ...], as_json: bool, **told: Any
) -> None:
    """Expect PIECES of SUPPLIER at the location DESTINATION."""
    shipment = Shipment(destination=destination, lines=goods, **told)

    async def expect(context: Context) -> Inbound:
        return await expect_inbound(context=context, supplier=supplier, shipment=shipment)

    _print([_done(expect)], as_json)


@transfer_command.command("send", epilog=GOODS_HELP)
@click.argument("origin")
@click.argument("destination")
@_goods
@click.option("--condition", type=click.Choice(CONDITIONS), default="sellable", show_default=True)
@_expected_at
@_carrier
@_reference
@_json
def send_command(
    origin: str,
    destination: str,
    goods: tuple[Line, ...],
    condition: Condition,
    as_json: bool,
    **told: Any,
) -> None:
    """Send free PIECES from the location ORIGIN to the location DESTINATION."""
    shipment = Shipment(destination=destination, lines=goods, **told)

    async def send(context: Context) -> Inbound:
        return await send_transfer(
            context=context, origin=origin, shipment=shipment, condition=condition
        )

    _print([_done(send)], as_json)


def _receive_command(group: click.Group) -> None:
    @group.command("receive", epilog=GOODS_HELP)
    @click.argument("shipment_id")
    @click.argument("goods", nargs=-1, type=GOODS, metavar="[PIECES]...")
    @click.option("--condition", type=click.Choice(CONDITIONS), help="How these pieces came.")
    @click.option("--complete", is_flag=True, help="Nothing more will come.")
    @click.option("--reason", help="Why more or fewer came than were expected.")
    @_json
    def receive_command(
        shipment_id: str,
        goods: tuple[Line, ...],
        condition: Condition | None,
        complete: bool,
        reason: str | None,
        as_json: bool,
    ) -> None:
        """Take in PIECES of SHIPMENT_ID, or all that is still to come."""

        async def receive(context: Context) -> Inbound:
            return await receive_inbound(
                context=context,
                inbound_id=shipment_id,
                arrivals=[_arrival(line, condition) for line in goods] or None,
                is_all=complete,
                reason=reason,
            )

        _print([_done(receive)], as_json)


def _cancel_command(group: click.Group) -> None:
    @group.command("cancel")
    @click.argument("shipment_id")
    @click.option("--reason", required=True, help="Why, in a few words.")
    @_json
    def cancel_command(shipment_id: str, reason: str, as_json: bool) -> None:
        """Let what has not come of SHIPMENT_ID come no more; of a transfer it goes back."""

        async def cancel(context: Context) -> Inbound:
            return await cancel_inbound(context=context, inbound_id=shipment_id, reason=reason)

        _print([_done(cancel)], as_json)


def _list_command(group: click.Group, kind: Any) -> None:
    @group.command("list")
    @click.option("--to", "destination", help="Only to this location.")
    @click.option("--sku", help="Only with this SKU.")
    @_all
    @_json
    def list_command(
        destination: str | None, sku: str | None, everything: bool, as_json: bool
    ) -> None:
        """List what is on its way, the newest first."""
        asked = {
            "kind": kind,
            "statuses": None if everything else STILL_COMING,
            "destination": destination,
            "sku": sku,
        }
        _print(run(_listed(asked)), as_json, whole=True)


for _group, _kind in ((inbound_command, None), (transfer_command, "transfer")):
    _receive_command(_group)
    _cancel_command(_group)
    _list_command(_group, _kind)


def _arrival(line: Line, condition: Condition | None) -> Arrival:
    return Arrival(
        sku=line.sku,
        quantity=line.quantity,
        lot=line.lot,
        units=line.units,
        condition=condition,
    )


def _done(do: Callable[[Context], Awaitable[Inbound]]) -> Inbound:
    async def done() -> Inbound:
        async with open_house() as house:
            return await do(administrator(house))

    return run(done())


async def _listed(asked: dict[str, Any]) -> list[Inbound]:
    found: list[Inbound] = []
    async with open_house() as house:
        while True:
            before = InboundPlace(found[-1].created_at, found[-1].id) if found else None
            page = await inbound_page(
                context=administrator(house), before=before, limit=PAGE_LIMIT, **asked
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found


def _print(found: Sequence[Inbound], as_json: bool, *, whole: bool = False) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found if whole else found[0]))
        return
    for inbound in found:
        by = f" by {inbound.carrier}" if inbound.carrier else ""
        at = f", expected {_day(inbound.expected_at)}" if inbound.expected_at else ""
        status = inbound.status.replace("_", " ")
        click.echo(f"{inbound.id}  {status:16}  {inbound.origin} to {inbound.destination}{by}{at}")
        for line in inbound.lines:
            lot = f" of lot {line.lot}" if line.lot else ""
            why = f" ({line.missing_because})" if line.missing_because else ""
            click.echo(
                f"  {line.sku}{lot}: {line.coming} of {line.quantity} to come, "
                f"{line.received} received, {line.missing} missing{why}"
            )


def _day(time: datetime.datetime) -> str:
    return f"{time.astimezone(datetime.UTC):%Y-%m-%d}"
