"""``rackhouse import``."""

import time
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.text import Text

from rackhouse.catalog import (
    AS_PRODUCTS,
    BadRow,
    ImportReport,
    InvalidMapping,
    Row,
    UnreadableFile,
    draft_rows,
    drafts,
    import_products,
    load_mapping,
    products_of,
    read_rows,
    types_in_force,
)
from rackhouse.cli.command_line import FAILURE, USAGE, Failure
from rackhouse.cli.session import administrator, open_house, run

__all__ = ["import_command"]

REASONS_SHOWN = 10
ROWS_A_TICK = 100


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "map_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What each column means (TOML). Without it, FILE must be JSONL, a product a line.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--report",
    "report_path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the report with every bad row to this file (JSON).",
)
def import_command(
    file: Path, map_path: Path | None, as_json: bool, report_path: Path | None
) -> None:
    """Import products from FILE (CSV or JSONL, plain or gzipped).

    What did not change since the last time is left alone, so an import can be repeated. A row that
    makes no product is reported with its reason, and the rest goes on: that is no failure. The
    exit code is 2 where the file or the map can not be used.
    """
    if report_path is not None and not report_path.parent.is_dir():
        raise Failure(f"{report_path.parent} is no directory to write a report to", USAGE)
    started = time.perf_counter()
    try:
        report = run(_imported(file, map_path))
    except (InvalidMapping, UnreadableFile) as refusal:
        raise Failure(str(refusal), USAGE) from None
    seconds = time.perf_counter() - started
    text = msgspec.json.format(msgspec.json.encode(report))
    if report_path is not None:
        _write(report_path, text)
    if as_json:
        click.echo(text)
    else:
        _tell(report, seconds, report_path)


async def _imported(file: Path, map_path: Path | None) -> ImportReport:
    mapping = AS_PRODUCTS if map_path is None else load_mapping(map_path)
    with _progress() as progress:
        rows = _counted(read_rows(file, mapping), progress, file.name)
        found = draft_rows(rows) if map_path is None else drafts(rows, mapping)
        first = list(islice(found, 1))  # so that a file that can not be used is told at once
        async with open_house() as house:
            types = await types_in_force(house=house)
            products = products_of(chain(first, found), types)
            return await import_products(context=administrator(house), found=products)


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} rows"),
        _RowsPerSecond(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


class _RowsPerSecond(ProgressColumn):
    def render(self, task: Task) -> Text:
        """How many rows a second were read so far."""
        return Text(f"{task.completed / task.elapsed:,.0f} rows/s" if task.elapsed else "")


def _counted(rows: Iterable[Row | BadRow], progress: Progress, name: str) -> Iterator[Row | BadRow]:
    task = progress.add_task(name, total=None)
    number = 0
    for number, row in enumerate(rows, start=1):
        if number % ROWS_A_TICK == 0:
            progress.update(task, completed=number)
        yield row
    progress.update(task, completed=number)


def _write(path: Path, text: bytes) -> None:
    try:
        path.write_bytes(text + b"\n")
    except OSError as error:
        raise Failure(f"{path} can not be written: {error.strerror}", FAILURE) from None


def _tell(report: ImportReport, seconds: float, report_path: Path | None) -> None:
    click.echo(
        f"{report.rows:,} rows in {seconds:.1f} s: {report.created:,} products created, "
        f"{report.changed:,} changed, {report.unchanged:,} unchanged; "
        f"{report.rows_merged:,} rows merged into others, {report.rows_bad:,} bad."
    )
    for reason, rows in islice(report.reasons.items(), REASONS_SHOWN):
        click.echo(f"  {rows:,} bad: {reason}")
    if report.bad_rows and report_path is None:
        click.echo("Use --report FILE to have every bad row named.")
