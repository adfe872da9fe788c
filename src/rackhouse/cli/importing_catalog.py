"""Importing a file of the catalog, as it was exported."""

import time
from itertools import islice
from pathlib import Path

import click
import msgspec
from rich.progress import Progress as Bar
from rich.progress import TaskID

from rackhouse.cli.command_line import FAILURE, USAGE, Failure
from rackhouse.cli.exporting import HEAD_SUFFIX
from rackhouse.cli.importing_by_map import rows_progress, write_report
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.exchange import (
    FORMS,
    CatalogReport,
    Difference,
    ExchangeFileUnreadable,
    Form,
    FormatUnknown,
    Head,
    ImportTerms,
    PartOfCatalog,
    Progress,
    form_of_name,
    import_catalog,
)

__all__ = ["import_of_catalog"]

PROBLEMS_SHOWN = 20
DIFFERENCES_SHOWN = 20
VALUE_LENGTH_SHOWN = 60


def import_of_catalog(
    file: Path,
    form_name: str | None,
    *,
    dry_run: bool,
    remove_missing: bool,
    skip_bad: bool,
    as_json: bool,
    report_path: Path | None,
) -> None:
    """Import a file of the catalog, and tell what became of it. Exits with `FAILURE` where
    something is broken that was not to be skipped."""
    started = time.perf_counter()
    terms = ImportTerms(dry_run=dry_run, remove_missing=remove_missing, skip_bad=skip_bad)
    try:
        form = FORMS[form_name] if form_name else form_of_name(file.name)
        report = run(_imported(file, form, terms))
    except (ExchangeFileUnreadable, FormatUnknown, PartOfCatalog) as refusal:
        raise Failure(str(refusal), USAGE) from None
    text = msgspec.json.format(msgspec.json.encode(report))
    if report_path is not None:
        write_report(report_path, text)
    if as_json:
        click.echo(text)
    else:
        _tell(file, report, time.perf_counter() - started)
    if report.rows_bad and not skip_bad:
        raise click.exceptions.Exit(FAILURE)


async def _imported(file: Path, form: Form, terms: ImportTerms) -> CatalogReport:
    head = _head_beside(file)
    try:
        with file.open("rb") as opened, rows_progress() as bar:
            task = bar.add_task(file.name, total=None)
            async with open_house() as house:
                return await import_catalog(
                    context=administrator(house),
                    form=form,
                    file=opened,
                    name=str(file),
                    head=head,
                    terms=terms,
                    heed=_Shown(bar, task),
                )
    except OSError as error:
        raise ExchangeFileUnreadable(str(file), error.strerror or str(error)) from None


class _Shown:
    """Shows how far an import is."""

    def __init__(self, bar: Bar, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    async def __call__(self, progress: Progress) -> None:
        """Show it."""
        if progress.products_to_write is None:
            self._bar.update(self._task, completed=progress.rows_read)
            return
        self._bar.update(
            self._task,
            description="writing",
            completed=progress.products_written,
            total=progress.products_to_write,
        )


def _head_beside(file: Path) -> Head | None:
    beside = Path(f"{file}{HEAD_SUFFIX}")
    if not beside.is_file():
        return None
    try:
        return msgspec.json.decode(beside.read_bytes(), type=Head)
    except (OSError, msgspec.MsgspecError) as error:
        raise ExchangeFileUnreadable(str(beside), str(error)) from None


def _tell(file: Path, report: CatalogReport, seconds: float) -> None:
    would = "" if report.imported else "would be "
    parts = [
        f"{report.created:,} {would}created",
        f"{report.changed:,} {would}changed",
        f"{report.unchanged:,} unchanged",
        f"{report.removed:,} {would}removed",
    ]
    click.echo(f"{report.rows:,} rows in {seconds:.1f} s: {', '.join(parts)}.")
    for names, what in ((report.types_added, "added"), (report.types_changed, "changed")):
        if names:
            click.echo(f"  product types {would}{what}: {', '.join(names)}")
    if report.dry_run:
        for difference in islice(report.differences, DIFFERENCES_SHOWN):
            _tell_difference(difference)
        if len(report.differences) > DIFFERENCES_SHOWN:
            click.echo("  ... and more; use --json or --report FILE to see them.")
    for problem in islice(report.problems, PROBLEMS_SHOWN):
        place = f"{file}:{problem.line}" if problem.line else "catalog"
        named = f"{problem.product_id}: " if problem.product_id else ""
        click.echo(f"{place}: {named}{problem.field}: {problem.problem}", err=True)
    if report.rows_bad:
        rest = "the rest was imported" if report.imported else "nothing was imported"
        click.echo(f"{report.rows_bad:,} rows are broken; {rest}.", err=True)


def _tell_difference(difference: Difference) -> None:
    click.echo(f"  {difference.change} {difference.product_id}")
    for each in difference.fields:
        click.echo(f"    {each.field}: {_short(each.before)} -> {_short(each.after)}")


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= VALUE_LENGTH_SHOWN else f"{text[: VALUE_LENGTH_SHOWN - 3]}..."
