"""What a mapping file says, once it is read: how rows of a file of any shape become products."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from .fields import Field
from .templates import Template, plain_text

EACH = "each"  # the name by which a variant's templates call the item it is made for


class FileShape(msgspec.Struct, frozen=True, kw_only=True):
    """How the file is written. Where ``form`` (csv or jsonl) or ``delimiter`` is None, the file's
    name decides."""

    form: str | None = None
    encoding: str = "utf-8-sig"
    delimiter: str | None = None
    quote: str = '"'
    columns: tuple[str, ...] = ()


class RefusedRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are no products, and why."""

    template: Template
    pattern: re.Pattern[str]
    reason: str

    def refuse(self, values: Mapping[str, Any]) -> bool:
        """Whether this row is one of them."""
        return self.pattern.search(plain_text(self.template.fill(values))) is not None


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A list of texts, such as tags, each item made by a field of its own."""

    path: tuple[str, ...]
    fields: tuple[Field, ...]
    choose: str = "join"
    only_for: str | None = None

    def of(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The items that the row names, each once."""
        found: dict[Any, None] = {}
        for field in self.fields:
            said = field.of(values)
            if said is not None:
                found.update(dict.fromkeys(said if isinstance(said, tuple) else (said,)))
        return tuple(found)


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """A list of objects, such as media or components, each made by a block of fields."""

    path: tuple[str, ...]
    blocks: tuple[tuple[Field, ...], ...]
    choose: str = "join"
    only_for: str | None = None

    def of(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
        """The objects that the row names; one whose first field is empty is left out."""
        found = []
        for block in self.blocks:
            said = {field.path[-1]: field.of(values) for field in block}
            if said[block[0].path[-1]] is not None:
                found.append({name: value for name, value in said.items() if value is not None})
        return tuple(found)


Entry: TypeAlias = Field | Listing | Records


class VariantShape(msgspec.Struct, frozen=True, kw_only=True):
    """How one variant is made from a row, or one for each item of the list that ``each`` reads."""

    entries: tuple[Entry, ...]
    each: Field | None = None

    def rows(self, values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The row itself, or the row once for each item."""
        if self.each is None:
            yield values
            return
        said = self.each.of(values)
        items = said if isinstance(said, tuple) else () if said is None else (said,)
        for item in items:
            yield {**values, EACH: item}


class RowMapping(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping file. ``columns`` are the columns it names, each with the key that does so first;
    ``group`` is the field whose equal values make several rows one product."""

    file: str
    shape: FileShape
    refused: tuple[RefusedRows, ...]
    entries: tuple[Entry, ...]
    variants: tuple[VariantShape, ...]
    group: Field | None
    columns: Mapping[str, str] = {}
