"""What happened to a product or a product type last, and who did it."""

from typing import Any

import msgspec

from rackhouse.console.names import Names
from rackhouse.console.wording import Happening, told
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event

__all__ = ["happenings_of"]

EVENTS_SHOWN = 12

_FIELDS = {
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


async def happenings_of(context: Context, stream: str) -> list[Happening]:
    """The newest events of a stream of the catalog in words, the newest first."""
    context.caller.require("catalog:read")
    house = context.house
    log = next(each.event_log for each in house.modules if each.name == "catalog")
    assert log is not None
    async with house.database("catalog").reading() as tx:
        events = await log.read_streams(
            tx, streams=[stream], recorded_before=None, position_before=None, limit=EVENTS_SHOWN
        )
    channels = await house.the(Names).of_channels()
    return [_told(event, channels) for event in events]


def _told(event: Event, channels: dict[str, str]) -> Happening:
    happening = told(event, {}, channels)
    did = _did(event.type, event.facts())
    return msgspec.structs.replace(happening, did=did) if did else happening


def _did(kind: str, facts: Any) -> str:
    match kind:
        case "ProductCreated":
            return "put it into the catalog"
        case "ProductRemoved":
            return "took it out of the catalog"
        case "ProductTypeDefined":
            return f"defined it{_converted(facts)}"
        case "ProductTypeRemoved":
            return "removed it"
        case "ProductChanged" | "ProductTypeChanged":
            named = [_FIELDS.get(each, each.replace("_", " ")) for each in facts["fields"]]
            gone = facts.get("removed_skus") or ()
            told_gone = f", without {', '.join(gone)}" if gone else ""
            return f"changed {', '.join(named)}{told_gone}{_converted(facts)}"
    return ""


def _converted(facts: Any) -> str:
    count = facts.get("products_converted") or 0
    return f", converting {count:,} {'product' if count == 1 else 'products'}" if count else ""
