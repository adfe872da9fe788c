"""``rackhouse rebuild``."""

import click
import msgspec

from rackhouse.cli.command_line import FAILURE
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import Audit, audit_stock, moment, rebuild_snapshots, rebuild_stock

__all__ = ["rebuild_command"]


@click.command("rebuild")
@click.option("--verify", is_flag=True, help="Change nothing; compare, and report.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def rebuild_command(verify: bool, as_json: bool) -> None:
    """Write every stock figure and snapshot anew from the events that explain them.

    With --verify only compare; the exit code is 1 where a figure is not explained.
    """
    if not verify:
        rows, snapshots = run(_rebuilt())
        click.echo(
            msgspec.json.encode({"stock_rows": rows, "snapshots": snapshots})
            if as_json
            else f"{rows:,} stock rows were written anew, and {snapshots:,} snapshots taken."
        )
        return
    audit = run(_audited())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(audit)))
    else:
        _tell(audit)
    if audit.discrepancies or audit.oversold:
        raise click.exceptions.Exit(FAILURE)


async def _rebuilt() -> tuple[int, int]:
    async with open_house() as house:
        context = administrator(house)
        rows = await rebuild_stock(context=context, progress=_ignore)
        return rows, await rebuild_snapshots(context=context)


async def _audited() -> Audit:
    async with open_house() as house:
        return await audit_stock(context=administrator(house), progress=_ignore)


def _tell(audit: Audit) -> None:
    click.echo(
        f"{audit.events:,} events explain {audit.stock_rows:,} balances: {audit.on_hand:,} on "
        f"hand, {audit.held:,} held, {audit.committed:,} committed; {audit.oversold:,} oversold."
    )
    if audit.archived_events:
        click.echo(f"{audit.archived_events:,} more are archived: `rackhouse archive verify`.")
    for each in audit.discrepancies:
        click.echo(f"{each.sku} at {each.location}: {each.finding}")
    for step in audit.clock_steps:
        click.echo(
            f"{step.sku} at {step.location}: the clock was set back before event {step.version}; "
            f"every moment from {moment(step.recorded_at)} to {moment(step.before)} came twice."
        )
    if not audit.discrepancies:
        click.echo("Every figure is explained.")


def _ignore(_: int) -> None:
    """Nobody watches."""
