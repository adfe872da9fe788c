"""``rackhouse explain``."""

import datetime
from typing import Any

import click
import msgspec

from rackhouse.cli.command_line import FAILURE
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import Explanation, StockExplanation, explain, in_words, moment

__all__ = ["explain_command"]

EVENTS_LIMIT = 1000


class _Moment(click.ParamType[datetime.datetime]):
    """A time as RFC 3339, or a day or time without a zone, which is UTC."""

    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime.datetime:
        """Read it."""
        try:
            found = datetime.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time, such as 2026-11-20T12:00:00Z", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


@click.command("explain")
@click.argument("sku")
@click.option("--as-of", type=_Moment(), help="A moment that has passed; a day is its beginning.")
@click.option("--location", help="Only at this location.")
@click.option(
    "--events",
    "limit",
    type=click.IntRange(1, EVENTS_LIMIT),
    default=20,
    show_default=True,
    help="How many events to tell one by one; those before are summed up.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON.")
def explain_command(
    sku: str, as_of: datetime.datetime | None, location: str | None, limit: int, as_json: bool
) -> None:
    """Say why the stock of SKU is what it is, or was what it was: the events that make it up.

    SKU may also be a product or a bundle. Times without a zone are UTC. The exit code is 1 where
    a figure is not what its events say.
    """
    found = run(_explained(sku, as_of, location, limit))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    else:
        _tell(found)
    if not found.explained:
        raise click.exceptions.Exit(FAILURE)


async def _explained(
    sku: str, as_of: datetime.datetime | None, location: str | None, limit: int
) -> Explanation:
    async with open_house() as house:
        return await explain(
            context=administrator(house), id=sku, location=location, as_of=as_of, limit=limit
        )


def _tell(found: Explanation) -> None:
    click.echo(f"As of {moment(found.as_of)}:")
    if found.note:
        click.echo(found.note)
    for stock in found.stocks:
        _tell_stock(stock)


def _tell_stock(stock: StockExplanation) -> None:
    click.echo(f"\n{stock.sku} at {stock.location}: {in_words(stock.figures)}.")
    click.echo(f"  {stock.opening.words}")
    for event in reversed(stock.events):
        click.echo(f"  {event.words}")
    if stock.lapsed:
        click.echo(f"  {stock.lapsed.words}")
    click.echo("  " + stock.verdict)
