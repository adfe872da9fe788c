"""Export and import over HTTP."""

import datetime
import functools
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rackhouse.catalog import ProductTypeNotFound
from rackhouse.exchange.errors import (
    ImportEnded,
    ImportNotFound,
    ImportTooLarge,
    ParquetLibraryMissing,
    TooManyExports,
    TooManyImports,
)
from rackhouse.exchange.exporting import export_catalog
from rackhouse.exchange.formats import FORMS
from rackhouse.exchange.making import Exports
from rackhouse.exchange.reports import CatalogReport, ImportTerms
from rackhouse.exchange.runs import CatalogImport, ImportPlace, Status
from rackhouse.exchange.sending import cancel_import, import_of, imports_page, send_import
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]

EXPORT = "/api/v1/catalog/export"
IMPORTS = "/api/v1/catalog/imports"
_ID = {"import_id": "The import's id."}

_Format = Annotated[
    Literal["jsonl", "csv", "parquet"],
    Meta(description="The format of the file: `jsonl`, `csv` or `parquet`."),
]
_TypeName = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,62}$")]
_Moment = Annotated[datetime.datetime, Meta(tz=True)]


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What to export."""

    format: _Format = "jsonl"
    type: Annotated[_TypeName | None, Meta(description="Only products of this type.")] = None
    since: Annotated[
        _Moment | None, Meta(description="Only products that were changed since then (RFC 3339).")
    ] = None


class ImportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How to import a file."""

    format: _Format = "jsonl"
    dry_run: Annotated[bool, Meta(description="Only report what would change.")] = False
    remove_missing: Annotated[bool, Meta(description="Take out what the file lacks.")] = False
    skip_bad: Annotated[bool, Meta(description="Go on without what is broken in the file.")] = False


class ImportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An import: how far it is, and in the end what it came to. ``report`` is there once it is done
    or refused; lists leave it out."""

    id: str
    status: Status
    format: str
    dry_run: bool
    remove_missing: bool
    skip_bad: bool
    size_bytes: int
    rows_read: int
    products_written: int
    products_to_write: int | None
    cancel_wanted: bool
    problem: str | None
    report: CatalogReport | None
    started_by: str
    created_at: datetime.datetime
    began_at: datetime.datetime | None
    ended_at: datetime.datetime | None


async def get_catalog_export(call: Call) -> Answer:
    """The catalog as of one moment. The answer begins when the whole file is made."""
    query: ExportQuery = call.query
    form = FORMS[query.format]
    write = functools.partial(
        export_catalog,
        context=call.context,
        form=form,
        only_type=query.type,
        changed_since=query.since,
    )
    made = await call.context.house.the(Exports).made(write)
    name = f"catalog.{form.name}"
    headers = [
        (b"content-length", b"%d" % made.size_bytes),
        (b"content-disposition", f'attachment; filename="{name}"'.encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    return Answer(200, made.pieces(), headers, form.media_type.encode())


async def post_catalog_import(call: Call) -> Answer:
    """The body is the file, plain or gzipped. A worker imports it; ask for the import to see how
    far it is. All of the file is checked before anything is written, and nothing is where
    something is broken, unless `skip_bad` says to go on. The same file again changes nothing."""
    query: ImportQuery = call.query
    begun = await send_import(
        context=call.context,
        form=FORMS[query.format],
        terms=ImportTerms(
            dry_run=query.dry_run, remove_missing=query.remove_missing, skip_bad=query.skip_bad
        ),
        pieces=call.body,
    )
    location = (b"location", f"{IMPORTS}/{begun.id}".encode())
    return Answer(202, _answer(begun), (location,))


async def get_catalog_imports(call: Call) -> Answer:
    query: PageQuery = call.query
    found = await imports_page(
        context=call.context, before=query.after(ImportPlace), limit=query.limit + 1
    )
    page = Page.of(found, query.limit, lambda each: ImportPlace(each.created_at, each.id))
    return Answer(200, Page([_answer(each) for each in page.items], page.next_cursor))


async def get_catalog_import(call: Call) -> Answer:
    found = await import_of(context=call.context, import_id=call.path["import_id"])
    return Answer(200, _answer(found))


async def cancel_catalog_import(call: Call) -> CatalogImport:
    """What it has written by then stays."""
    return await cancel_import(context=call.context, import_id=call.path["import_id"])


def _shown(found: CatalogImport) -> Answer:
    return Answer(200, _answer(found))


def _answer(found: CatalogImport) -> ImportAnswer:
    said: dict[str, Any] = {
        name: getattr(found, name) for name in ImportAnswer.__struct_fields__ if name != "format"
    }
    return ImportAnswer(format=found.form, **said)


ENDPOINTS = [
    Endpoint(
        method="GET",
        path=EXPORT,
        handler=get_catalog_export,
        permission="catalog:export",
        summary="The whole catalog as a file",
        query=ExportQuery,
        answers={200: bytes},
        answer_media_type=FORMS["jsonl"].media_type,
        other_media_types=(FORMS["csv"].media_type, FORMS["parquet"].media_type),
        refusals=(ProductTypeNotFound, ParquetLibraryMissing, TooManyExports),
    ),
    Endpoint(
        method="POST",
        path=IMPORTS,
        handler=post_catalog_import,
        permission="catalog:import",
        summary="Send a file of the catalog, which the workers import",
        query=ImportQuery,
        streamed_body=True,
        answers={202: ImportAnswer},
        refusals=(ImportTooLarge, TooManyImports),
    ),
    Endpoint(
        method="GET",
        path=IMPORTS,
        handler=get_catalog_imports,
        permission="catalog:import",
        summary="Imports, the newest first",
        query=PageQuery,
        answers={200: Page[ImportAnswer]},
    ),
    Endpoint(
        method="GET",
        path=f"{IMPORTS}/{{import_id}}",
        handler=get_catalog_import,
        permission="catalog:import",
        summary="An import: how far it is, and what it came to",
        answers={200: ImportAnswer},
        refusals=(ImportNotFound,),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="POST",
        path=f"{IMPORTS}/{{import_id}}/cancel",
        handler=cancel_catalog_import,
        present=_shown,
        permission="catalog:import",
        summary="Have an import end",
        answers={200: ImportAnswer},
        refusals=(ImportNotFound, ImportEnded),
        path_descriptions=_ID,
    ),
]
