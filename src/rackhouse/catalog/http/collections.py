"""The endpoints of products: of all under one path, and of each type in its collection."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

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
from rackhouse.catalog.http.collection import Collection, CollectionQuery, ProductsQuery, named
from rackhouse.catalog.rules import ListedType, ProductType
from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.platform.http import Endpoint, Page

__all__ = ["collections_of", "own_collections"]

MERGE_PATCH = "application/merge-patch+json"

_ID = {"product_id": "The product's id."}

_EVERYTHING = Collection(path="/api/v1/products", one="product", many="products", only_type=None)
_SHIPPED = (
    Collection(path="/api/v1/spirits", one="spirit", many="spirits", only_type="spirit"),
    Collection(path="/api/v1/apparel", one="garment", many="garments", only_type="apparel"),
    Collection(path="/api/v1/wines", one="wine", many="wines", only_type="wine"),
    Collection(path="/api/v1/sets", one="set", many="sets", only_type="bundle"),
    Collection(path="/api/v1/goods", one="goods_item", many="goods_items", only_type="goods"),
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


def _collection_of(product_type: ListedType) -> Collection:
    name = product_type.name.replace("-", "_")
    return Collection(
        path=f"/api/v1/{product_type.collection}",
        one=f"{name}_product",
        many=f"{name}_products",
        only_type=product_type.name,
    )


def _table(title: str, schema: dict[str, Any]) -> Any:
    return Annotated[dict[str, Any], Meta(title=title, extra_json_schema=schema)]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _endpoints(collection: Collection, types: Mapping[str, ProductType]) -> list[Endpoint]:
    one = _words(collection.one)
    body = _table(one, collection.schema(types))
    patch = _table(f"patch of a {one}", collection.patch_schema(types))
    return [*_of_all(collection, body), *_of_one(collection, body, patch)]


def _of_all(collection: Collection, body: Any) -> list[Endpoint]:
    path, one, many = collection.path, _words(collection.one), _words(collection.many)
    return [
        Endpoint(
            method="GET",
            path=path,
            handler=named(f"list_{collection.many}", collection.get_many),
            permission="catalog:read",
            summary=f"The {many}, filtered and sorted",
            query=ProductsQuery if collection.only_type is None else CollectionQuery,
            answers={200: Page[ListedProduct]},
            refusals=(FilterUnknown, FilterUnreadable),
        ),
        Endpoint(
            method="POST",
            path=path,
            handler=named(f"create_{collection.one}", collection.post),
            present=collection.present,
            permission="catalog:write",
            summary=f"Put a {one} into the catalog",
            body=body,
            answers={201: ListedProduct},
            refusals=(InvalidProduct, ProductExists, SkuTaken),
        ),
    ]


def _of_one(collection: Collection, body: Any, patch: Any) -> list[Endpoint]:
    path, one = collection.path, _words(collection.one)
    return [
        Endpoint(
            method="GET",
            path=f"{path}/{{product_id}}",
            handler=named(f"get_{collection.one}", collection.get_one),
            permission="catalog:read",
            summary=f"A {one}",
            answers={200: ListedProduct},
            refusals=(ProductNotFound,),
            path_descriptions=_ID,
        ),
        Endpoint(
            method="PUT",
            path=f"{path}/{{product_id}}",
            handler=named(f"replace_{collection.one}", collection.put),
            permission="catalog:write",
            summary=f"Describe a {one} anew, wholly",
            body=body,
            answers={200: ListedProduct},
            refusals=(ProductNotFound, InvalidProduct, SkuTaken, SkuInBundle),
            needs_if_match=True,
            path_descriptions=_ID,
        ),
        Endpoint(
            method="PATCH",
            path=f"{path}/{{product_id}}",
            handler=named(f"patch_{collection.one}", collection.patch),
            permission="catalog:write",
            summary=f"Change some of what is said of a {one}",
            body=patch,
            body_media_type=MERGE_PATCH,
            answers={200: ListedProduct},
            refusals=(ProductNotFound, InvalidProduct, SkuTaken, SkuInBundle),
            needs_if_match=True,
            path_descriptions=_ID,
        ),
        Endpoint(
            method="DELETE",
            path=f"{path}/{{product_id}}",
            handler=named(f"remove_{collection.one}", collection.delete),
            permission="catalog:write",
            summary=f"Take a {one} out of the catalog, with all its variants",
            answers={204: None},
            refusals=(ProductNotFound, SkuInBundle, ProductReferenced),
            needs_if_match=True,
            path_descriptions=_ID,
        ),
    ]
