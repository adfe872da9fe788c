"""The rows of all tables, and how they are answered."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from rackhouse.inventory.rules import (
    Allocation,
    AllotmentRule,
    Bucket,
    Hold,
    Inbound,
    Key,
    Promise,
    Stock,
)
from rackhouse.inventory.rules.lots import RecordedLot
from rackhouse.inventory.units import UnitMove
from rackhouse.platform.events import NewEvent

__all__ = ["Found", "QuotaRow", "Rows", "WaitingRow"]

Made = TypeVar("Made")


class Found:
    """The answer to a statement, read as `Pending` is."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    async def all(self, row: Callable[..., Made]) -> list[Made]:
        """Every row of it."""
        return [row(*values) for values in self._rows]

    async def one(self, row: Callable[..., Made]) -> Made:
        """The one row of it."""
        (found,) = await self.all(row)
        return found


class QuotaRow(msgspec.Struct, frozen=True):
    """A quota."""

    id: str
    name: str
    cap: int
    per: str
    version: int
    ended: bool = False


class WaitingRow(msgspec.Struct, frozen=True):
    """A place in line."""

    id: str
    sku: str
    quantity: int
    channel: str
    customer_id: str
    offer_seconds: float
    status: str
    hold_id: str | None
    version: int


class Rows:
    """The rows of all tables, by their keys."""

    def __init__(self) -> None:
        self.clock: dict[str, Any] = {}
        self.stock: dict[Key, Stock] = {}
        self.buckets: dict[tuple[str, str, str, str, str], Bucket] = {}
        self.lots: dict[tuple[str, str], RecordedLot] = {}
        self.units: dict[tuple[str, str, int], UnitMove] = {}
        self.buffers: dict[tuple[str, str, str], int] = {}
        self.holds: dict[str, Hold] = {}
        self.allocations: dict[tuple[Any, ...], Allocation] = {}
        self.forgiven: set[tuple[Any, ...]] = set()
        self.quotas: dict[str, QuotaRow] = {}
        self.quota_skus: dict[str, tuple[str, ...]] = {}
        self.quota_uses: dict[tuple[str, str], int] = {}
        self.waiting: dict[str, WaitingRow] = {}
        self.use_caps: dict[tuple[str, str], int] = {}
        self.allotment_rules: dict[tuple[str, str, str], AllotmentRule] = {}
        self.take_backs: dict[str, str] = {}
        self.promises: dict[str, Promise] = {}
        self.inbounds: dict[str, Inbound] = {}
        self.versions: dict[str, int] = {}
        self.events: list[NewEvent] = []
