"""Subjects: what an event is about, which decides who hears it."""

from typing import Any

import msgspec

from rackhouse.platform.events import Event

__all__ = ["CATALOG", "CHANNELS", "INVENTORY", "LOGS", "ORDERS", "Key", "Subject", "subject_of"]

CATALOG = "catalog"
CHANNELS = "channels"
INVENTORY = "inventory"
ORDERS = "orders"

LOGS = (CATALOG, CHANNELS, ORDERS, INVENTORY)
"""The logs that clients hear of, in the order in which missed events are read: first those that
say which SKUs and locations a filter means."""

Key = tuple[str, str]
"""Under which an audience is found: the kind of name, and the name."""

LOT = "lot:"
EVERYTHING: Key = ("everything", "")
EVERY_PRODUCT: Key = ("every product", "")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What an event is about. ``kind`` is stock, lot, location, order, product, channel or count;
    ``members`` are the SKUs that a product has from now on, or the locations that a channel sells
    from."""

    kind: str
    event_type: str
    skus: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    product: str | None = None
    channel: str | None = None
    customer_id: str | None = None

    def found_under(self) -> list[Key]:
        """Under which keys those are found who may want to hear of it. What is counted is for
        nobody: it would tell who counts blindly what others have counted."""
        if self.kind == "count":
            return []
        keys = [EVERYTHING]
        keys += [("sku", sku) for sku in self.skus]
        if self.kind != "order":
            keys += [("location", location) for location in self.locations]
        if self.kind in ("order", "channel") and self.channel is not None:
            keys.append(("channel", self.channel))
        if self.product is not None:
            keys.append(("product", self.product))
        if self.product is not None or self.kind == "lot":
            keys.append(EVERY_PRODUCT)
        return keys


def subject_of(log: str, event: Event) -> Subject:
    """What an event of a log is about."""
    if log == INVENTORY:
        return _stock_lot_or_location(event)
    facts = event.facts()
    if log == ORDERS:
        return _order(event, facts)
    if log == CATALOG:
        return _product(event, facts)
    assert log == CHANNELS, f"nobody follows the log of {log}"
    return _channel(event, facts)


def _stock_lot_or_location(event: Event) -> Subject:
    sku, at, location = event.stream.rpartition("@")
    if at:
        return Subject(kind="stock", event_type=event.type, skus=(sku,), locations=(location,))
    if event.stream.startswith("count:"):
        return Subject(kind="count", event_type=event.type)
    if event.stream.startswith(LOT):
        sku = event.stream.removeprefix(LOT).partition("/")[0]
        return Subject(kind="lot", event_type=event.type, skus=(sku,))
    opened = event.stream.removeprefix("location:")
    return Subject(kind="location", event_type=event.type, locations=(opened,))


def _order(event: Event, facts: dict[str, Any]) -> Subject:
    skus = {line["sku"]: None for line in facts.get("lines", ())}
    skus.update(dict.fromkeys(facts.get("skus", ())))
    return Subject(
        kind="order",
        event_type=event.type,
        skus=tuple(skus),
        channel=facts.get("channel") or event.channel,
        customer_id=facts.get("customer_id"),
    )


def _product(event: Event, facts: dict[str, Any]) -> Subject:
    skus = tuple(facts.get("skus", ()))
    return Subject(
        kind="product",
        event_type=event.type,
        skus=(*skus, *facts.get("removed_skus", ())),
        members=() if event.type == "ProductRemoved" else skus,
        product=facts["product_id"],
    )


def _channel(event: Event, facts: dict[str, Any]) -> Subject:
    locations = tuple(facts.get("locations", ()))
    return Subject(
        kind="channel",
        event_type=event.type,
        locations=locations,
        members=locations,
        channel=event.stream,
    )
