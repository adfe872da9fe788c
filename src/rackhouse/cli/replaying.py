"""``rackhouse replay``."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rackhouse.catalog import (
    BadRow,
    ReadProduct,
    Row,
    RowMapping,
    drafts,
    import_products,
    load_mapping,
    products_of,
    read_rows,
    types_in_force,
)
from rackhouse.cli.command_line import FAILURE
from rackhouse.cli.online_retail import (
    Counts,
    Replay,
    ReplayReport,
    Story,
    close_shop,
    open_shop,
    story_of,
    was_closed,
)
from rackhouse.cli.session import administrator, open_house
from rackhouse.inventory import audit_stock
from rackhouse.platform.context import Context

__all__ = ["replay_command"]

FINDINGS_SHOWN = 10


class _Choices(msgspec.Struct, frozen=True):
    file: Path
    mapping: Path
    in_flight: int
    stocked_percent: int
    invoices_limit: int | None


@click.command("replay")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=Path("examples/online-retail.toml"),
    show_default=True,
    help="What each column means for the catalog.",
)
@click.option(
    "--in-flight",
    type=click.IntRange(1, 1000),
    default=64,
    show_default=True,
    help="How many invoices are carried out at a time.",
)
@click.option(
    "--stocked-percent",
    type=click.IntRange(0, 1000),
    default=90,
    show_default=True,
    help="The opening stock of each SKU, of all that will be asked for.",
)
@click.option(
    "--invoices", "invoices_limit", type=click.IntRange(min=1), help="Only the first so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def replay_command(
    file: Path,
    mapping: Path,
    in_flight: int,
    stocked_percent: int,
    invoices_limit: int | None,
    as_json: bool,
) -> None:
    """Replay FILE, a year of a shop's invoices (UCI Online Retail), as orders, shipments and
    returns, and audit every figure in the end.

    There is less stock than will be asked for, so that buyers have to be refused. A replay that
    was cut short goes on where it stopped, within a day; one that was finished is not repeated.
    The exit code is 1 where a line is not accounted for, a balance is not explained by its
    events, or anything was sold twice.
    """
    choices = _Choices(file, mapping, in_flight, stocked_percent, invoices_limit)
    report = uvloop.run(_replayed(choices))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)))
    else:
        _tell(report)
    if not report.is_sound():
        raise click.exceptions.Exit(FAILURE)


async def _replayed(choices: _Choices) -> ReplayReport:
    async with open_house() as house:
        context = administrator(house)
        with _progress() as progress:
            known = await was_closed(context)
            story = await _story(context, choices, progress)
            lines = story.lines - story.lines_not_goods
            started = time.perf_counter()
            if known:
                opened, counts = 0, Counts(lines_known=lines)
            else:
                opened = await open_shop(
                    context, story.demand(), stocked_share=choices.stocked_percent / 100
                )
                counts = await _carried_out(context, story, choices, progress)
                await close_shop(context)
            seconds = time.perf_counter() - started
            auditing = progress.add_task("auditing events", total=None)
            audit = await audit_stock(
                context=context, progress=lambda done: progress.update(auditing, completed=done)
            )
    return ReplayReport(
        replayed_before=known,
        lines=story.lines,
        lines_not_goods=story.lines_not_goods,
        counts=counts,
        pieces_opened=opened,
        seconds=round(seconds, 2),
        orders_per_second=round(counts.orders / seconds, 1),
        lines_per_second=round((lines - counts.lines_known) / seconds, 1),
        audit=audit,
    )


async def _story(context: Context, choices: _Choices, progress: Progress) -> Story:
    """Put the file's products into the catalog, then read it as a story about them."""
    mapping = load_mapping(choices.mapping)
    reading = progress.add_task("reading products", total=None)
    skus: set[str] = set()

    types = await types_in_force(house=context.house)

    def noted() -> Iterator[ReadProduct | BadRow]:
        for found in products_of(drafts(_rows(choices.file, mapping), mapping), types):
            if isinstance(found, ReadProduct):
                skus.update(variant.sku for variant in found.product.variants)
                progress.update(reading, advance=1)
            yield found

    await import_products(context=context, found=noted())
    rows = (row.values for row in _rows(choices.file, mapping) if isinstance(row, Row))
    return story_of(rows, skus=skus, invoices_limit=choices.invoices_limit)


async def _carried_out(
    context: Context, story: Story, choices: _Choices, progress: Progress
) -> Counts:
    replaying = progress.add_task(
        "replaying lines", total=story.lines - story.lines_not_goods, completed=0
    )
    replay = Replay(
        context,
        file_digest=hashlib.sha256(choices.file.read_bytes()).hexdigest()[:16],
        progress=lambda done: progress.update(replaying, completed=done),
    )
    await replay.carry_out(story, in_flight=choices.in_flight)
    return replay.counts


def _rows(file: Path, mapping: RowMapping) -> Iterator[Row | BadRow]:
    return read_rows(file, mapping)


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _tell(report: ReplayReport) -> None:
    counts, audit = report.counts, report.audit
    if report.replayed_before:
        click.echo("This story was told in this house before, so nothing was done.")
    else:
        click.echo(
            f"{report.lines:,} lines in {report.seconds:,.1f} s: "
            f"{report.orders_per_second:,.0f} orders/s, {report.lines_per_second:,.0f} lines/s, "
            f"{counts.operations:,} operations."
        )
    click.echo(
        f"Orders: {counts.orders:,} placed ({counts.orders_known:,} known before, "
        f"{counts.orders_shortened:,} cut to what there was), {counts.orders_refused:,} refused; "
        f"{counts.credit_notes:,} credit notes."
    )
    click.echo(
        f"Pieces: {report.pieces_opened:,} in stock at first, {counts.pieces_sold:,} sold, "
        f"{counts.pieces_short:,} not to be had, {counts.pieces_returned:,} came back."
    )
    for name in counts.__struct_fields__:
        if name.startswith("lines_") and getattr(counts, name):
            click.echo(f"  {getattr(counts, name):9,}  {name.replace('_', ' ')}")
    click.echo(f"  {report.lines_not_goods:9,}  lines not about goods")
    click.echo(f"  {report.lines_unaccounted():9,}  lines unaccounted for")
    click.echo(
        f"Audit: {audit.events:,} events explain {audit.stock_rows:,} balances; "
        f"{audit.oversold:,} oversold, {len(audit.discrepancies):,} discrepancies."
    )
    for each in audit.discrepancies[:FINDINGS_SHOWN]:
        click.echo(f"  {each.sku} at {each.location}: {each.finding}")
