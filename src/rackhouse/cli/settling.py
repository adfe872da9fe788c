"""``rackhouse settle``."""

import click

from rackhouse.cli.session import open_house, run
from rackhouse.platform.settling import settle_events

__all__ = ["settle_command"]


@click.command("settle")
def settle_command() -> None:
    """Make a database that was restored from a dump ready for use.

    Events are ordered by their transactions' numbers, and a new server counts from the start: it is
    made to count past them, some ten million a minute. Elsewhere there is nothing to do.
    """
    counted = run(_settled())
    click.echo(f"Every event is settled; {counted:,} transactions were counted past.")


async def _settled() -> int:
    async with open_house(unsettled=True) as house:
        return await settle_events(house=house, progress=_say_behind)


def _say_behind(log: str, transactions: int) -> None:
    click.echo(f"{log}: {transactions:,} transactions to count", err=True)
