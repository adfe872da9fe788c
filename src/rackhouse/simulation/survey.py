"""The survey: what the service says, page by page, over a network without faults."""

from collections.abc import AsyncIterator
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec

from rackhouse.simulation.live_house import LiveHouse
from rackhouse.simulation.network import Answer, Request

__all__ = ["OrderSeen", "StockSeen", "Survey", "UncoveredSeen"]

PAGE_LIMIT = 200
OK = 200
NOT_COVERED = "sale_not_covered"

Item = TypeVar("Item")


class StockSeen(msgspec.Struct, frozen=True):
    """The figures of one SKU at one location."""

    sku: str
    location: str
    on_hand: int
    held: int
    committed: int
    available: int
    version: int

    @property
    def stream(self) -> str:
        """The stream of this stock."""
        return f"{self.sku}@{self.location}"


class LineSeen(msgspec.Struct, frozen=True):
    """One line of an order."""

    sku: str
    quantity: int
    shipped: int
    returned: int


class OrderSeen(msgspec.Struct, frozen=True):
    """An order."""

    id: str
    channel: str
    external_id: str | None
    hold_id: str
    status: str
    lines: list[LineSeen]


class AllocationSeen(msgspec.Struct, frozen=True):
    """Where some pieces of an order lie."""

    location: str


class _Allocations(msgspec.Struct, frozen=True):
    allocations: list[AllocationSeen]


class UncoveredSeen(msgspec.Struct, frozen=True):
    """A sale that nothing was there for."""

    external_id: str
    status: str


class _OfSku(msgspec.Struct, frozen=True):
    sku: str
    available: int


class _Figures(msgspec.Struct, frozen=True):
    skus: list[_OfSku]


class CaseSeen(msgspec.Struct, frozen=True):
    """What an audit found."""

    kind: str
    status: str
    finding: str


class _Page(msgspec.Struct, frozen=True):
    items: list[msgspec.Raw]
    next_cursor: str | None = None


class Survey:
    """Asks as an operator."""

    def __init__(self, service: LiveHouse, token: str) -> None:
        self._service = service
        self._token = token

    async def stock(self) -> list[StockSeen]:
        """Every stock row."""
        return [each async for each in self._items("/api/v1/inventory", StockSeen)]

    async def orders(self) -> list[OrderSeen]:
        """Every order."""
        return [each async for each in self._items("/api/v1/orders", OrderSeen)]

    async def location_of(self, order_id: str) -> str:
        """Where the first pieces of an order lie."""
        text = await self._get(f"/api/v1/orders/{order_id}")
        return msgspec.json.decode(text, type=_Allocations).allocations[0].location

    async def may_sell(self, channel: str, sku: str) -> int:
        """How many pieces of a SKU a channel may sell."""
        text = await self._get(f"/api/v1/inventory/{quote(sku)}?channel={quote(channel)}")
        return msgspec.json.decode(text, type=_Figures).skus[0].available

    async def uncovered(self, channel: str) -> list[UncoveredSeen]:
        """The sales of a channel that nothing was there for."""
        path = f"/api/v1/channels/{quote(channel)}/uncovered-sales"
        return [each async for each in self._items(path, UncoveredSeen)]

    async def findings(self) -> list[str]:
        """What audits found and nobody has decided, in a line each."""
        cases = [each async for each in self._items("/api/v1/reconciliation/cases", CaseSeen)]
        # A marketplace may sell what is gone: that is looked at apart.
        found = [each for each in cases if each.kind != NOT_COVERED and each.status == "open"]
        return [f"an audit found: {each.finding}" for each in found]

    async def send(self, method: str, target: str, body: bytes = b"") -> Answer:
        """The answer to a request of an operator."""
        answer = await self._service.serve(Request(method, target, self._token, None, body))
        assert answer is not None, "the service is down"
        return answer

    async def _items(self, path: str, of: type[Item]) -> AsyncIterator[Item]:
        query = {"limit": str(PAGE_LIMIT)}
        while True:
            text = await self._get(f"{path}?{urlencode(query)}")
            page = msgspec.json.decode(text, type=_Page)
            for item in page.items:
                yield msgspec.json.decode(item, type=of)
            if page.next_cursor is None:
                return
            query["cursor"] = page.next_cursor

    async def _get(self, target: str) -> bytes:
        answer = await self.send("GET", target)
        assert answer.status == OK, f"{target} was answered {answer.status}: {answer.body!r}"
        return answer.body
