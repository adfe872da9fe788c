"""The form of a product type, as a page shows it. Pure."""

from collections.abc import Mapping

import msgspec

from rackhouse.console.product_types.reading import FLAGS
from rackhouse.console.products.rows import row_count
from rackhouse.console.products.shown import Field, Row, Wrong, marked
from rackhouse.console.products.texts import Form, one

__all__ = ["KINDS", "AttributeRow", "TypeFormShown", "told_kind", "type_form_shown"]

KINDS = {
    "text": "Text",
    "number": "Number",
    "integer": "Whole number",
    "boolean": "Yes or no",
    "date": "Date",
    "enum": "Choice",
    "list:text": "List of texts",
    "list:number": "List of numbers",
    "list:integer": "List of whole numbers",
    "list:boolean": "List of yes or no",
    "list:date": "List of dates",
    "list:enum": "List of choices",
    "list:reference": "List of other products",
    "range:number": "Range of numbers",
    "range:integer": "Range of whole numbers",
    "range:date": "Range of dates",
    "reference": "Another product",
    "localized": "Text by language",
}
FLAG_TITLES = {
    "required": "Required",
    "searchable": "Found by words",
    "filterable": "Narrows lists",
    "facet": "Counted beside lists",
    "sortable": "Orders lists",
}


class AttributeRow(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute in the form: what it is, what it is for, and how products get there when the
    type changes. ``was`` is its name as it is now."""

    row: Row
    flags: tuple[tuple[str, str, bool], ...]
    changing: tuple[Field, ...]
    was: str
    summary: str

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong in it."""
        return self.row.is_wrong or any(each.wrong for each in self.changing)


class TypeFormShown(msgspec.Struct, frozen=True):
    """All fields of the form of a type."""

    general: tuple[Field, ...]
    attributes: tuple[AttributeRow, ...]

    @property
    def names(self) -> list[str]:
        """The names of all fields."""
        rows = [field for each in self.attributes for field in (*each.row.fields, *each.changing)]
        return [each.name for each in (*self.general, *rows)]


def type_form_shown(
    form: Form, *, is_new: bool, blank: Mapping[str, int], wrong: Wrong
) -> TypeFormShown:
    """The fields of a form for a product type; ``blank`` rows stand behind those there are."""
    count = row_count(form, "attributes")
    rows = range(count + 1 + blank.get("attributes", 0))
    return TypeFormShown(
        general=tuple(marked(each, wrong) for each in _general(form, is_new)),
        attributes=tuple(_attribute(form, index, index >= count, wrong) for index in rows),
    )


def told_kind(kind: str, unit: str) -> str:
    """A kind with its unit, as it is read."""
    told = KINDS.get(kind, kind)
    return f"{told} ({unit})" if unit else told


def _general(form: Form, is_new: bool) -> list[Field]:
    def text(name: str, label: str, **more: object) -> Field:
        values = (one(form, name),)
        return Field(name=name, label=label, control="text", values=values, **more)  # type: ignore[arg-type]

    named = text("name", "Name", required=True, hint="Small letters, digits and -, such as tea")
    return [
        *([named] if is_new else []),
        text("title", "Title", required=True, hint="What people call such products"),
        text("collection", "Collection", required=True, hint="Its path below /api/v1/"),
    ]


def _attribute(form: Form, index: int, is_blank: bool, wrong: Wrong) -> AttributeRow:
    row = f"attributes[{index}]"
    kind, title = one(form, f"{row}.kind"), one(form, f"{row}.title")
    flags = tuple((flag, FLAG_TITLES[flag], bool(one(form, f"{row}.{flag}"))) for flag in FLAGS)
    said = [told_kind(kind, one(form, f"{row}.unit"))] if kind else []
    said += [told.lower() for _, told, is_set in flags if is_set]
    return AttributeRow(
        row=Row(
            name=row,
            title=title or one(form, f"{row}.name"),
            fields=tuple(marked(each, wrong) for each in _facts(form, row)),
            kept="",
            is_blank=is_blank,
        ),
        flags=flags,
        changing=() if is_blank else tuple(marked(each, wrong) for each in _changing(form, row)),
        was=one(form, f"{row}.was"),
        summary=", ".join(said),
    )


def _facts(form: Form, row: str) -> list[Field]:
    kind = one(form, f"{row}.kind")
    beside = [(kind, kind)] if kind and kind not in KINDS else []
    kinds = (*KINDS.items(), *beside)
    return [
        _field(form, row, "title", "Title"),
        _field(form, row, "name", "Name", hint="Such as age_years"),
        _field(form, row, "kind", "Kind", control="choice", choices=kinds),
        _field(form, row, "unit", "Unit", hint="Of numbers, such as years"),
        _field(form, row, "minimum", "At least", numeric=True, hint="Of numbers"),
        _field(form, row, "maximum", "At most", numeric=True, hint="Of numbers"),
        _field(form, row, "max_length", "Most characters", numeric=True, hint="Of texts"),
        _field(form, row, "values", "May be", control="lines", hint="Of a choice, one a line"),
        _field(form, row, "default_language", "Default language", hint="Of texts by language"),
    ]


def _changing(form: Form, row: str) -> list[Field]:
    return [
        _field(
            form, row, "factor", "Factor", numeric=True, hint="Into another unit: l to ml is 1000"
        ),
        _field(
            form, row, "mapping", "Become others", control="lines", hint="One a line: crimson = red"
        ),
        _field(form, row, "default", "Where nothing is said", hint="What such products say then"),
    ]


def _field(form: Form, row: str, part: str, label: str, **more: object) -> Field:
    facts = {"control": "text", "values": (one(form, f"{row}.{part}"),), **more}
    return Field(name=f"{row}.{part}", label=label, **facts)  # type: ignore[arg-type]
