"""Products over HTTP: all of them under one path, and those of each type in its collection."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.catalog.draft_schemas import KEPT_FIELDS, draft_schema
from rackhouse.catalog.errors import (
    FilterUnknown,
    FilterUnreadable,
    InvalidProduct,
    ProductExists,
    ProductNotFound,
    ProductReferenced,
    SkuInBundle,
    SkuTaken,
)
from rackhouse.catalog.paging import ORDERS, Sought, products_page
from rackhouse.catalog.products import create_product, product_of, remove_product, replace_product
from rackhouse.catalog.rules import ListedType, ProductType
from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.platform.errors import FieldProblem
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)

__all__ = ["collections_of", "own_collections"]

FILTER_LENGTH_MAX = 200
CONDITIONS_LENGTH_MAX = 2000

_Filter = Annotated[str, Meta(min_length=1, max_length=FILTER_LENGTH_MAX, pattern="^[^\\x00]*$")]


class CollectionQuery(PageQuery, frozen=True, kw_only=True):
    """Which products of a collection to list, and in which order."""

    brand: Annotated[_Filter | None, Meta(description="Only of this brand.")] = None
    category: Annotated[
        _Filter | None, Meta(description="Only in this category or below it: whisky/single-malt.")
    ] = None
    tag: Annotated[_Filter | None, Meta(description="Only with this tag.")] = None
    q: Annotated[_Filter | None, Meta(description="Only with this text in the name.")] = None
    filter: Annotated[
        Annotated[str, Meta(max_length=CONDITIONS_LENGTH_MAX, pattern="^[^\\x00]*$")] | None,
        Meta(
            description="Conditions with semicolons between them, each of which has to hold, as in "
            "search: `country:Scotland,Japan;abv:40..46;peated:true`."
        ),
    ] = None
    sort: Annotated[
        str,
        Meta(
            pattern=f"^({'|'.join(ORDERS)})$",
            description=f"The order: {', '.join(ORDERS)}. What has no price or date comes last.",
        ),
    ] = "name"


class ProductsQuery(CollectionQuery, frozen=True, kw_only=True):
    """Which products to list, and in which order."""

    type: Annotated[_Filter | None, Meta(description="Only of this product type.")] = None


class _Collection(msgspec.Struct, frozen=True, kw_only=True):
    """One path under which products are: all of them, or those of one type. ``one`` and ``many``
    are what they are called; the operation ids come from these words."""

    path: str
    one: str
    many: str
    only_type: str | None

    def schema(self, types: Mapping[str, ProductType]) -> dict[str, Any]:
        """What a draft looks like here."""
        only = None if self.only_type is None else types[self.only_type]
        return draft_schema(only, types)

    async def get_many(self, call: Call) -> Answer:
        query: CollectionQuery = call.query
        order = ORDERS[query.sort]
        found = await products_page(
            context=call.context,
            sought=Sought(
                type=self.only_type or getattr(query, "type", None),
                brand=query.brand,
                category=query.category,
                tag=query.tag,
                q=query.q,
                filter=query.filter,
            ),
            order=order,
            after=query.after(order.place_type),
            limit=query.limit + 1,
        )
        return Answer(200, Page.of(found, query.limit, order.place_of))

    async def post(self, call: Call) -> ListedProduct:
        return await create_product(context=call.context, draft=self._draft(call))

    async def get_one(self, call: Call) -> Answer:
        found = await product_of(
            context=call.context, product_id=call.path["product_id"], only_type=self.only_type
        )
        return _listed(found)

    async def put(self, call: Call) -> Answer:
        listed = await replace_product(
            context=call.context,
            product_id=call.path["product_id"],
            only_type=self.only_type,
            draft=self._draft(call),
            expected_version=version_matched(call),
        )
        return _listed(listed)

    async def delete(self, call: Call) -> Answer:
        await remove_product(
            context=call.context,
            product_id=call.path["product_id"],
            only_type=self.only_type,
            expected_version=version_matched(call),
        )
        return Answer(204)

    def present(self, listed: ListedProduct) -> Answer:
        location = (b"location", f"{self.path}/{listed.id}".encode())
        return Answer(201, listed, (entity_tag(listed.version), location))

    def _draft(self, call: Call) -> dict[str, Any]:
        draft = {field: said for field, said in call.body.items() if field not in KEPT_FIELDS}
        if self.only_type is not None:
            _check_type(draft.setdefault("type", self.only_type), self.only_type)
        return draft


def _listed(product: ListedProduct) -> Answer:
    return Answer(200, product, (entity_tag(product.version),))


def _check_type(said: object, only_type: str) -> None:
    if said != only_type:
        remedy = f"is not {only_type!r}, the type of this collection; leave it out"
        raise InvalidProduct((FieldProblem(field="type", problem=remedy),))


def _named(name: str, handle: Callable[[Call], Awaitable[Any]]) -> Callable[[Call], Awaitable[Any]]:
    async def handler(call: Call) -> Any:
        return await handle(call)

    handler.__name__ = name
    return handler


def _words(name: str) -> str:
    return name.replace("_", " ")


_ID = {"product_id": "The product's id."}

_EVERYTHING = _Collection(path="/api/v1/products", one="product", many="products", only_type=None)
_SHIPPED = (
    _Collection(path="/api/v1/spirits", one="spirit", many="spirits", only_type="spirit"),
    _Collection(path="/api/v1/apparel", one="garment", many="garments", only_type="apparel"),
    _Collection(path="/api/v1/wines", one="wine", many="wines", only_type="wine"),
    _Collection(path="/api/v1/sets", one="set", many="sets", only_type="bundle"),
    _Collection(path="/api/v1/goods", one="goods_item", many="goods_items", only_type="goods"),
)


def collections_of(types: Mapping[str, ProductType]) -> list[Endpoint]:
    """The endpoints of all products, and of the collections that come with Rackhouse."""
    return [
        endpoint
        for collection in (_EVERYTHING, *_SHIPPED)
        for endpoint in _endpoints(collection, types)
    ]


def own_collections(types: Mapping[str, ListedType]) -> list[Endpoint]:
    """The endpoints that the seller's own types make: their collections, and those that come with
    Rackhouse as far as they are described otherwise now."""
    shipped = {each.only_type: each for each in _SHIPPED}
    own = [each for each in types.values() if not each.built_in]
    collections = [shipped.get(each.name) or _collection_of(each) for each in own]
    return [
        endpoint
        for collection in ([_EVERYTHING, *collections] if own else [])
        for endpoint in _endpoints(collection, types)
    ]


def _collection_of(product_type: ListedType) -> _Collection:
    name = product_type.name.replace("-", "_")
    return _Collection(
        path=f"/api/v1/{product_type.collection}",
        one=f"{name}_product",
        many=f"{name}_products",
        only_type=product_type.name,
    )


def _endpoints(collection: _Collection, types: Mapping[str, ProductType]) -> list[Endpoint]:
    path, one, many = collection.path, _words(collection.one), _words(collection.many)
    body = Annotated[dict[str, Any], Meta(title=one, extra_json_schema=collection.schema(types))]
    return [
        Endpoint(
            method="GET",
            path=path,
            handler=_named(f"list_{collection.many}", collection.get_many),
            permission="catalog:read",
            summary=f"The {many}, filtered and sorted",
            query=ProductsQuery if collection.only_type is None else CollectionQuery,
            answers={200: Page[ListedProduct]},
            refusals=(FilterUnknown, FilterUnreadable),
        ),
        Endpoint(
            method="POST",
            path=path,
            handler=_named(f"create_{collection.one}", collection.post),
            present=collection.present,
            permission="catalog:write",
            summary=f"Put a {one} into the catalog",
            body=body,
            answers={201: ListedProduct},
            refusals=(InvalidProduct, ProductExists, SkuTaken),
        ),
        Endpoint(
            method="GET",
            path=f"{path}/{{product_id}}",
            handler=_named(f"get_{collection.one}", collection.get_one),
            permission="catalog:read",
            summary=f"A {one}",
            answers={200: ListedProduct},
            refusals=(ProductNotFound,),
            path_descriptions=_ID,
        ),
        Endpoint(
            method="PUT",
            path=f"{path}/{{product_id}}",
            handler=_named(f"replace_{collection.one}", collection.put),
            permission="catalog:write",
            summary=f"Describe a {one} anew, wholly",
            body=body,
            answers={200: ListedProduct},
            refusals=(ProductNotFound, InvalidProduct, SkuTaken, SkuInBundle),
            needs_if_match=True,
            path_descriptions=_ID,
        ),
        Endpoint(
            method="DELETE",
            path=f"{path}/{{product_id}}",
            handler=_named(f"remove_{collection.one}", collection.delete),
            permission="catalog:write",
            summary=f"Take a {one} out of the catalog, with all its variants",
            answers={204: None},
            refusals=(ProductNotFound, SkuInBundle, ProductReferenced),
            needs_if_match=True,
            path_descriptions=_ID,
        ),
    ]
