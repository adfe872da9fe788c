"""``rackhouse cases``: discrepancies, and what is done about them."""

import click
import msgspec

from rackhouse.cli.command_line import USAGE, Failure
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.platform.context import Context
from rackhouse.reconciliation import (
    Case,
    CasePlace,
    Correction,
    accept_case,
    case_of,
    case_page,
    edit_case,
    reject_case,
)

__all__ = ["cases_command"]

STATUSES = ("open", "accepted", "edited", "rejected", "cleared")
PAGE_LIMIT = 200


@click.group("cases")
def cases_command() -> None:
    """List, show, accept, edit and reject discrepancies that audits found."""


@cases_command.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only in this status.")
@click.option("--kind", help="Only of this kind.")
@click.option("--sku", help="Only about this SKU.")
@click.option("--json", "as_json", is_flag=True, help="Print the cases as JSON.")
def list_command(status: str | None, kind: str | None, sku: str | None, as_json: bool) -> None:
    """List cases, the newest first."""
    cases = run(_listed(status, kind, sku))
    if as_json:
        click.echo(msgspec.json.encode(cases))
        return
    for case in cases:
        click.echo(f"{case.id}  {case.status:8}  {case.kind:18}  {case.finding}")


@cases_command.command("show")
@click.argument("case_id")
@click.option("--json", "as_json", is_flag=True, help="Print the case as JSON.")
def show_command(case_id: str, as_json: bool) -> None:
    """Show the case CASE_ID with the events that explain it."""
    _print(run(_shown(case_id)), as_json)


@cases_command.command("accept")
@click.argument("case_id")
@click.option("--reason", required=True, help="Why, in a few words.")
@click.option("--json", "as_json", is_flag=True, help="Print the case as JSON.")
def accept_command(case_id: str, reason: str, as_json: bool) -> None:
    """Carry out what is proposed for the case CASE_ID."""
    _print(run(_accepted(case_id, reason)), as_json)


@cases_command.command("edit")
@click.argument("case_id")
@click.option(
    "--correction",
    required=True,
    help='What to do instead, as JSON: {"action": "adjust_stock", "sku": ...}.',
)
@click.option("--reason", required=True, help="Why, in a few words.")
@click.option("--json", "as_json", is_flag=True, help="Print the case as JSON.")
def edit_command(case_id: str, correction: str, reason: str, as_json: bool) -> None:
    """Carry out another correction than what is proposed for the case CASE_ID."""
    _print(run(_edited(case_id, _read(correction), reason)), as_json)


@cases_command.command("reject")
@click.argument("case_id")
@click.option("--reason", required=True, help="Why, in a few words.")
@click.option("--json", "as_json", is_flag=True, help="Print the case as JSON.")
def reject_command(case_id: str, reason: str, as_json: bool) -> None:
    """Close the case CASE_ID and correct nothing."""
    _print(run(_rejected(case_id, reason)), as_json)


async def _listed(status: str | None, kind: str | None, sku: str | None) -> list[Case]:
    cases: list[Case] = []
    async with open_house() as house:
        context: Context = administrator(house)
        while True:
            last = cases[-1] if cases else None
            page = await case_page(
                context=context,
                before=None if last is None else CasePlace(last.opened_at, last.id),
                status=status,
                kind=kind,
                sku=sku,
                limit=PAGE_LIMIT,
            )
            cases += page
            if len(page) < PAGE_LIMIT:
                return cases


async def _shown(case_id: str) -> Case:
    async with open_house() as house:
        return await case_of(context=administrator(house), case_id=case_id)


async def _accepted(case_id: str, reason: str) -> Case:
    async with open_house() as house:
        return await accept_case(context=administrator(house), case_id=case_id, reason=reason)


async def _edited(case_id: str, correction: Correction, reason: str) -> Case:
    async with open_house() as house:
        return await edit_case(
            context=administrator(house), case_id=case_id, correction=correction, reason=reason
        )


async def _rejected(case_id: str, reason: str) -> Case:
    async with open_house() as house:
        return await reject_case(context=administrator(house), case_id=case_id, reason=reason)


def _read(text: str) -> Correction:
    try:
        found: Correction = msgspec.json.decode(text, type=Correction)
    except msgspec.MsgspecError as error:
        raise Failure(f"--correction: {error}", USAGE) from error
    return found


def _print(case: Case, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(case)))
        return
    click.echo(f"{case.id} is {case.status}: {case.finding}")
    if case.expected or case.found:
        click.echo(f"  expected {_figures(case.expected)}, found {_figures(case.found)}")
    for event in case.evidence:
        at = event.recorded_at.isoformat(timespec="seconds")
        click.echo(
            f"  {event.log} {event.stream} {event.version}: {event.type} by {event.actor}, {at}"
        )
    click.echo(f"  proposed: {msgspec.json.encode(case.proposal).decode()}")
    if case.decided_by is not None:
        click.echo(f"  {case.status} by {case.decided_by}: {case.reason}")


def _figures(figures: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in figures.items()) or "-"
