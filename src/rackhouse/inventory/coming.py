"""What is not there yet: pieces on their way to a location, and pieces that are promised."""

import datetime
from collections.abc import Mapping

import msgspec

from rackhouse.inventory.rules import Key

__all__ = ["NONE_INCOMING", "NOTHING_COMING", "Coming", "Incoming", "PromisedNow"]


class Incoming(msgspec.Struct, frozen=True):
    """How many pieces are on their way to a location, and when the first of them are expected, if
    anybody said so."""

    quantity: int
    expected_at: datetime.datetime | None


class PromisedNow(msgspec.Struct, frozen=True):
    """What may be sold of a SKU before it comes, and for when."""

    available: int
    promised_at: datetime.datetime


class Coming(msgspec.Struct, frozen=True):
    """What is on its way of some SKUs, by SKU and location, and what is promised of them."""

    incoming: Mapping[Key, Incoming] = {}
    promised: Mapping[str, PromisedNow] = {}


NOTHING_COMING = Coming()
NONE_INCOMING = Incoming(0, None)
