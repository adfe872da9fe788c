"""The audit: what the service says afterwards, read page by page through its API."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import msgspec

from rackhouse.rehearsal.buyers import Levels
from rackhouse.rehearsal.http_client import HttpClient
from rackhouse.rehearsal.staging import Stage, StagingRefused

__all__ = ["Found", "Ledger", "Movement", "audit", "read_ledger"]

PAGE_LIMIT = 200
PAGES_LIMIT = 20_000
READS_LIMIT = 10


class Movement(msgspec.Struct, frozen=True):
    """One event of the stock: what it changed, and the figures after it."""

    location: str
    version: int
    type: str
    change: dict[str, int]
    on_hand: int
    held: int
    committed: int


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """The stock's events added up: where they lead, and what is wrong with them."""

    events: int
    on_hand: int
    held: int
    committed: int
    worst_excess: int
    faults: list[str]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the service says when all buyers have gone home. ``held_now`` counts the holds that
    still run; ``held`` also those that ran out and were not tidied up yet."""

    on_hand: int
    held: int
    held_now: int
    committed: int
    confirmed_orders: list[str]
    ledger: Ledger


class _Page(msgspec.Struct, frozen=True):
    items: list[msgspec.Raw]
    next_cursor: str | None = None


class _Order(msgspec.Struct, frozen=True):
    id: str


class _Piece(msgspec.Struct, frozen=True):
    sku: str
    held: int


class _Hold(msgspec.Struct, frozen=True):
    allocations: list[_Piece]


async def audit(http: HttpClient, stage: Stage, *, token: str) -> Found:
    """Read the figures, the running holds, the confirmed orders and every event of the stock.

    Refuses with `StagingRefused`.
    """
    reader = _Reader(http, token)
    orders = [
        msgspec.json.decode(item, type=_Order).id
        for channel in stage.channels
        async for item in reader.items("/api/v1/orders", channel=channel.id, status="confirmed")
    ]
    ledger, levels = await _settled(reader, stage.sku)
    # Asked last: a hold may run out and be tidied up meanwhile, but none begins any more.
    page = await reader.get("/api/v1/holds", sku=stage.sku, limit=str(PAGE_LIMIT))
    holds = msgspec.json.decode(page, type=_Page)
    return Found(
        on_hand=levels.sum_of("on_hand"),
        held=levels.sum_of("held"),
        held_now=sum(_held(msgspec.json.decode(each, type=_Hold)) for each in holds.items),
        committed=levels.sum_of("committed"),
        confirmed_orders=orders,
        ledger=ledger,
    )


async def _settled(reader: "_Reader", sku: str) -> tuple[Ledger, Levels]:
    """The events and the figures as of one moment: read again while one was written between."""
    target = f"/api/v1/inventory/{sku}"
    for _ in range(READS_LIMIT):
        items = [item async for item in reader.items(f"{target}/movements")]
        movements = [msgspec.json.decode(item, type=Movement) for item in items]
        levels = msgspec.json.decode(await reader.get(target), type=Levels)
        if levels.sum_of("version") == max((each.version for each in movements), default=0):
            break
    return read_ledger(movements), levels


def read_ledger(movements: list[Movement]) -> Ledger:
    """Add the events up, in the order of their versions, and compare each with the figures that
    are recorded beside it."""
    faults: list[str] = []
    on_hand = held = committed = version = worst_excess = 0
    for each in sorted(movements, key=lambda each: each.version):
        if each.version != version + 1:
            faults.append(f"event {each.version} follows event {version}")
        version = each.version
        on_hand += each.change["on_hand"]
        held += each.change["held"]
        committed += each.change["committed"]
        if (on_hand, held, committed) != (each.on_hand, each.held, each.committed):
            faults.append(f"event {each.version} records other figures than the events add up to")
        worst_excess = max(worst_excess, held + committed - on_hand)
    return Ledger(
        events=len(movements),
        on_hand=on_hand,
        held=held,
        committed=committed,
        worst_excess=worst_excess,
        faults=faults,
    )


class _Reader:
    def __init__(self, http: HttpClient, token: str) -> None:
        self._http = http
        self._token = token

    async def get(self, path: str, **query: str) -> bytes:
        target = f"{path}?{urlencode(query)}" if query else path
        answer = await self._http.ask("GET", target, token=self._token)
        if answer.status != 200:
            raise StagingRefused(f"GET {target} was answered {answer.status}: {answer.body!r}")
        return answer.body

    async def items(self, path: str, **query: str) -> AsyncIterator[msgspec.Raw]:
        cursor: dict[str, str] = {}
        for _ in range(PAGES_LIMIT):
            text = await self.get(path, limit=str(PAGE_LIMIT), **query, **cursor)
            page = msgspec.json.decode(text, type=_Page)
            for item in page.items:
                yield item
            if page.next_cursor is None:
                return
            cursor = {"cursor": page.next_cursor}
        raise StagingRefused(f"GET {path} does not end after {PAGES_LIMIT} pages")


def _held(hold: _Hold) -> int:
    return sum(piece.held for piece in hold.allocations)
