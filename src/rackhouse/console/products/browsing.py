"""The list of products: found by words, narrowed by facets, with what there is of each now."""

import time
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter
from markupsafe import Markup

from rackhouse.catalog import (
    ORDERS,
    ListedProduct,
    Sought,
    listed_products,
    products_page,
    sees_drafts,
)
from rackhouse.catalog import product_types as types_of_house
from rackhouse.console.products.query import ListQuery, facet_fields, orders_of
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.inventory import availability_of_many
from rackhouse.platform.context import Context
from rackhouse.search import Answered, FacetCount, Search, SearchNotReady, search_products

__all__ = ["ProductRow", "get_products_page", "stock_of"]

PRODUCTS_SHOWN = 30
VALUES_SHOWN = 8
CONDITIONS_LIMIT = 40
WORDS_LENGTH_LIMIT = 200
PATIENCE_SECONDS = 3.0
"""How long the list waits for an index that is being built, before it shows names in order."""

AnyRequest = Request[Any, Any, Any]
Place = tuple[float | None, int]
Conditions = Annotated[list[str] | None, Parameter(max_items=CONDITIONS_LIMIT)]


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    """A product as the list shows it. ``available`` is None where that is not known to the reader;
    ``image`` is an address of this house, since pages load nothing from elsewhere."""

    id: str
    name: str
    type: str
    brand: str | None
    skus: Sequence[str]
    price_minor: int | None
    currency: str | None
    image: str | None
    available: int | None
    state: str


class FacetValue(msgspec.Struct, frozen=True):
    """A value that the list can be narrowed to, or is. ``count`` is None where it is not known."""

    text: str
    count: int | None
    chosen: bool
    address: str


class FacetShown(msgspec.Struct, frozen=True):
    """A field with the values that are counted of it."""

    name: str
    title: str
    values: list[FacetValue]

    @property
    def has_chosen(self) -> bool:
        """Whether the list is narrowed to a value of it."""
        return any(each.chosen for each in self.values)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list. ``total`` and the facets are there where search answered."""

    rows: list[ProductRow]
    total: int | None
    facets: list[FacetShown]
    meant: str | None
    after: str | None


@get("/products")
async def get_products_page(
    request: AnyRequest,
    q: Annotated[str, Parameter(max_length=WORDS_LENGTH_LIMIT)] = "",
    f: Conditions = None,
    sort: Annotated[str, Parameter(max_length=100)] = "relevance",
    after: Annotated[str | None, Parameter(max_length=500)] = None,
) -> Response[str]:
    """Products that are as asked for, a page of them."""
    context = await context_of_session(house_of(request), request)
    types = {each.name: each for each in await types_of_house(context=context)}
    query = ListQuery.of(q, f or (), sort, after)
    only_type = types.get(query.only_type or "")
    orders = dict(orders_of(only_type))
    orders.setdefault(query.order, query.order)
    return whole_page(
        "products/list.html",
        query=query,
        listed=await _listed(context, query, facet_fields(only_type)),
        types=types,
        orders=orders,
        chosen=[(name, value, query.without(name, value)) for name, value in query.conditions],
        titles=facet_fields(only_type),
        may_write="catalog:write" in context.caller.permissions,
        may_see_quality="search:read" in context.caller.permissions,
    )


async def stock_of(context: Context, product_ids: Sequence[str]) -> dict[str, int]:
    """How many pieces of each product can be promised now, of all its SKUs together; nothing for
    those who may not read stock."""
    if "inventory:read" not in context.caller.permissions or not product_ids:
        return {}
    found = await availability_of_many(context=context, ids=product_ids, channel=None)
    return {each.id: sum(sku.available for sku in each.skus) for each in found.items}


async def _listed(context: Context, query: ListQuery, fields: dict[str, str]) -> Listed:
    patient = msgspec.structs.replace(context, deadline=time.monotonic() + PATIENCE_SECONDS)
    search = Search(
        q=query.words,
        filter=query.filter,
        facets=",".join(fields),
        facet_values=VALUES_SHOWN,
        sort=query.order,
        after=_place(query.after),
        limit=PRODUCTS_SHOWN,
        counted=False,
    )
    try:
        answered = await search_products(context=patient, search=search)
    except SearchNotReady:
        return await _by_name(context, query)
    ids = [each.id for each in answered.items]
    stock, states = await stock_of(context, ids), await _states_of(context, ids)
    return Listed(
        rows=[
            _row(each, each.image, each.skus, stock, states.get(each.id, "live"))
            for each in answered.items
        ],
        total=answered.total,
        facets=[_facet(query, name, fields[name], answered) for name in answered.facets],
        meant=answered.did_you_mean,
        after=_place_text(answered.places[-1]) if answered.more else None,
    )


async def _by_name(context: Context, query: ListQuery) -> Listed:
    """The products in the order of their names, from the catalog itself."""
    order = ORDERS["name"]
    asked: dict[str, Any] = {
        name: value for name, value in query.conditions if name in ("type", "brand", "tag")
    }
    found = await products_page(
        context=context,
        sought=Sought(**asked, q=query.words or None),
        order=order,
        after=_decoded(query.after, order.place_type),
        limit=PRODUCTS_SHOWN + 1,
    )
    shown = found[:PRODUCTS_SHOWN]
    stock = await stock_of(context, [each.id for each in shown])
    more = len(found) > PRODUCTS_SHOWN
    return Listed(
        rows=[_row(each, _image_of(each), _skus_of(each), stock, each.state) for each in shown],
        total=None,
        facets=[],
        meant=None,
        after=_place_text(order.place_of(shown[-1])) if more else None,
    )


async def _states_of(context: Context, ids: Sequence[str]) -> dict[str, str]:
    """What each product is by the clock, for those who see more than what is live."""
    if not sees_drafts(context.caller):
        return {}
    found = await listed_products(context=context, product_ids=ids)
    return {id_: each.state for id_, each in found.items()}


def _row(
    found: Any, image: str | None, skus: Sequence[str], stock: dict[str, int], state: str
) -> ProductRow:
    marked = getattr(getattr(found, "highlights", None), "name", None)
    return ProductRow(
        id=found.id,
        name=Markup(marked) if marked else found.name,  # noqa: S704 - search escapes all else
        type=found.type,
        brand=found.brand,
        skus=skus,
        price_minor=found.price_minor,
        currency=found.currency,
        image=image if image and image.startswith("/") else None,
        available=stock.get(found.id),
        state=state,
    )


def _image_of(product: ListedProduct) -> str | None:
    return next((each.url for each in product.media if each.kind == "image"), None)


def _skus_of(product: ListedProduct) -> list[str]:
    return [each.sku for each in product.variants]


def _facet(query: ListQuery, name: str, title: str, answered: Answered) -> FacetShown:
    counted = {_written(each): each.count for each in answered.facets[name]}
    chosen = [value for field, value in query.conditions if field == name]
    values = [
        FacetValue(
            text=text,
            count=counted.get(text),
            chosen=text in chosen,
            address=_toggled(query, name, text),
        )
        for text in dict.fromkeys((*chosen, *counted))
    ]
    return FacetShown(name, title, values)


def _toggled(query: ListQuery, name: str, value: str) -> str:
    if query.has(name, value):
        return query.without(name, value)
    return query.address(conditions=(*query.conditions, (name, value)))


def _written(counted: FacetCount) -> str:
    value = counted.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _place(text: str | None) -> Place | None:
    place: Place | None = _decoded(text, Place)
    return place


def _decoded(text: str | None, kind: Any) -> Any:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError:
        return None


def _place_text(place: Any) -> str:
    return msgspec.json.encode(place).decode()
