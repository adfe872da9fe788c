"""Importing a file by a map."""

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
    BadRow,
    ImportReport,
    InvalidMapping,
    Row,
    UnreadableFile,
    drafts,
    import_products,
    load_mapping,
    products_of,
    read_rows,
    types_in_force,
)
from rackhouse.cli.command_line import FAILURE, USAGE, Failure
from rackhouse.cli.session import administrator, open_house, run

__all__ = ["import_by_map", "rows_progress", "write_report"]

REASONS_SHOWN = 10
ROWS_A_TICK = 100


def import_by_map(file: Path, map_path: Path, *, as_json: bool, report_path: Path | None) -> None:
    """Import a file by a map, and tell what became of its rows."""
    started = time.perf_counter()
    try:
        report = run(_imported(file, map_path))
    except (InvalidMapping, UnreadableFile) as refusal:
        raise Failure(str(refusal), USAGE) from None
    seconds = time.perf_counter() - started
    text = msgspec.json.format(msgspec.json.encode(report))
    if report_path is not None:
        write_report(report_path, text)
    if as_json:
        click.echo(text)
    else:
        _tell(report, seconds, report_path)


async def _imported(file: Path, map_path: Path) -> ImportReport:
    mapping = load_mapping(map_path)
    with rows_progress() as progress:
        rows = _counted(read_rows(file, mapping), progress, file.name)
        found = drafts(rows, mapping)
        first = list(islice(found, 1))  # so that a file that can not be used is told at once
        async with open_house() as house:
            types = await types_in_force(house=house)
            products = products_of(chain(first, found), types)
            return await import_products(context=administrator(house), found=products)


def rows_progress() -> Progress:
    """How many rows were read so far, for who watches."""
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


def write_report(path: Path, text: bytes) -> None:
    """Write a report to a file."""
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
