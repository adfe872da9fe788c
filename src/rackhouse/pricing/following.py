"""Following the catalog: what it says of SKUs is kept here as far as prices depend on it, so that
what was answered can be answered again."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.catalog import ListedProduct, listed_products
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event
from rackhouse.platform.module import Subscription
from rackhouse.pricing import store
from rackhouse.pricing.rules import Listing

__all__ = ["SUBSCRIPTIONS", "follow_catalog", "listings_of"]

PRODUCT = "product:"
TAX_CATEGORY = "tax_category"
STANDARD = "standard"
LONGEST_CATEGORY = 64


async def follow_catalog(context: Context, events: Sequence[Event]) -> None:
    """Put on record what some events of the catalog changed.

    What an event says is read from the catalog itself, which may have gone on meanwhile: then the
    newer state is recorded, as of when it came to be. Again changes nothing.
    """
    named = [each for each in events if each.stream.startswith(PRODUCT)]
    ids = sorted({each.stream.removeprefix(PRODUCT) for each in named})
    if not ids:
        return
    live = await listed_products(context=context, product_ids=ids)
    gone = {
        each.stream.removeprefix(PRODUCT): each.recorded_at
        for each in named
        if each.type == "ProductRemoved"
    }
    async with context.house.database("pricing").transaction() as tx:
        on_record = await store.listings_of_products(tx, ids)
        before = {each.sku: each for each in on_record}
        said = [each for product in live.values() for each in listings_of(product)]
        changed = [each for each in said if _is_news(before.get(each.sku), each)]
        ended = _ended(on_record, said, live, gone)
        closed = ended | {each.sku: each.recorded_at for each in changed}
        await store.close_listings(tx, sorted(closed.items()))
        await store.insert_listings(tx, changed)


def listings_of(product: ListedProduct) -> list[Listing]:
    """What the catalog says of the SKUs of a product, since it was changed last."""
    attribute = product.attributes.get(TAX_CATEGORY)
    category = attribute if isinstance(attribute, str) and attribute else STANDARD
    return [
        Listing(
            sku=variant.sku,
            product_id=product.id,
            price_minor=product.price_minor if variant.price_minor is None else variant.price_minor,
            currency=product.currency,
            brand=product.brand,
            categories=product.categories,
            tags=product.tags,
            tax_category=category[:LONGEST_CATEGORY],
            recorded_at=product.updated_at,
        )
        for variant in product.variants
    ]


def _is_news(before: Listing | None, now: Listing) -> bool:
    if before is None:
        return True
    same = msgspec.structs.replace(before, recorded_at=now.recorded_at) == now
    return not same and before.recorded_at < now.recorded_at


def _ended(
    on_record: Sequence[Listing],
    said: Sequence[Listing],
    live: dict[str, ListedProduct],
    gone: dict[str, datetime.datetime],
) -> dict[str, datetime.datetime]:
    """The SKUs that are no longer, each with the time since when."""
    still = {(each.product_id, each.sku) for each in said}
    found = {}
    for each in on_record:
        if (each.product_id, each.sku) in still:
            continue
        product = live.get(each.product_id)
        ended_at = gone.get(each.product_id) or (product and product.updated_at)
        if ended_at:
            found[each.sku] = ended_at
    return found


SUBSCRIPTIONS = (
    Subscription(
        name="pricing.follow_catalog",
        log="catalog",
        after_seconds=0,
        permissions=frozenset({"catalog:read"}),
        receive=follow_catalog,
    ),
)
