"""Filters: which events a client asks for, and which it may have."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from rackhouse.catalog import sees_drafts
from rackhouse.feeds.errors import EventTypeUnknown
from rackhouse.inventory import OtherChannel
from rackhouse.platform.context import Caller
from rackhouse.platform.errors import MalformedRequest

__all__ = ["FILTER_FIELDS", "VALUES_LIMIT", "Filter", "Scope", "read_filter", "scope_of"]

VALUES_LIMIT = 1000
VALUE_LENGTH_LIMIT = 200

Values = frozenset[str] | None


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. Each field that is given narrows it; None asks for everything.

    ``sku`` and ``product`` select stock, orders and products; ``location`` selects stock and
    channels; ``channel`` selects its orders, the stock where it sells from, and itself.
    """

    sku: Values = None
    product: Values = None
    location: Values = None
    channel: Values = None
    type: Values = None


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """A filter within the bounds of a caller. Equal scopes hear the same."""

    filter: Filter
    customer_id: str | None
    reads_orders: bool
    sees_drafts: bool


FILTER_FIELDS = Filter.__struct_fields__


def read_filter(values: Mapping[str, Sequence[str]], event_types: Collection[str]) -> Filter:
    """The filter that some values by field mean.

    Refuses with `MalformedRequest` empty, overlong or too many values, and with
    `EventTypeUnknown` a type that no module publishes.
    """
    fields = {field: _checked(field, given) for field, given in values.items() if given}
    for event_type in sorted(fields.get("type", ())):
        if event_type not in event_types:
            raise EventTypeUnknown(event_type=event_type, event_types=sorted(event_types))
    return Filter(**fields)


def scope_of(asked: Filter, caller: Caller) -> Scope:
    """What a caller hears of what they asked for; refuses with `OtherChannel`.

    Whoever acts for a channel hears that channel only, a customer their own orders only. Orders
    are heard by those who may read them, and products that are not live by those who see them.
    """
    own = caller.channel
    if own is not None:
        others = sorted((asked.channel or frozenset()) - {own})
        if others:
            raise OtherChannel(channel=others[0], own=own)
        asked = msgspec.structs.replace(asked, channel=frozenset({own}))
    return Scope(
        filter=asked,
        customer_id=caller.customer_id,
        reads_orders="orders:read" in caller.permissions,
        sees_drafts=sees_drafts(caller),
    )


def _checked(field: str, given: Sequence[str]) -> frozenset[str]:
    if len(given) > VALUES_LIMIT:
        raise MalformedRequest(field=field, problem=f"more than {VALUES_LIMIT} values")
    for value in given:
        if not 0 < len(value) <= VALUE_LENGTH_LIMIT or not value.isprintable():
            problem = f"each value has 1 to {VALUE_LENGTH_LIMIT} characters that can be printed"
            raise MalformedRequest(field=field, problem=problem)
    return frozenset(given)
