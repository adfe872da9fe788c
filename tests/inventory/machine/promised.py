"""The tables of promises and of shipments."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from machine.rows import Found, Rows
from rackhouse.inventory.events import PROMISED
from rackhouse.inventory.rules import Allocation, Inbound, Promise

__all__ = ["PromiseTables"]


class PromiseTables(Rows):
    """What was promised, and what is on its way."""

    async def promises_of(self, tx: Any, skus: Iterable[str]) -> list[Promise]:
        return [self.promises[sku] for sku in skus if sku in self.promises]

    async def write_promise(self, tx: Any, promise: Promise) -> None:
        self.promises[promise.sku] = promise

    async def channels_promised(self, tx: Any, skus: Iterable[str]) -> list[tuple[str, str]]:
        wanted = set(skus)
        found = {
            (each.sku, self.holds[each.hold_id].channel)
            for each in self._promised()
            if each.sku in wanted and each.held + each.committed > 0
        }
        return sorted(found)

    async def send_backlog(
        self,
        tx: Any,
        channels: Mapping[str, Iterable[str]],
        now: datetime.datetime,
        *,
        limit: int,
    ) -> Found:
        rows: list[tuple[Any, ...]] = []
        for sku, names in channels.items():
            line = [
                each
                for each in self._promised()
                if each.sku == sku and self.holds[each.hold_id].channel in names
                if each.committed > 0 or (each.held > 0 and each.held_until > now)
            ]
            line.sort(key=lambda x: (self.holds[x.hold_id].placed_at, x.hold_id, x.line))
            rows += [self._backlog_row(each) for each in line[:limit]]
        return Found(rows)

    async def inbounds_of(self, tx: Any, ids: Iterable[str]) -> list[Inbound]:
        return [self.inbounds[each] for each in ids if each in self.inbounds]

    async def write_inbound(self, tx: Any, inbound: Inbound) -> None:
        self.inbounds[inbound.id] = inbound

    def _promised(self) -> Iterator[Allocation]:
        for each in self.allocations.values():
            if each.location == PROMISED and each.quantity > 0:
                yield each

    def _backlog_row(self, each: Allocation) -> tuple[Any, ...]:
        hold = self.holds[each.hold_id]
        picking = hold.lines[each.line].picking or "first_expired"
        return (hold.channel, hold.placed_at, picking, *msgspec.structs.astuple(each))
