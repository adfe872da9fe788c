"""``rackhouse export``."""

import datetime
import gzip
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import click
import msgspec

from rackhouse.catalog.module import MODULE as CATALOG
from rackhouse.cli.command_line import FAILURE, USAGE, Failure
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.exchange import (
    FORMS,
    Exported,
    Form,
    FormatUnknown,
    Head,
    export_catalog,
    form_of_name,
)

__all__ = ["HEAD_SUFFIX", "MOMENT", "export_command"]

HEAD_SUFFIX = ".head.json"
STANDARD_OUTPUT = "-"


class _Moment(click.ParamType[datetime.datetime]):
    """A day or a moment, in UTC unless it says otherwise."""

    name = "moment"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime.datetime:
        """The moment."""
        try:
            found = datetime.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-05-01 or 2026-05-01T12:00Z", param, ctx)
        return found if found.tzinfo is not None else found.replace(tzinfo=datetime.UTC)


MOMENT = _Moment()


@click.command("export")
@click.argument("file")
@click.option(
    "--format",
    "form_name",
    type=click.Choice(sorted(FORMS)),
    help="Unless said, the name of FILE says it; on standard output it is jsonl.",
)
@click.option("--type", "only_type", help="Only products of this type.")
@click.option("--since", type=MOMENT, help="Only products that were changed since then.")
@click.option("--json", "as_json", is_flag=True, help="Print what was exported as JSON.")
def export_command(
    file: str,
    form_name: str | None,
    only_type: str | None,
    since: datetime.datetime | None,
    as_json: bool,
) -> None:
    """Export the catalog to FILE (CSV, JSONL or Parquet; .gz packs it), or to standard output (-).

    `rackhouse import` takes it in again, here or in another house, without a map. Product types of
    your own come along: in the file, or for CSV in a second one beside it (FILE.head.json).
    """
    form = _form_of(file, form_name)
    with _written(file) as target:
        exported = run(_exported(form, target, only_type, since))
    beside = _write_head(file, form, exported.head)
    if as_json:
        told = {"products": exported.products, "format": form.name, "head": exported.head}
        click.echo(msgspec.json.encode(told), err=file == STANDARD_OUTPUT)
        return
    named = "standard output" if file == STANDARD_OUTPUT else f"{file}{beside}"
    click.echo(f"{exported.products:,} products were exported to {named}.", err=True)


def _form_of(file: str, form_name: str | None) -> Form:
    if form_name is not None:
        return FORMS[form_name]
    if file == STANDARD_OUTPUT:
        return FORMS["jsonl"]
    try:
        return form_of_name(file)
    except FormatUnknown as refusal:
        raise Failure(f"{refusal} (--format)", USAGE) from None


@contextmanager
def _written(file: str) -> Iterator[BinaryIO]:
    """A file that takes the place of the one of that name when it is whole, or goes to standard
    output then."""
    if file == STANDARD_OUTPUT:
        with tempfile.TemporaryFile() as whole:
            yield cast(BinaryIO, whole)
            whole.seek(0)
            shutil.copyfileobj(whole, sys.stdout.buffer)
        return
    path = Path(file)
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as part:
            try:
                with _packed(cast(BinaryIO, part), path) as target:
                    yield target
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        Path(part.name).chmod(0o644)
        Path(part.name).replace(path)
    except OSError as error:
        raise Failure(f"{file} can not be written: {error.strerror}", FAILURE) from None


@contextmanager
def _packed(file: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    if path.suffix.lower() != ".gz":
        yield file
        return
    with gzip.GzipFile(filename="", fileobj=file, mode="wb") as packing:
        yield cast(BinaryIO, packing)


def _write_head(file: str, form: Form, head: Head) -> str:
    """Write what a CSV file can not say of itself beside it; says where, as words to be told."""
    if form.name != "csv":
        return ""
    if file == STANDARD_OUTPUT:
        if head.product_types:
            click.echo("CSV has no room for product types: import these first.", err=True)
        return ""
    beside = Path(f"{file}{HEAD_SUFFIX}")
    try:
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(head)) + b"\n")
    except OSError as error:
        raise Failure(f"{beside} can not be written: {error.strerror}", FAILURE) from None
    return f", what it is to {beside.name}"


async def _exported(
    form: Form, file: BinaryIO, only_type: str | None, since: datetime.datetime | None
) -> Exported:
    async with open_house(modules=[CATALOG]) as house:
        return await export_catalog(
            context=administrator(house),
            form=form,
            file=file,
            only_type=only_type,
            changed_since=since,
        )
