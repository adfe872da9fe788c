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
PRODUCT_TYPE = "product-type:"
RULE = "allotment-rule:"
INBOUND = "inbound:"
EVERYTHING: Key = ("everything", "")
EVERY_PRODUCT: Key = ("every product", "")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What an event is about. ``kind`` is stock, lot, rule, inbound, location, order, product,
    product type, channel or count; a rule is one that fills an allotment up. ``members`` are the
    SKUs that a product has from now on, or the locations that a channel sells from. What is
    ``hidden`` is heard by those who see products that are not live."""

    kind: str
    event_type: str
    skus: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    product: str | None = None
    channel: str | None = None
    customer_id: str | None = None
    hidden: bool = False

    def found_under(self) -> list[Key]:
        """Under which keys those are found who may want to hear of it. What is counted is for
        nobody: it would tell who counts blindly what others have counted."""
        if self.kind == "count":
            return []
        keys = [EVERYTHING]
        keys += [("sku", sku) for sku in self.skus]
        if self.kind != "order":
            keys += [("location", location) for location in self.locations]
        if self.kind in ("order", "channel", "rule") and self.channel is not None:
            keys.append(("channel", self.channel))
        if self.product is not None:
            keys.append(("product", self.product))
        if self.product is not None or self.kind in ("lot", "product type"):
            keys.append(EVERY_PRODUCT)
        return keys


def subject_of(log: str, event: Event) -> Subject:
    """What an event of a log is about."""
    if log == INVENTORY:
        return _of_inventory(event)
    facts = event.facts()
    if log == ORDERS:
        return _order(event, facts)
    if log == CATALOG:
        if event.stream.startswith(PRODUCT_TYPE):
            return Subject(kind="product type", event_type=event.type)
        return _product(event, facts)
    assert log == CHANNELS, f"nobody follows the log of {log}"
    return _channel(event, facts)


def _of_inventory(event: Event) -> Subject:
    sku, at, location = event.stream.rpartition("@")
    if at:
        return Subject(kind="stock", event_type=event.type, skus=(sku,), locations=(location,))
    if event.stream.startswith("count:"):
        return Subject(kind="count", event_type=event.type)
    if event.stream.startswith(LOT):
        sku = event.stream.removeprefix(LOT).partition("/")[0]
        return Subject(kind="lot", event_type=event.type, skus=(sku,))
    if event.stream.startswith(RULE):
        channel, sku, place = event.stream.removeprefix(RULE).split("/")
        return Subject(
            kind="rule", event_type=event.type, skus=(sku,), locations=(place,), channel=channel
        )
    if event.stream.startswith(INBOUND):
        facts = event.facts()
        skus, to = tuple(facts["skus"]), (facts["bound_for"],)
        return Subject(kind="inbound", event_type=event.type, skus=skus, locations=to)
    return _of_limits(event)


def _of_limits(event: Event) -> Subject:
    """Who waits for what, quotas, and locations."""
    if event.stream.startswith("waiting:"):
        facts = event.facts()
        return Subject(
            kind="order",  # a wish to buy: whoever may hear of orders may hear of it
            event_type=event.type,
            skus=(facts["sku"],),
            channel=event.channel,
            customer_id=facts["customer_id"],
        )
    if event.stream.startswith("quota:"):
        skus = tuple(event.facts().get("skus", ()))
        return Subject(kind="inbound", event_type=event.type, skus=skus)
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
        hidden=facts.get("hidden", False),
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
