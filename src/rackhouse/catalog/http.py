"""The catalog over HTTP: all products under one path, and a collection for some types."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.catalog.draft_schemas import KEPT_FIELDS, draft_schema
from rackhouse.catalog.errors import (
    InvalidProduct,
    ProductExists,
    ProductNotFound,
    ProductTypeNotFound,
    SkuInBundle,
    SkuTaken,
)
from rackhouse.catalog.paging import ORDERS, Sought, products_page
from rackhouse.catalog.product_types import product_type_of, product_types
from rackhouse.catalog.products import create_product, product_of, remove_product, replace_product
from rackhouse.catalog.rules import ProductType
from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.catalog.types import built_in_types
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

__all__ = ["ENDPOINTS"]

FILTER_LENGTH_MAX = 200

_Filter = Annotated[str, Meta(min_length=1, max_length=FILTER_LENGTH_MAX, pattern="^[^\\x00]*$")]


class CollectionQuery(PageQuery, frozen=True, kw_only=True):
    """Which products of a collection to list, and in which order."""

    brand: Annotated[_Filter | None, Meta(description="Only of this brand.")] = None
    category: Annotated[
        _Filter | None, Meta(description="Only in this category or below it: whisky/single-malt.")
    ] = None
    tag: Annotated[_Filter | None, Meta(description="Only with this tag.")] = None
    q: Annotated[_Filter | None, Meta(description="Only with this text in the name.")] = None
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


async def get_product_types(call: Call) -> Answer:
    return Answer(200, Page(await product_types(context=call.context), None))


async def get_product_type(call: Call) -> Answer:
    return Answer(200, await product_type_of(context=call.context, name=call.path["name"]))


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


_ID = {"product_id": "The product's id."}


def _endpoints(collection: _Collection) -> list[Endpoint]:
    one, many, path = collection.one, collection.many, collection.path
    only = None if collection.only_type is None else built_in_types()[collection.only_type]
    body = Annotated[dict[str, Any], Meta(title=one, extra_json_schema=draft_schema(only))]
    return [
        Endpoint(
            method="GET",
            path=path,
            handler=_named(f"list_{many}", collection.get_many),
            permission="catalog:read",
            summary=f"The {many}, filtered and sorted",
            query=ProductsQuery if only is None else CollectionQuery,
            answers={200: Page[ListedProduct]},
        ),
        Endpoint(
            method="POST",
            path=path,
            handler=_named(f"create_{one}", collection.post),
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
            handler=_named(f"get_{one}", collection.get_one),
            permission="catalog:read",
            summary=f"A {one}",
            answers={200: ListedProduct},
            refusals=(ProductNotFound,),
            path_descriptions=_ID,
        ),
        Endpoint(
            method="PUT",
            path=f"{path}/{{product_id}}",
            handler=_named(f"replace_{one}", collection.put),
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
            handler=_named(f"remove_{one}", collection.delete),
            permission="catalog:write",
            summary=f"Take a {one} out of the catalog, with all its variants",
            answers={204: None},
            refusals=(ProductNotFound, SkuInBundle),
            needs_if_match=True,
            path_descriptions=_ID,
        ),
    ]


_COLLECTIONS = (
    _Collection(path="/api/v1/products", one="product", many="products", only_type=None),
    _Collection(path="/api/v1/spirits", one="spirit", many="spirits", only_type="spirit"),
    _Collection(path="/api/v1/apparel", one="garment", many="garments", only_type="apparel"),
    _Collection(path="/api/v1/wines", one="wine", many="wines", only_type="wine"),
)

ENDPOINTS = [
    *(endpoint for collection in _COLLECTIONS for endpoint in _endpoints(collection)),
    Endpoint(
        method="GET",
        path="/api/v1/product-types",
        handler=get_product_types,
        permission="catalog:read",
        summary="What kinds of product there are, and the attributes of each",
        answers={200: Page[ProductType]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/product-types/{name}",
        handler=get_product_type,
        permission="catalog:read",
        summary="A product type with its attributes",
        answers={200: ProductType},
        refusals=(ProductTypeNotFound,),
        path_descriptions={"name": "The name of the product type, such as `spirit`."},
    ),
]
