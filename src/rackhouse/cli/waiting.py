"""``rackhouse waiting``: who waits for what is sold out."""

import click
import msgspec

from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import (
    PlaceInLine,
    join_waiting_list,
    leave_waiting_list,
    waiting_list,
)

__all__ = ["waiting_command"]

PAGE_LIMIT = 200


@click.group("waiting")
def waiting_command() -> None:
    """Put customers in line, show the line, take them out."""


@waiting_command.command("join")
@click.argument("sku")
@click.option("--channel", required=True, help="The channel they buy through.")
@click.option("--customer", required=True, help="Who waits.")
@click.option("--quantity", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--offer-seconds", type=click.FloatRange(min=0, min_open=True), default=None)
@click.option("--json", "as_json", is_flag=True, help="Print the place in line as JSON.")
def join_command(
    sku: str,
    channel: str,
    customer: str,
    quantity: int,
    offer_seconds: float | None,
    as_json: bool,
) -> None:
    """Let a customer wait for pieces of SKU to be free."""
    _print([run(_joined(sku, channel, customer, quantity, offer_seconds))], as_json)


@waiting_command.command("list")
@click.option("--sku", help="Only for this SKU.")
@click.option("--customer", help="Only of this customer.")
@click.option("--json", "as_json", is_flag=True, help="Print the places in line as JSON.")
def list_command(sku: str | None, customer: str | None, as_json: bool) -> None:
    """List places in line, the longest waiting in front."""
    _print(run(_listed(sku, customer)), as_json)


@waiting_command.command("leave")
@click.argument("waiting_id")
def leave_command(waiting_id: str) -> None:
    """Take the place WAITING_ID out of the line."""
    _print([run(_left(waiting_id))], as_json=False)


def _print(places: list[PlaceInLine], as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(places))
        return
    for each in places:
        wanted = f"{each.quantity} of {each.sku}"
        click.echo(f"{each.id}  {each.status:8}  {each.customer_id:20}  {wanted}")


async def _joined(
    sku: str, channel: str, customer: str, quantity: int, offer_seconds: float | None
) -> PlaceInLine:
    async with open_house() as house:
        return await join_waiting_list(
            context=administrator(house),
            sku=sku,
            quantity=quantity,
            channel=channel,
            customer_id=customer,
            offer_seconds=offer_seconds,
        )


async def _listed(sku: str | None, customer: str | None) -> list[PlaceInLine]:
    found: list[PlaceInLine] = []
    after = 0
    async with open_house() as house:
        while True:
            page, numbers = await waiting_list(
                context=administrator(house),
                after=after,
                sku=sku,
                channel=None,
                customer_id=customer,
                status=None,
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found
            after = numbers[-1]


async def _left(waiting_id: str) -> PlaceInLine:
    async with open_house() as house:
        return await leave_waiting_list(context=administrator(house), waiting_id=waiting_id)
