"""Product types: which kinds of product there are, and what is said of each.

Some come with Rackhouse, as files of this package; a seller's own are kept in the catalog and go
before those of the same name.
"""

from collections.abc import Mapping
from typing import Any

from rackhouse.catalog import store
from rackhouse.catalog.errors import (
    CollectionTaken,
    InvalidProductType,
    ProductTypeBuiltIn,
    ProductTypeExists,
    ProductTypeInUse,
    ProductTypeNotFound,
    TooManyProductTypes,
)
from rackhouse.catalog.events import ProductTypeDefined, ProductTypeRemoved
from rackhouse.catalog.rules import ListedType, ProductType, validate_product_type
from rackhouse.catalog.rules.type_changes import type_change
from rackhouse.catalog.type_writing import (
    changing_types,
    converting,
    expected_type,
    note_type,
    write_converted,
    write_type,
)
from rackhouse.catalog.types_in_force import shipped_types, types_in_force, types_now
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import FieldProblem
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import remember_answer
from rackhouse.platform.store import server_time

__all__ = [
    "check_collection",
    "define_product_type",
    "definition_of",
    "product_type_of",
    "product_types",
    "remove_product_type",
]

OWN_TYPES_MAX = 150
API = "/api/v1/"
KEPT_COLLECTIONS = frozenset({"graphql", "nothing", "search"})
"""Paths that are not those of a module of the house."""


@operation("catalog:read")
async def product_types(*, context: Context) -> list[ListedType]:
    """Every product type in force, in the order of their names."""
    return list((await types_in_force(house=context.house)).values())


@operation("catalog:read")
async def product_type_of(*, context: Context, name: str) -> ListedType:
    """A product type in force. Refuses with `ProductTypeNotFound`."""
    found = (await types_in_force(house=context.house)).get(name)
    if found is None:
        raise ProductTypeNotFound(name=name)
    return found


@operation("catalog:write")
async def define_product_type(*, context: Context, draft: Mapping[str, Any]) -> ListedType:
    """Define a product type of the seller's own, as ``draft`` (as read from JSON) says. Its
    collection is served at once.

    Refuses with `InvalidProductType`, `ProductTypeExists` (also where one of this name comes with
    Rackhouse: that is changed), `CollectionTaken` and `TooManyProductTypes`.
    """
    product_type = validate_product_type(draft)
    async with changing_types(context) as tx:
        if product_type.name in await types_now(tx, [product_type.name]):
            raise ProductTypeExists(name=product_type.name)
        await check_collection(tx, context.house, product_type, None)
        if await store.count_own_types(tx) >= OWN_TYPES_MAX:
            raise TooManyProductTypes(limit=OWN_TYPES_MAX)
        event = ProductTypeDefined(
            product_type=product_type.name,
            title=product_type.title,
            collection=product_type.collection,
            attributes=product_type.attributes,
            products_converted=0,
        )
        now = await server_time(tx)
        listed = await write_type(tx, context, product_type, None, event, now)
        await remember_answer(tx, context.idempotency, listed, answered_at=now)
    return listed


@operation("catalog:write")
async def remove_product_type(*, context: Context, name: str, expected_version: int | None) -> None:
    """Remove a product type of the seller's own. Where one of its name comes with Rackhouse, that
    is in force again, and the products become as it says.

    Refuses with `ProductTypeNotFound`, `VersionIsStale` (None expects any version),
    `ProductTypeBuiltIn`, `ProductTypeInUse`, and with `ProductsDoNotFit` where products would lose
    by the type that is in force again.
    """
    async with changing_types(context) as tx:
        before = await expected_type(tx, name, expected_version)
        if before.built_in:
            raise ProductTypeBuiltIn(name=name)
        shipped = shipped_types().get(name)
        products = await store.count_of_type(tx, name)
        if shipped is None and products:
            raise ProductTypeInUse(name=name, products=products)
        after = before if shipped is None else shipped
        change = type_change(before.definition(), after.definition(), (), None)
        done = await converting(tx, change)
        now = await server_time(tx)
        event = ProductTypeRemoved(
            product_type=name,
            built_in=shipped is not None,
            products_converted=len(done.attributes),
        )
        await note_type(tx, context, name, before.version + 1, event, now)
        await write_converted(tx, context, after, done, now)
        await store.delete_type(tx, name)


def definition_of(draft: Mapping[str, Any], name: str) -> ProductType:
    """The definition that a draft of the type of a name says. Refuses with `InvalidProductType`,
    also where the draft names another type."""
    if draft.get("name") not in (None, name):
        remedy = f"is not {name!r}, which is to be changed; leave it out"
        raise InvalidProductType((FieldProblem(field="name", problem=remedy),))
    return validate_product_type({**draft, "name": name})


async def check_collection(
    tx: Transaction, house: House, product_type: ProductType, before: ListedType | None
) -> None:
    """Refuse with `CollectionTaken` a collection that another type has, or another part of the
    API; one that comes with Rackhouse stays with its type."""
    collection, name = product_type.collection, product_type.name
    if before is not None and collection == before.collection:
        return
    if name in shipped_types():
        remedy = f"stays {shipped_types()[name].collection!r}, as it comes with Rackhouse"
        raise InvalidProductType((FieldProblem(field="collection", problem=remedy),))
    shipped = {each.collection: each.name for each in shipped_types().values()}
    other = shipped.get(collection) or await store.own_type_of_collection(tx, collection)
    if other is not None and other != name:
        raise CollectionTaken(collection=collection, by=f"the product type {other}")
    if collection in _paths_of(house):
        raise CollectionTaken(
            collection=collection, by=f"another part of the API: {API}{collection}"
        )


def _paths_of(house: House) -> set[str]:
    paths = [
        path
        for module in house.modules
        for path in (*(each.path for each in module.endpoints), *module.mounts)
    ]
    below = {path.removeprefix(API).partition("/")[0] for path in paths if path.startswith(API)}
    return below | KEPT_COLLECTIONS
