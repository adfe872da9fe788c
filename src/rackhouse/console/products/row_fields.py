"""The rows of a product's form: its media and its variants, as a page shows them. Pure."""

from collections.abc import Iterable, Mapping

from rackhouse.console.products.rows import row_count
from rackhouse.console.products.shown import Field, Row, Wrong, marked
from rackhouse.console.products.texts import Form, one

__all__ = ["BLANK_ROWS", "rows_shown"]

BLANK_ROWS = 1
MEDIA_KINDS = (("image", "Picture"), ("video", "Film"), ("model", "3D model"))


def rows_shown(form: Form, rows: str, blank: Mapping[str, int], wrong: Wrong) -> Iterable[Row]:
    """The rows of a name, and ``blank`` ones behind those there are."""
    count = row_count(form, rows)
    for index in range(count + BLANK_ROWS + blank.get(rows, 0)):
        row = f"{rows}[{index}]"
        fields = _medium(form, row) if rows == "media" else _variant(form, row)
        yield Row(
            name=row,
            title=one(form, f"{row}.{'alt' if rows == 'media' else 'sku'}"),
            fields=tuple(marked(each, wrong) for each in fields),
            kept=one(form, f"{row}.kept"),
            is_blank=index >= count,
        )


def _medium(form: Form, row: str) -> list[Field]:
    def field(part: str, label: str, control: str, **more: object) -> Field:
        values = (one(form, f"{row}.{part}"),)
        facts = {"control": control, "values": values, **more}
        return Field(name=f"{row}.{part}", label=label, **facts)  # type: ignore[arg-type]

    kind = one(form, f"{row}.kind")
    known = [value for value, _ in MEDIA_KINDS]
    beside = [(kind, kind)] if kind and kind not in known else []
    return [
        field("kind", "Kind", "choice", choices=(*MEDIA_KINDS, *beside)),
        field("url", "Address", "text", hint="https://… or /…", most=2_000),
        field("alt", "What it shows", "text", most=500),
    ]


def _variant(form: Form, row: str) -> list[Field]:
    def field(part: str, label: str, control: str = "text", **more: object) -> Field:
        values = (one(form, f"{row}.{part}"),)
        facts = {"control": control, "values": values, **more}
        return Field(name=f"{row}.{part}", label=label, **facts)  # type: ignore[arg-type]

    return [
        field("sku", "SKU", most=64),
        field("name", "Name", most=200),
        field("price", "Price", numeric=True, hint="If it has its own"),
        field("barcode", "Barcode", most=64),
        field("options", "Options", "lines", hint="One on each line, as size: L"),
        field(
            "components", "Bundle of", "lines", hint="One on each line, as 2 × SKU-1", searched=True
        ),
    ]
