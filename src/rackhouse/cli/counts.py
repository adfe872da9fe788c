"""``rackhouse count``: count sheets."""

import re

import click
import msgspec

from rackhouse.cli.command_line import USAGE, Failure
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import (
    Count,
    CountedPieces,
    CountPlace,
    approve_count,
    cancel_count,
    count_answer,
    count_of,
    count_page,
    open_count,
    post_count,
    record_count,
    review_count,
)

__all__ = ["count_command"]

SHEET_LIMIT = 1000
PAGE_LIMIT = 200
STATUSES = ("open", "awaiting_approval", "posted", "cancelled")
_COUNTED = re.compile(r"(?P<sku>[^=@]+?)(?:@(?P<lot>[^=]+))?=(?P<counted>\d+|#[\d,]*)")


@click.group("count")
def count_command() -> None:
    """Open count sheets, write down what was counted, and post the differences."""


@count_command.command("open")
@click.argument("location")
@click.option("--sku", "skus", multiple=True, help="Only this SKU; may be repeated.")
@click.option(
    "--not-counted-for-days", type=click.IntRange(min=0), help="Only what was not counted for long."
)
@click.option("--most-moved-first", is_flag=True, help="First what moved most since its count.")
@click.option(
    "--limit", type=click.IntRange(1, SHEET_LIMIT), default=SHEET_LIMIT, help="Most SKUs to count."
)
@click.option("--seeing", is_flag=True, help="Show what is expected to whoever counts.")
@click.option("--json", "as_json", is_flag=True, help="Print the sheet as JSON.")
def open_command(
    location: str,
    skus: tuple[str, ...],
    not_counted_for_days: int | None,
    most_moved_first: bool,
    limit: int,
    seeing: bool,
    as_json: bool,
) -> None:
    """Open a sheet for LOCATION: for some SKUs, or for what lies there."""

    async def opened() -> Count:
        async with open_house() as house:
            return await open_count(
                context=administrator(house),
                location=location,
                skus=skus or None,
                not_counted_for_days=not_counted_for_days,
                most_moved_first=most_moved_first,
                blind=not seeing,
                limit=limit,
            )

    _print(run(opened()), as_json)


@count_command.command("list")
@click.option("--location", help="Only at this location.")
@click.option("--status", type=click.Choice(STATUSES), help="Only in this status.")
@click.option("--json", "as_json", is_flag=True, help="Print the sheets as JSON.")
def list_command(location: str | None, status: str | None, as_json: bool) -> None:
    """List count sheets, the newest first."""
    counts = run(_listed(location, status))
    if as_json:
        click.echo(msgspec.json.encode([count_answer(each) for each in counts]))
        return
    for each in counts:
        missing = sum(line.counted is None for line in each.lines)
        click.echo(
            f"{each.id}  {each.status:17}  {each.location}  "
            f"{len(each.lines):,} lines, {missing:,} not counted"
        )


@count_command.command("record")
@click.argument("count_id")
@click.argument("counted", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the sheet as JSON.")
def record_command(count_id: str, counted: tuple[str, ...], as_json: bool) -> None:
    """Write down what was COUNTED on the sheet COUNT_ID: SKU=7, SKU@LOT=7, or for numbered pieces
    SKU@LOT=#1,2,5.
    """
    pieces = [_pieces(each) for each in counted]

    async def recorded() -> Count:
        async with open_house() as house:
            return await record_count(
                context=administrator(house), count_id=count_id, pieces=pieces
            )

    _print(run(recorded()), as_json)


@count_command.command("show")
@click.argument("count_id")
@click.option("--differences", is_flag=True, help="Show what is expected, and count no more.")
@click.option("--json", "as_json", is_flag=True, help="Print the sheet as JSON.")
def show_command(count_id: str, differences: bool, as_json: bool) -> None:
    """Show the sheet COUNT_ID."""

    async def shown() -> Count:
        async with open_house() as house:
            ask = review_count if differences else count_of
            return await ask(context=administrator(house), count_id=count_id)

    _print(run(shown()), as_json)


@count_command.command("post")
@click.argument("count_id")
@click.option("--reason", help="Why there are differences.")
@click.option("--leave-uncounted", is_flag=True, help="Leave lines that were not counted.")
@click.option("--approve", is_flag=True, help="Approve a sheet that awaits it.")
@click.option("--json", "as_json", is_flag=True, help="Print the sheet as JSON.")
def post_command(
    count_id: str, reason: str | None, leave_uncounted: bool, approve: bool, as_json: bool
) -> None:
    """Post the differences of the sheet COUNT_ID."""

    async def posted() -> Count:
        async with open_house() as house:
            context = administrator(house)
            if approve:
                return await approve_count(context=context, count_id=count_id)
            return await post_count(
                context=context,
                count_id=count_id,
                reasons={},
                reason=reason,
                leave_uncounted=leave_uncounted,
            )

    _print(run(posted()), as_json)


@count_command.command("cancel")
@click.argument("count_id")
@click.option("--reason", required=True, help="Why, in a few words.")
@click.option("--json", "as_json", is_flag=True, help="Print the sheet as JSON.")
def cancel_command(count_id: str, reason: str, as_json: bool) -> None:
    """Give the sheet COUNT_ID up: nothing of it is posted."""

    async def cancelled() -> Count:
        async with open_house() as house:
            return await cancel_count(
                context=administrator(house), count_id=count_id, reason=reason
            )

    _print(run(cancelled()), as_json)


async def _listed(location: str | None, status: str | None) -> list[Count]:
    counts: list[Count] = []
    async with open_house() as house:
        context = administrator(house)
        while True:
            last = counts[-1] if counts else None
            page = await count_page(
                context=context,
                before=None if last is None else CountPlace(last.opened_at, last.id),
                location=location,
                status=status,
                limit=PAGE_LIMIT,
            )
            counts += page
            if len(page) < PAGE_LIMIT:
                return counts


def _pieces(text: str) -> CountedPieces:
    found = _COUNTED.fullmatch(text)
    if found is None:
        raise Failure(f"{text!r} is not SKU=7, SKU@LOT=7 or SKU@LOT=#1,2,5", USAGE)
    counted, lot = found["counted"], found["lot"] or ""
    if counted.startswith("#"):
        numbers = tuple(int(each) for each in counted[1:].split(",") if each)
        return CountedPieces(sku=found["sku"], lot=lot, units=numbers)
    return CountedPieces(sku=found["sku"], lot=lot, counted=int(counted))


def _print(count: Count, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(count_answer(count))))
        return
    click.echo(f"{count.id} is {count.status}, at {count.location}")
    for line in count.lines:
        part = f"{line.sku}{'@' + line.lot if line.lot else ''}"
        state = "" if line.condition == "sellable" else f" ({line.condition.replace('_', ' ')})"
        counted = "not counted" if line.counted is None else f"{line.counted} counted"
        expected = "" if line.expected is None else f", {line.expected} expected"
        click.echo(f"  {part}{state}: {counted}{expected}")
