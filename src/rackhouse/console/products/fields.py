"""The fields of a form, as a page shows them: made from the product's type. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rackhouse.catalog import Attribute, ProductType
from rackhouse.console.products.reading import field_of
from rackhouse.console.products.row_fields import BLANK_ROWS, rows_shown
from rackhouse.console.products.rows import row_count
from rackhouse.console.products.shown import Choice, Field, LanguageRow, Row, Wrong, marked
from rackhouse.console.products.texts import LOCAL_MOMENT, Form, lines_in, one
from rackhouse.platform.errors import FieldProblem

__all__ = ["FormShown", "form_shown", "problems_by_field", "referenced_in"]

STAGES = (("live", "Live"), ("draft", "Draft"), ("archived", "Archived"))
LONG_FROM = 200
TRUTHS = (("", "Not said"), ("true", "Yes"), ("false", "No"))

_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})?")


class FormShown(msgspec.Struct, frozen=True):
    """All fields of a form, in their sections."""

    general: tuple[Field, ...]
    attributes: tuple[Field, ...]
    media: tuple[Row, ...]
    variants: tuple[Row, ...]

    @property
    def names(self) -> list[str]:
        """The names of all fields."""
        rows = [field for row in (*self.media, *self.variants) for field in row.fields]
        return [each.name for each in (*self.general, *self.attributes, *rows)]


def form_shown(
    form: Form, product_type: ProductType, *, is_new: bool, blank: Mapping[str, int], wrong: Wrong
) -> FormShown:
    """The fields of a form for a product of a type; ``blank`` rows stand behind those there are."""
    return FormShown(
        general=tuple(marked(each, wrong) for each in _general(form, is_new)),
        attributes=tuple(
            marked(_attribute(form, each, blank), wrong) for each in product_type.attributes
        ),
        media=tuple(rows_shown(form, "media", blank, wrong)),
        variants=tuple(rows_shown(form, "variants", blank, wrong)),
    )


def problems_by_field(
    problems: Iterable[FieldProblem], names: Sequence[str]
) -> tuple[dict[str, list[str]], list[str]]:
    """What is wrong with each field, and what is wrong with none that the form has."""
    wrong: dict[str, list[str]] = {}
    elsewhere: list[str] = []
    for each in problems:
        field = field_of(each.field, names)
        if field is None:
            elsewhere.append(f"{each.field}: {each.problem}")
        else:
            inside = each.field.replace("price_minor", "price")[len(field) :]
            wrong.setdefault(field, []).append(_where(inside) + each.problem)
    return wrong, elsewhere


def referenced_in(form: Form, product_type: ProductType) -> set[str]:
    """The ids of other products that stand in a form."""
    return {
        line
        for each in product_type.attributes
        if each.item_kind == "reference"
        for line in lines_in(one(form, f"attributes.{each.name}"))
    }


def _general(form: Form, is_new: bool) -> list[Field]:
    def text(name: str, label: str, **more: object) -> Field:
        facts = {"control": "text", "values": (one(form, name),), **more}
        return Field(name=name, label=label, **facts)  # type: ignore[arg-type]

    def moment(name: str, label: str, hint: str) -> Field:
        control = "moment" if LOCAL_MOMENT.fullmatch(one(form, name)) else "text"
        return text(name, label, control=control, hint=hint)

    handle = "Small letters, digits and - . _; one is made up if you write none"
    return [
        *([text("id", "Id", hint=handle, most=64)] if is_new else []),
        text("name", "Name", required=True, most=200),
        text("brand", "Brand", most=200),
        text("description", "Description", control="long", most=20_000),
        text(
            "categories",
            "Categories",
            control="lines",
            hint="One on each line, as whisky/single-malt",
        ),
        text("tags", "Tags", control="lines", hint="One on each line"),
        text("price", "Price", numeric=True, hint="As 12.50; variants may have their own"),
        text("currency", "Currency", hint="Its three letters, such as EUR", most=3),
        text("release_date", "Release date", control=_date_control(one(form, "release_date"))),
        text(
            "stage",
            "Stage",
            control="choice",
            choices=STAGES,
            hint="Drafts and what is archived are not for sale",
        ),
        moment("goes_live_at", "Goes live (UTC)", hint="For sale from then on, to the second"),
        moment("archives_at", "Off sale (UTC)", hint="No more for sale from then on"),
    ]


def _attribute(form: Form, attribute: Attribute, blank: Mapping[str, int]) -> Field:
    name = f"attributes.{attribute.name}"
    control, values = _control_of(form, attribute, name)
    return Field(
        name=name,
        label=attribute.title,
        control=control,
        values=values,
        required=attribute.required,
        hint=_hint(attribute),
        unit=attribute.unit or "",
        choices=_choices(attribute, values),
        languages=_languages(form, attribute, name, blank),
        numeric=attribute.bounded_kind in ("number", "integer"),
        searched=attribute.item_kind == "reference",
        most=attribute.max_length if attribute.kind == "text" else None,
    )


def _control_of(form: Form, attribute: Attribute, name: str) -> tuple[str, tuple[str, ...]]:
    text = one(form, name)
    if attribute.kind == "range":
        return "range", tuple(one(form, f"{name}.{end}") for end in ("from", "to"))
    if attribute.kind == "list":
        if attribute.item_kind == "enum":
            return "checks", tuple(form.get(name, ()))
        return "lines", (text,)
    if attribute.kind == "date":
        return _date_control(text), (text,)
    if attribute.kind == "text" and (attribute.max_length or LONG_FROM + 1) > LONG_FROM:
        return "long", (text,)
    plain = {"enum": "choice", "boolean": "choice", "localized": "localized"}
    return plain.get(attribute.kind, "text"), (text,)


def _date_control(text: str) -> str:
    """A browser shows nothing in a date's field that is no date; what was typed is to stay."""
    return "date" if _ISO_DATE.fullmatch(text) else "text"


