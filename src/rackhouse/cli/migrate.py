"""``rackhouse migrate``."""

import click
import msgspec

from rackhouse.cli.session import reachable_database, run
from rackhouse.modules import MODULES
from rackhouse.platform.environment import read_settings
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.worker import migrate_queue

__all__ = ["migrate_command"]


@click.command("migrate")
@click.option("--json", "as_json", is_flag=True, help="Print what was applied as JSON.")
def migrate_command(as_json: bool) -> None:
    """Bring every database up to date. Safe to run at any time, by several at once."""
    applied = run(_migrated())
    if as_json:
        click.echo(msgspec.json.encode(applied))
        return
    for name in applied:
        click.echo(f"applied {name}")
    click.echo("The database is up to date.")


async def _migrated() -> list[str]:
    with reachable_database(read_settings()) as settings:
        async with House(settings, MODULES) as house:
            applied = [*await migrate(house), *await migrate_queue(house)]
    return [f"{each.module}/{each.name}" for each in applied]
