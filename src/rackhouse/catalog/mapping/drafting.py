"""From rows to drafts of products: row by row, or several rows of one key together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from ..rules.variants import VARIANTS_MAX
from .choices import CHOICES
from .conversions import Unfit
from .definition import Entry, RowMapping, VariantShape
from .reading import BadRow, Row

GROUPS_MAX = 1_000_000
NESTING_MAX = 5

_NEEDED = ("id", "type", "name")


class Draft(msgspec.Struct, frozen=True):
    """A product as the file describes it, not yet validated, and the rows it was made of."""

    row_number: int
    product: dict[str, Any]
    rows: int = 1


def drafts(rows: Iterable[Row | BadRow], mapping: RowMapping) -> Iterator[Draft | BadRow]:
    """The drafts that ``rows`` make; each row ends in one draft or in one ``BadRow``.

    Without ``[group]`` each row is drafted at once. With it, drafts come after the last row, in
    the order in which their keys first appeared; memory holds one entry for each key.
    """
    groups: dict[Any, _Gathered] = {}
    for row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        values = _with_inner_names(row.values)
        if (reason := _refusal_of(values, mapping)) is not None:
            yield BadRow(row.number, reason)
            continue
        try:
            if mapping.group is None:
                alone = _Gathered(mapping)
                alone.add(values, row.number)
                yield alone.draft()
            else:
                _gathered_for(values, groups, mapping).add(values, row.number)
        except Unfit as unfit:
            yield BadRow(row.number, str(unfit))
    for key in list(groups):
        gathered = groups.pop(key)
        if gathered.rows:
            yield gathered.draft()


def _refusal_of(values: Mapping[str, Any], mapping: RowMapping) -> str | None:
    return next((rule.reason for rule in mapping.refused if rule.refuse(values)), None)


def _gathered_for(
    values: Mapping[str, Any], groups: dict[Any, "_Gathered"], mapping: RowMapping
) -> "_Gathered":
    assert mapping.group is not None
    key = mapping.group.of(values)
    if key is None:
        raise Unfit(f"{mapping.group.key}: nothing to group this row by")
    if key not in groups:
        if len(groups) >= GROUPS_MAX:
            raise Unfit(f"{mapping.group.key}: more than {GROUPS_MAX} different keys")
        groups[key] = _Gathered(mapping)
    return groups[key]


class _Gathered:
    """What the rows of one product have said so far. ``fault`` is why they can make none."""

    __slots__ = ("fault", "mapping", "row_number", "rows", "said", "variants")

    def __init__(self, mapping: RowMapping) -> None:
        self.mapping = mapping
        self.row_number = 0
        self.rows = 0
        self.fault: str | None = None
        self.said: list[Any] = [None] * len(mapping.entries)
        self.variants: dict[str, tuple[VariantShape, list[Any]]] = {}

    def add(self, values: Mapping[str, Any], row_number: int) -> None:
        """Take one row in. Raises ``Unfit``, and takes nothing, where a cell can not be read."""
        told = [entry.of(values) for entry in self.mapping.entries]
        variants = [
            (shape, [entry.of(inner) for entry in shape.entries])
            for shape in self.mapping.variants
            for inner in shape.rows(values)
        ]
        self.row_number = self.row_number or row_number
        self.rows += 1
        try:
            _gather(self.said, told, self.mapping.entries)
            for shape, said in variants:
                self._add_variant(shape, said)
        except Unfit as unfit:
            self.fault = str(unfit)

    def draft(self) -> Draft | BadRow:
        """The draft of all rows, or the reason why they make none."""
        product = _assembled(self.said, self.mapping.entries)
        empty = next((needed for needed in _NEEDED if product.get(needed) is None), None)
        if self.fault is not None or empty is not None:
            reason = self.fault or f"{empty}: nothing in the file says it"
            return BadRow(self.row_number, reason, self.rows)
        variants = [_assembled(said, shape.entries) for shape, said in self.variants.values()]
        if variants:
            product["variants"] = variants
        return Draft(self.row_number, product, self.rows)

    def _add_variant(self, shape: VariantShape, said: list[Any]) -> None:
        sku = said[0]  # the loader puts it first
        if sku is None:
            return
        if sku not in self.variants:
            if len(self.variants) >= VARIANTS_MAX:
                raise Unfit(f"variants: more than {VARIANTS_MAX} of one product")
            self.variants[sku] = (shape, [None] * len(shape.entries))
        known_shape, gathered = self.variants[sku]
        if known_shape is not shape:
            raise Unfit(f"variants: two blocks of the mapping make the SKU {sku!r}")
        _gather(gathered, said, shape.entries)


def _gather(gathered: list[Any], said: list[Any], entries: tuple[Entry, ...]) -> None:
    for place, (entry, value) in enumerate(zip(entries, said, strict=True)):
        if value is not None and value != ():
            gathered[place] = CHOICES[entry.choose].gather(gathered[place], value)


def _assembled(gathered: list[Any], entries: tuple[Entry, ...]) -> dict[str, Any]:
    """The object whose fields were gathered, without the fields of another type."""
    whole: dict[str, Any] = {}
    for entry, so_far in zip(entries, gathered, strict=True):
        if so_far is None or entry.only_for not in (None, whole.get("type")):
            continue
        inner = whole
        for name in entry.path[:-1]:
            inner = inner.setdefault(name, {})
        inner[entry.path[-1]] = CHOICES[entry.choose].chosen(so_far)
    return whole


def _with_inner_names(values: dict[str, Any]) -> Mapping[str, Any]:
    """The row, with the fields of inner objects also under ``outer.inner``."""
    level = [(name, value) for name, value in values.items() if isinstance(value, dict)]
    if not level:
        return values
    named = dict(values)
    for _ in range(NESTING_MAX):
        inner = [
            (f"{outer}.{name}", value) for outer, table in level for name, value in table.items()
        ]
        named.update(inner)
        level = [(name, value) for name, value in inner if isinstance(value, dict)]
    return named