def _choices(attribute: Attribute, values: Sequence[str]) -> tuple[Choice, ...]:
    """What may be chosen; what is chosen already keeps its order, since lists have one."""
    if attribute.kind == "boolean":
        return TRUTHS
    if attribute.item_kind != "enum":
        return ()
    if attribute.kind == "list":
        rest = [each for each in attribute.values if each not in values]
        return tuple((each, each) for each in (*values, *rest))
    beside = [each for each in values if each and each not in attribute.values]
    return (("", "Not said"), *((each, each) for each in (*attribute.values, *beside)))


def _languages(
    form: Form, attribute: Attribute, name: str, blank: Mapping[str, int]
) -> tuple[LanguageRow, ...]:
    if attribute.kind != "localized":
        return ()
    default = attribute.default_language or ""
    said = [
        (one(form, f"{name}[{index}].language"), one(form, f"{name}[{index}].text"))
        for index in range(row_count(form, name))
    ]
    if all(language != default for language, _ in said):
        said.append((default, ""))
    said.sort(key=lambda row: row[0] != default)
    said += [("", "")] * (BLANK_ROWS + blank.get(name, 0))
    return tuple(
        LanguageRow(f"{name}[{index}]", *row, index == 0) for index, row in enumerate(said)
    )


def _hint(attribute: Attribute) -> str:
    hints = []
    if attribute.kind == "list" and attribute.item_kind != "enum":
        hints.append("One on each line")
    if attribute.item_kind == "reference":
        hints.append("The id of another product")
    if attribute.bounded_kind == "date" and attribute.kind == "list":
        hints.append("as 2024-05-01")
    bounds = [attribute.minimum, attribute.maximum]
    if any(each is not None for each in bounds):
        least, most = ("" if each is None else f"{each:,}" for each in bounds)
        hints.append(
            f"{least} to {most}"
            if least and most
            else f"from {least}"
            if least
            else f"at most {most}"
        )
    return ", ".join(hints)


def _where(inside: str) -> str:
    """Where in a field something is wrong: on which of its lines, in which of its parts."""
    line = re.match(r"\[(\d+)\]", inside)
    if line is not None:
        return f"Line {int(line[1]) + 1}: "
    return f"{inside.removeprefix('.')}: " if inside else ""
