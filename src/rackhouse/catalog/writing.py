"""Writing products: read what bears on them, decide each, write all that were granted."""

import datetime
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from rackhouse.catalog import store
from rackhouse.catalog.events import ProductEvent
from rackhouse.catalog.facts import CatalogFacts
from rackhouse.catalog.log import LOG
from rackhouse.catalog.rules import Product, ProductType
from rackhouse.catalog.rules.life import ALWAYS_LIVE, LIFE_FIELDS
from rackhouse.catalog.rules.listing import ListedProduct, Listing, apply, skus_of_product
from rackhouse.catalog.rules.references import references_of
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent

__all__ = ["Writing", "described", "fingerprint_of", "read_listing"]

_FIELDS = tuple(field for field in Product.__struct_fields__ if field not in LIFE_FIELDS)


class Writing:
    """The changes of one transaction to the catalog."""

    def __init__(self, context: Context, listing: Listing, now: datetime.datetime) -> None:
        self._context = context
        self._listing = listing
        self._now = now
        self._written: dict[str, ListedProduct] = {}
        self._dropped: set[str] = set()
        self._events: list[NewEvent] = []
        self._versions: list[dict[str, Any]] = []

    def put(self, product: Product, event: ProductEvent) -> ListedProduct:
        """Take a product in as an event says."""
        before = self._listing.products.get(product.id)
        listed = apply(self._listing, product, self._now)
        self._dropped.update(skus_of_product(before) if before else ())
        self._dropped.difference_update(skus_of_product(listed))
        self._written[product.id] = listed
        self.note(product.id, listed.version, event, listed)
        return listed

    def note(
        self,
        product_id: str,
        version: int,
        event: ProductEvent,
        listed: ListedProduct | None = None,
    ) -> None:
        """Remember an event to be recorded, with the version that it makes."""
        self._versions.append(
            {
                "product_id": product_id,
                "version": version,
                "document": None if listed is None else described(listed),
                "actor": self._context.caller.subject,
                "written_at": self._now,
                "restored_version": getattr(event, "restored_version", None),
            }
        )
        self._events.append(NewEvent(f"product:{product_id}", version, event, self._context))

    async def write(self, tx: Transaction) -> None:
        """Write every product that was taken in, and every event."""
        products = [(each, fingerprint_of(each)) for each in self._written.values()]
        types = self._listing.product_types
        named = {each.id: references_of(each, types) for each, _ in products}
        async with tx.pipeline():
            if products:
                await store.write_products(tx, products, self._dropped, named)
            if self._versions:
                await store.write_versions(tx, self._versions)
            await LOG.append(tx, self._events, self._now)

    def forget(self) -> None:
        """Forget, once the transaction is over, what this process knew of what changed."""
        names = {name for event in self._events for name in _names_in(event)}
        self._context.house.the(CatalogFacts).forget(names)


async def read_listing(
    tx: Transaction,
    products: Sequence[Product],
    removed_ids: Sequence[str],
    product_types: Mapping[str, ProductType],
) -> Listing:
    """What the catalog holds that bears on putting some products in and taking others out;
    ``product_types`` are those that the products follow, as they are under the lock."""
    ids = [*(product.id for product in products), *removed_ids]
    referenced = {
        reference.product_id
        for product in products
        for reference in references_of(product, product_types)
    }
    skus = {
        sku
        for product in products
        for variant in product.variants
        for sku in (variant.sku, *(component.sku for component in variant.components))
    }
    async with tx.pipeline():
        found = await store.send_products(tx, ids)
        versions = await store.send_last_versions(tx, ids)
        places = await store.send_sku_places(tx, skus)
        bundles = await store.send_bundles_with(tx, ids)
        known = await store.send_known_ids(tx, referenced)
        naming = await store.send_naming(tx, removed_ids)
        moment = await store.send_time(tx)
    bundles_with: dict[str, set[str]] = {}
    for component_sku, bundle_sku in await bundles.all(_pair):
        bundles_with.setdefault(component_sku, set()).add(bundle_sku)
    return Listing(
        products={each.id: each for each in await found.all(store.read_product)},
        product_types=product_types,
        last_versions=dict(await versions.all(_pair)),
        skus=dict(await places.all(store.read_sku_place)),
        bundles_with=bundles_with,
        known_ids=set(await known.all(str)),
        named_by={named: (by, where) for named, by, where in await naming.all(_three)},
        now=await moment.one(_itself),
    )


def fingerprint_of(product: Product) -> str:
    """A digest of all that is said of a product, and of nothing else; of its life only where it is
    not as that of most: then the digest is what it was before products had one."""
    said = [getattr(product, field) for field in _FIELDS]
    life = {
        field: value
        for field in LIFE_FIELDS
        if (value := getattr(product, field)) not in (UNSET, getattr(ALWAYS_LIVE, field))
    }
    if life:
        said.append(life)
    return hashlib.blake2b(
        msgspec.json.encode(said, order="deterministic"), digest_size=16
    ).hexdigest()


def described(product: Product) -> dict[str, Any]:
    """All that is said of a product, by field."""
    return {field: getattr(product, field) for field in Product.__struct_fields__}


def _names_in(event: NewEvent) -> Iterable[str]:
    facts: ProductEvent = event.data  # type: ignore[assignment]
    yield facts.product_id
    yield from facts.skus
    yield from getattr(facts, "removed_skus", ())


def _pair(first: str, second: Any) -> tuple[str, Any]:
    return first, second


def _itself(value: datetime.datetime) -> datetime.datetime:
    return value


def _three(first: str, second: str, third: str) -> tuple[str, str, str]:
    return first, second, third
