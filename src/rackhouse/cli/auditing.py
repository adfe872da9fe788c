"""``rackhouse audit``."""

import click
import msgspec

from rackhouse.cli.command_line import FAILURE
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.platform.environment import read_settings
from rackhouse.reconciliation import AuditRun, Case, case_page, run_audit

__all__ = ["audit_command"]

CASES_SHOWN = 20
FULL_SPEED = 1.0


class _Outcome(msgspec.Struct, frozen=True):
    audit: AuditRun
    open_cases: list[Case]


@click.command("audit")
@click.option("--whole", is_flag=True, help="Read everything, not only what came since the last.")
@click.option("--fast", is_flag=True, help="Take no rests; sales may feel it.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def audit_command(whole: bool, fast: bool, as_json: bool) -> None:
    """Compare ledger, balances, holds, units, quotas, orders and what channels report, and open a
    case for each discrepancy. Nobody waits for it.

    The exit code is 1 where a case is open.
    """
    share = FULL_SPEED if fast else read_settings().audit_share
    outcome = run(_audited(whole, share))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(outcome)))
    else:
        _tell(outcome)
    if outcome.open_cases:
        raise click.exceptions.Exit(FAILURE)


async def _audited(whole: bool, share: float) -> _Outcome:
    async with open_house() as house:
        context = administrator(house)
        audit = await run_audit(context=context, whole=whole, share=share, progress=_ignore)
        cases = await case_page(
            context=context, before=None, status="open", kind=None, sku=None, limit=CASES_SHOWN
        )
    return _Outcome(audit, cases)


def _tell(outcome: _Outcome) -> None:
    audit = outcome.audit
    click.echo(
        f"{audit.events:,} events, {audit.stock_rows:,} balances, {audit.orders:,} orders and "
        f"{audit.reports:,} reports were read in {audit.worked_seconds:,.1f} s of work: "
        f"{audit.opened:,} cases opened, {audit.cleared:,} cleared."
    )
    for case in outcome.open_cases:
        click.echo(f"{case.id}  {case.kind:18}  {case.finding}")
    if not outcome.open_cases:
        left = f", {audit.seen:,} differences as somebody has decided" if audit.seen else ""
        click.echo(f"Everything is explained{left}.")


def _ignore(_: AuditRun) -> None:
    """Nobody watches."""
