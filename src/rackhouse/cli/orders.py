"""``rackhouse order``."""

from typing import Any, get_args

import click
import msgspec

from rackhouse.channels import SourcingStrategy
from rackhouse.cli.goods import GOODS, GOODS_HELP
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import Hold, Line, Place, SourcingWish, sourcing_answer
from rackhouse.orders import Order, order_with_hold, place_order

__all__ = ["order_command"]

STAGES = ("reserve", "confirm", "hand_over")

_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


class _Coordinates(click.ParamType[Place]):
    """Where on earth, as LATITUDE,LONGITUDE in degrees."""

    name = "latitude,longitude"

    def convert(self, value: Any, param: Any, ctx: Any) -> Place:
        """Read it."""
        try:
            latitude, longitude = map(float, value.split(","))
            return msgspec.convert({"latitude": latitude, "longitude": longitude}, Place)
        except (ValueError, msgspec.ValidationError):
            self.fail(f"{value!r} is no place, such as 43.2965,5.3698", param, ctx)


@click.group("order")
def order_command() -> None:
    """Sell pieces through a channel, and see from where they come."""


@order_command.command("place", epilog=GOODS_HELP)
@click.argument("channel")
@click.argument("goods", nargs=-1, required=True, type=GOODS, metavar="PIECES...")
@click.option("--strategy", type=click.Choice(get_args(SourcingStrategy)), help="Who serves.")
@click.option("--to", "destination", type=_Coordinates(), help="Where the goods go to.")
@click.option("--split/--no-split", default=None, help="Whether several locations may serve.")
@click.option("--whole-lines", is_flag=True, help="Each line comes from one location.")
@click.option("--preorder", is_flag=True, help="Also what has not come yet.")
@click.option("--customer", "customer_id", help="Who buys.")
@click.option("--complete", type=click.Choice(STAGES), default="confirm", show_default=True)
@_json
def place_command(
    channel: str,
    goods: tuple[Line, ...],
    strategy: SourcingStrategy | None,
    destination: Place | None,
    split: bool | None,
    whole_lines: bool,
    as_json: bool,
    **told: Any,
) -> None:
    """Sell PIECES through CHANNEL; a bundle is sold like any other SKU."""
    if strategy == "nearest" and destination is None:
        raise click.UsageError("say where to (--to), for the nearest locations")
    wish = SourcingWish(
        strategy=strategy, split=split, split_lines=not whole_lines, destination=destination
    )
    _print(*run(_placed(channel, goods, wish, told)), as_json=as_json)


@order_command.command("show")
@click.argument("order_id")
@_json
def show_command(order_id: str, as_json: bool) -> None:
    """Show ORDER_ID, where its pieces come from, and why from there."""
    _print(*run(_shown(order_id)), as_json=as_json)


def _print(order: Order, hold: Hold | None, *, as_json: bool) -> None:
    sourcing = None if hold is None else sourcing_answer(hold)
    allocations = () if hold is None else hold.allocations
    if as_json:
        facts = {**msgspec.structs.asdict(order), "allocations": allocations, "sourcing": sourcing}
        click.echo(msgspec.json.encode(facts))
        return
    click.echo(f"{order.id}  {order.status:10}  through {order.channel}")
    for line in order.lines:
        click.echo(f"  {line.quantity:>6} × {line.sku}")
    for each in allocations:
        lot = f" of lot {each.lot}" if each.lot else ""
        click.echo(f"  {each.quantity:>6} × {each.sku}{lot} from {each.location}")
    for choice in sourcing.chosen if sourcing else ():
        far = "" if choice.distance_km is None else f", {choice.distance_km:g} km away"
        click.echo(f"  {choice.location}: {choice.why}{far}")


async def _placed(
    channel: str, goods: tuple[Line, ...], wish: SourcingWish, told: dict[str, Any]
) -> tuple[Order, Hold | None]:
    async with open_house() as house:
        context = administrator(house)
        order = await place_order(
            context=context,
            channel=channel,
            lines=goods,
            hold_id=None,
            customer_id=told["customer_id"],
            external_id=None,
            ttl_seconds=None,
            complete=told["complete"],
            promise=told["preorder"],
            sourcing=None if wish == SourcingWish() else wish,
        )
        return await order_with_hold(context=context, order_id=order.id)


async def _shown(order_id: str) -> tuple[Order, Hold | None]:
    async with open_house() as house:
        return await order_with_hold(context=administrator(house), order_id=order_id)
