"""The page of one product type: its form, what is wrong in it, and what a change would do."""

from typing import Any

import msgspec
from litestar import Response

from rackhouse.catalog import (
    CollectionTaken,
    InvalidProductType,
    InvalidTypeChange,
    ListedType,
    Misfitting,
    ProductsDoNotFit,
    ProductTypeExists,
    TriedChange,
    try_type_change,
)
from rackhouse.console.product_types.fields import TypeFormShown, type_form_shown
from rackhouse.console.product_types.reading import SubmittedType, in_form
from rackhouse.console.products.fields import problems_by_field
from rackhouse.console.products.history import happenings_of
from rackhouse.console.products.merging import in_words
from rackhouse.console.products.texts import Form, one
from rackhouse.console.rendering import whole_page
from rackhouse.platform.context import Context
from rackhouse.platform.errors import FieldProblem, Refusal
from rackhouse.platform.http import status_of

__all__ = ["WRITES", "EditingType", "differing", "refused_page", "tried", "type_page"]

WRITES = "catalog:write"
OUTCOMES_SHOWN = 20
ANYWHERE = "type"
PARTS_COMPARED = ("minimum", "maximum", "max_length", "values")


class EditingType(msgspec.Struct, frozen=True, kw_only=True):
    """A form that somebody fills in: of a type, or of a new one. ``differing`` is what others made
    otherwise meanwhile, ``misfits`` are products that do not fit."""

    product_type: ListedType | None
    form: dict[str, list[str]]
    version: int
    blank: dict[str, int] = {}
    problems: tuple[FieldProblem, ...] = ()
    misfits: tuple[Misfitting, ...] = ()
    tried: TriedChange | None = None
    differing: tuple[tuple[str, str, str], ...] = ()
    note: str = ""


async def type_page(context: Context, editing: EditingType, *, status: int = 200) -> Response[str]:
    """The page with the form, and with what is wrong beside each field."""
    product_type = editing.product_type
    asked: dict[str, Any] = {"is_new": product_type is None, "blank": editing.blank}
    names = type_form_shown(editing.form, wrong={}, **asked).names
    wrong, elsewhere = problems_by_field(editing.problems, names)
    shown = type_form_shown(editing.form, wrong=wrong, **asked)
    happenings = (
        await happenings_of(context, f"product-type:{product_type.name}") if product_type else []
    )
    return whole_page(
        "types/type.html",
        status=status,
        editing=editing,
        product_type=product_type,
        shown=shown,
        wrong=wrong,
        elsewhere=elsewhere,
        labels={name: _label(name, shown) for name in wrong},
        policy=one(editing.form, "on_misfit"),
        happenings=happenings,
        in_words=in_words,
    )


async def tried(context: Context, name: str, submitted: SubmittedType) -> TriedChange:
    """What a change would do: the products that do not fit, or else some that are converted."""

    async def asked(only: Any) -> TriedChange:
        return await try_type_change(
            context=context,
            name=name,
            draft=submitted.definition,
            conversions=submitted.conversions,
            on_misfit=submitted.on_misfit,
            only=only,
            after_id="",
            limit=OUTCOMES_SHOWN,
        )

    found = await asked("does_not_fit")
    return found if found.not_fitting or not found.converted else await asked("converted")


async def refused_page(
    context: Context, editing: EditingType, submitted: SubmittedType, refusal: Refusal
) -> Response[str]:
    """The form again with all that was typed, and with why it was refused."""
    refused = msgspec.structs.replace(
        editing,
        problems=_told(refusal, submitted),
        misfits=refusal.misfits if isinstance(refusal, ProductsDoNotFit) else (),
        note="",
    )
    return await type_page(context, refused, status=status_of(type(refusal)))


def differing(mine: Form, theirs: Form) -> tuple[tuple[str, str, str], ...]:
    """What is not the same in two forms of a type: attribute by attribute."""
    in_mine, in_theirs = _attributes_told(mine), _attributes_told(theirs)
    names = dict.fromkeys((*in_theirs, *in_mine))
    return tuple(
        (name, in_mine.get(name, "Not there"), in_theirs.get(name, "Not there"))
        for name in names
        if in_mine.get(name) != in_theirs.get(name)
    )


def _attributes_told(form: Form) -> dict[str, str]:
    shown = type_form_shown(form, is_new=False, blank={}, wrong={})
    told = {each.label: each.value for each in shown.general}
    for each in shown.attributes:
        if not each.row.is_blank:
            parts = [one(form, f"{each.row.name}.{part}") for part in PARTS_COMPARED]
            said = [each.row.title, each.summary, *(part.replace("\n", ", ") for part in parts)]
            told[one(form, f"{each.row.name}.name")] = "; ".join(part for part in said if part)
    return told


def _told(refusal: Refusal, submitted: SubmittedType) -> tuple[FieldProblem, ...]:
    if isinstance(refusal, InvalidProductType | InvalidTypeChange):
        return tuple(in_form(each, submitted) for each in refusal.problems)
    named: dict[type[Refusal], str] = {CollectionTaken: "collection", ProductTypeExists: "name"}
    return (FieldProblem(named.get(type(refusal), ANYWHERE), str(refusal)),)


def _label(name: str, shown: TypeFormShown) -> str:
    for each in shown.attributes:
        for field in (*each.row.fields, *each.changing):
            if field.name == name:
                return f"{each.row.title or 'Attribute without a name'}: {field.label}"
    return next((each.label for each in shown.general if each.name == name), name)
