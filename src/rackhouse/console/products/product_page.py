"""The page of one product: its form, or its facts for those who may not change it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response

from rackhouse.catalog import ListedProduct, ListedType, listed_products, product_types
from rackhouse.console.money import amount_in_words
from rackhouse.console.products.fields import (
    form_shown,
    problems_by_field,
    referenced_in,
)
from rackhouse.console.products.history import happenings_of, streams_of
from rackhouse.console.products.merging import in_words
from rackhouse.console.products.submitting import Found
from rackhouse.console.rendering import whole_page
from rackhouse.inventory import AvailabilityOfSku, StockNotFound, availability
from rackhouse.platform.context import Context
from rackhouse.platform.errors import FieldProblem

__all__ = ["Editing", "facts_page", "form_page", "stock_by_sku", "type_named"]

REFERENCES_LIMIT = 200
WRITES = "catalog:write"


class Editing(msgspec.Struct, frozen=True, kw_only=True):
    """A form that somebody fills in: of a product, or of a new one. ``was`` is the product as they
    began, which is told from what others make of it; ``note`` is what to tell them."""

    product: ListedProduct | None
    product_type: ListedType
    form: dict[str, list[str]]
    version: int
    was: str = ""
    blank: dict[str, int] = {}
    found: Found | None = None
    problems: tuple[FieldProblem, ...] = ()
    note: str = ""


async def form_page(context: Context, editing: Editing, *, status: int = 200) -> Response[str]:
    """The page with the form, and with what is wrong beside each field."""
    product, product_type = editing.product, editing.product_type
    asked: dict[str, Any] = {"is_new": product is None, "blank": editing.blank}
    names = form_shown(editing.form, product_type, wrong={}, **asked).names
    wrong, elsewhere = problems_by_field(editing.problems, names)
    shown = form_shown(editing.form, product_type, wrong=wrong, **asked)
    return whole_page(
        "products/product.html",
        status=status,
        editing=editing,
        product=product,
        product_type=product_type,
        shown=shown,
        labels={name: _label(name, shown) for name in wrong},
        wrong=wrong,
        elsewhere=elsewhere,
        found=editing.found,
        referenced=await _names_of(context, referenced_in(editing.form, product_type)),
        **await _beside(context, product),
    )


async def facts_page(
    context: Context, product: ListedProduct, product_type: ListedType | None
) -> Response[str]:
    """The page with what is said of a product, for those who only read."""
    attributes = product_type.attributes if product_type else ()
    named = {
        id_
        for each in attributes
        if each.item_kind == "reference"
        for id_ in _ids_in(product.attributes.get(each.name))
    }
    return whole_page(
        "products/facts.html",
        product=product,
        product_type=product_type,
        price=amount_in_words(product.price_minor, product.currency),
        said=[
            (each, in_words(product.attributes[each.name]), _ids_of(each, product))
            for each in attributes
            if each.name in product.attributes
        ],
        prices={
            each.sku: amount_in_words(
                product.price_minor if each.price_minor is None else each.price_minor,
                product.currency,
            )
            for each in product.variants
        },
        referenced=await _names_of(context, named),
        **await _beside(context, product),
    )


async def type_named(context: Context, name: str) -> ListedType | None:
    """The product type of a name, if it is in force."""
    found = await product_types(context=context)
    return next((each for each in found if each.name == name), None)


async def stock_by_sku(context: Context, product_id: str) -> list[AvailabilityOfSku]:
    """What there is of each SKU of a product now; nothing for those who may not read stock."""
    if "inventory:read" not in context.caller.permissions:
        return []
    try:
        return (await availability(context=context, id=product_id)).skus
    except StockNotFound:
        return []


async def _beside(context: Context, product: ListedProduct | None) -> dict[str, Any]:
    """What stands beside the form or the facts: what there is, and what happened."""
    permissions = context.caller.permissions
    may = {
        "may_write": WRITES in permissions,
        "may_see_versions": "drafts:read" in permissions,
    }
    if product is None:
        return {**may, "stock": [], "happenings": []}
    return {
        **may,
        "stock": await stock_by_sku(context, product.id),
        "happenings": await happenings_of(context, *streams_of(product.id)),
    }


async def _names_of(context: Context, ids: set[str]) -> Mapping[str, str]:
    asked = sorted(ids)[:REFERENCES_LIMIT]
    found = await listed_products(context=context, product_ids=asked) if asked else {}
    return {id_: each.name for id_, each in found.items()}


def _ids_in(value: Any) -> Sequence[str]:
    return value if isinstance(value, list | tuple) else [value] if value else []


def _ids_of(attribute: Any, product: ListedProduct) -> Sequence[str]:
    """The products that an attribute names; none for what is no reference."""
    named = product.attributes[attribute.name]
    return _ids_in(named) if attribute.item_kind == "reference" else ()


def _label(name: str, shown: Any) -> str:
    """What a field is called in the list of what is wrong, with its row where it is in one."""
    for row in (*shown.media, *shown.variants):
        for field in row.fields:
            if field.name == name:
                kind = "Medium" if name.startswith("media") else "Variant"
                return f"{kind} {row.title or 'without a name'}: {field.label}"
    fields = (*shown.general, *shown.attributes)
    return next((each.label for each in fields if each.name == name), name)
