"""What every edit of a product begins with: the lock, the version that is expected, the draft read
by its type as it is under the lock."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from rackhouse.catalog import store
from rackhouse.catalog.errors import InvalidProduct, ProductNotFound
from rackhouse.catalog.rules import ListedType, Product, suggestion, validate_product
from rackhouse.catalog.rules.life import LIFE_FIELDS
from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.catalog.rules.patching import merged
from rackhouse.catalog.writing import described
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import FieldProblem
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.idempotency import claim

__all__ = ["KEPT_FIELDS", "changing_products", "check_id", "expected", "patched", "validated"]

KEPT_FIELDS = ("version", "created_at", "updated_at", "state", "availability")
"""What Rackhouse itself keeps of a product; a draft may bring it along, as it was read."""


@asynccontextmanager
async def changing_products(context: Context) -> AsyncIterator[Transaction]:
    """A transaction that alone changes the catalog."""
    async with context.house.database("catalog").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.lock_catalog(tx)
        yield tx


def check_id(product_id: str) -> None:
    """Refuse what no product is called, and the database may not be able to read."""
    if not product_id.isprintable():
        raise ProductNotFound(product_id=product_id)


def expected(
    before: ListedProduct | None,
    product_id: str,
    only_type: str | None,
    expected_version: int | None,
) -> ListedProduct:
    """The product that is to change. Refuses with `ProductNotFound` and `VersionIsStale`."""
    if before is None or only_type not in (None, before.type):
        raise ProductNotFound(product_id=product_id)
    if expected_version not in (None, before.version):
        raise VersionIsStale(current=before.version)
    return before


def validated(
    draft: Mapping[str, Any], types: Mapping[str, ListedType], known: Iterable[str]
) -> Product:
    """The product as its type wants it under the lock; ``known`` names are for a remedy."""
    product_type = types.get(str(draft.get("type")))
    if product_type is None:
        remedy = suggestion(draft.get("type"), known)
        raise InvalidProduct((FieldProblem(field="type", problem=f"is not known; {remedy}"),))
    return validate_product(draft, product_type)


def patched(before: ListedProduct, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The draft that a product becomes by a merge patch."""
    said = {field: value for field, value in patch.items() if field not in KEPT_FIELDS}
    if said.pop("id", before.id) != before.id:
        remedy = f"is not {before.id!r}, which is to be changed; leave it out"
        raise InvalidProduct((FieldProblem(field="id", problem=remedy),))
    draft: dict[str, Any] = merged(msgspec.to_builtins(described(before)), said)
    for field in LIFE_FIELDS:
        draft.setdefault(field, None)  # taken away, and so not left as it is
    return draft
