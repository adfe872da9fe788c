"""What happened to a product or a product type last, and who did it."""

from typing import Any

import msgspec

from rackhouse.console.names import Names
from rackhouse.console.wording import Happening, told
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event

__all__ = ["happenings_of", "streams_of"]

EVENTS_SHOWN = 12

_BY_ITSELF = {
    "ProductWentLive": "went live",
    "ProductWithdrawn": "went off sale",
    "ProductSoldOut": "was sold out",
    "ProductInStock": "could be had",
}
_SIMPLY = {
    "ProductCreated": "put it into the catalog",
    "ProductRemoved": "took it out of the catalog",
    "ProductTypeDefined": "defined it",
    "ProductTypeRemoved": "removed it",
}
_FIELDS = {
    "stage": "the stage",
    "goes_live_at": "when it goes live",
    "archives_at": "when it goes off sale",
    "price_minor": "the price",
    "release_date": "the release date",
    "name": "the name",
    "brand": "the brand",
    "description": "the description",
    "categories": "the categories",
    "tags": "the tags",
    "currency": "the currency",
    "media": "the media",
    "attributes": "attributes",
    "variants": "variants",
    "title": "the title",
    "collection": "the collection",
    "type": "the type",
}


def streams_of(product_id: str) -> tuple[str, str]:
    """The streams of a product: of what is said of it, and of what became of it by the clock."""
    return (f"product:{product_id}", f"product-life:{product_id}")


async def happenings_of(context: Context, *streams: str) -> list[Happening]:
    """The newest events of some streams of the catalog in words, the newest first."""
    context.caller.require("catalog:read")
    house = context.house
    log = next(each.event_log for each in house.modules if each.name == "catalog")
    assert log is not None
    async with house.database("catalog").reading() as tx:
        events = await log.read_streams(
            tx, streams=streams, recorded_before=None, position_before=None, limit=EVENTS_SHOWN
        )
    channels = await house.the(Names).of_channels()
    return [_told(event, channels) for event in events]


def _told(event: Event, channels: dict[str, str]) -> Happening:
    happening = told(event, {}, channels)
    did = _did(event.type, event.facts())
    if event.type in _BY_ITSELF:
        return msgspec.structs.replace(happening, who="It", did=_BY_ITSELF[event.type])
    return msgspec.structs.replace(happening, did=did) if did else happening


def _did(kind: str, facts: Any) -> str:
    """What was done, in words; nothing for what has none here."""
    if facts.get("restored_version"):
        return f"restored version {facts['restored_version']:,}"
    if "fields" not in facts:
        return _SIMPLY.get(kind, "") + _converted(facts)
    named = [_FIELDS.get(each, each.replace("_", " ")) for each in facts["fields"]]
    gone = facts.get("removed_skus") or ()
    told_gone = f", without {', '.join(gone)}" if gone else ""
    return f"changed {', '.join(named)}{told_gone}{_converted(facts)}"


def _converted(facts: Any) -> str:
    count = facts.get("products_converted") or 0
    return f", converting {count:,} {'product' if count == 1 else 'products'}" if count else ""
