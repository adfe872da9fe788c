"""Forms of the catalog as browsers send them, and the steps that are no saving: more rows, rows in
another order, and picking what a field names from what is found."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request

from rackhouse.catalog import ProductType
from rackhouse.console.products.rows import moved_up, without_blank_rows
from rackhouse.console.products.texts import lines_in, one
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MalformedRequest, Refusal
from rackhouse.search import suggestions

__all__ = ["Found", "Stepped", "form_in", "stepped"]

FIELDS_LIMIT = 20_000
FOUND_SHOWN = 8
MORE_ROWS = 3

AnyRequest = Request[Any, Any, Any]


class Found(msgspec.Struct, frozen=True):
    """What a field may name, as it is written there, with what people call it."""

    field: str
    words: str
    choices: list[tuple[str, str]]
    problem: str = ""


class Stepped(msgspec.Struct, frozen=True):
    """A form after a step. ``saving`` says that it is to be saved."""

    form: dict[str, list[str]]
    saving: bool = False
    blank: dict[str, int] = {}
    found: Found | None = None


async def form_in(request: AnyRequest) -> dict[str, list[str]]:
    """All fields of the form that was sent, each with its values. Refuses with
    `MalformedRequest`."""
    body = await request.body()
    form: dict[str, list[str]] = {}
    try:
        said = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, max_num_fields=FIELDS_LIMIT
        )
    except ValueError as error:
        problem = f"has more than {FIELDS_LIMIT:,} fields; change such a product through the API"
        raise MalformedRequest(field="form", problem=problem) from error
    for name, value in said:
        form.setdefault(name, []).append(value)
    return form


async def stepped(
    context: Context, sent: Mapping[str, Sequence[str]], product_type: ProductType
) -> Stepped:
    """A form as it was sent, after the step that was asked for."""
    step, _, where = one(sent, "step").partition(":")
    form = without_blank_rows({name: said for name, said in sent.items() if name != "step"})
    match step:
        case "more":
            return Stepped(form, blank={where: MORE_ROWS})
        case "up":
            rows, _, index = where.rpartition("[")
            place = index.removesuffix("]")
            return Stepped(moved_up(form, rows, int(place)) if place.isdecimal() else form)
        case "find":
            return Stepped(form, found=await _found(context, form, where))
        case "take":
            field, _, taken = where.partition("=")
            return Stepped(_taken(form, field, taken))
        case _:
            return Stepped(form, saving=True)


def _taken(form: dict[str, list[str]], field: str, taken: str) -> dict[str, list[str]]:
    """A form with the last line of a field, which was looked for, replaced by what was found."""
    lines = lines_in(one(form, field))
    return {**form, field: ["\n".join((*lines[:-1], taken))]}


async def _found(context: Context, form: dict[str, list[str]], field: str) -> Found:
    lines = lines_in(one(form, field))
    words = lines[-1].rpartition("×")[2].strip() if lines else ""
    if not words:
        problem = "Write a word of what you look for into the field, then find it."
        return Found(field, "", [], problem)
    try:
        answered = await suggestions(context=context, q=words, limit=FOUND_SHOWN)
    except Refusal as refusal:
        return Found(field, words, [], str(refusal))
    if field.endswith(".components"):
        skus = [(sku, each.name) for each in answered.products for sku in each.skus]
        choices = [(f"1 × {sku}", f"{name}, {sku}") for sku, name in skus[: 2 * FOUND_SHOWN]]
    else:
        choices = [(each.id, each.name) for each in answered.products]
    return Found(field, words, choices, "" if choices else f"Nothing is called {words}.")
