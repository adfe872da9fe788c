"""The verdict: the books of the clients beside what the service says."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.simulation.agreement import ConnectedSeen, disagreements
from rackhouse.simulation.books import Books, Sale
from rackhouse.simulation.survey import OrderSeen, StockSeen, UncoveredSeen

__all__ = ["Seen", "Verdict", "verdict_of"]

SOLD = frozenset({"confirmed", "shipped", "delivered", "returned"})
Views = Mapping[str, Mapping[str, Mapping[str, Any]]]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the service says when all is done. ``views`` are the figures of each channel that
    keeps a copy, by stream; ``connected`` is what channels say that are spoken to by adapters."""

    stock: list[StockSeen]
    orders: list[OrderSeen]
    uncovered: dict[str, list[UncoveredSeen]]
    views: Views
    connected: list[ConnectedSeen]
    findings: list[str]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What should not have been, in pieces (``oversold``) or sales, with a sentence for each."""

    oversold: int
    lost: int
    doubled: int
    diverged: int
    breaches: list[str]


def verdict_of(books: Books, seen: Seen) -> Verdict:
    """Compare everything with everything."""
    oversold, sold_too_often = _oversold(books, seen)
    lost = list(_lost(books, seen))
    doubled = list(_doubled(books, seen))
    diverged = list(_diverged(seen))
    blind = [each for connected in seen.connected for each in connected.set_wrongly]
    found = [*seen.findings, *books.mismatches, *books.unexpected]
    others = [*_unbalanced(books, seen), *blind, *found]
    return Verdict(
        oversold=oversold,
        lost=len(lost),
        doubled=len(doubled),
        diverged=len(diverged),
        breaches=[*sold_too_often, *lost, *doubled, *diverged, *others],
    )


def _oversold(books: Books, seen: Seen) -> tuple[int, list[str]]:
    """Pieces that clients were told are sold, beyond what ever came in."""
    sold: Counter[str] = Counter()
    for sale in books.sales.values():
        if sale.status == "confirmed":
            for sku, quantity in sale.lines.items():
                sold[sku] += quantity - sale.returned.get(sku, 0)
    excess = {sku: sold[sku] - books.received.get(sku, 0) for sku in sold}
    for row in seen.stock:
        beyond = row.held + row.committed - row.on_hand
        excess[row.stream] = beyond
    told = [f"{each}: {excess[each]} more than there were" for each in excess if excess[each] > 0]
    return sum(number for number in excess.values() if number > 0), told


def _lost(books: Books, seen: Seen) -> Iterable[str]:
    """What clients were told and the service does not know of."""
    orders = {(each.channel, each.external_id): each for each in seen.orders}
    waiting = {
        (channel, each.external_id) for channel, sales in seen.uncovered.items() for each in sales
    }
    for place, sale in books.sales.items():
        order = orders.get(place)
        if sale.status == "confirmed" and not _is_kept(sale, order):
            yield f"{sale.external_id} was confirmed, and is {order and order.status}"
        elif sale.status == "exceeded" and place not in waiting:
            yield f"{sale.external_id} was not covered, and nobody is told of it"
        elif sale.status == "sold":
            yield f"{sale.external_id} was never reported"


def _is_kept(sale: Sale, order: OrderSeen | None) -> bool:
    if order is None or order.status not in SOLD:
        return False
    if sale.by_pieces:
        return _had_by_buyer(order) == _wanted_by_buyer(sale)
    lines = {line.sku: (line.quantity, line.returned) for line in order.lines}
    return lines == {sku: (sale.lines[sku], sale.returned.get(sku, 0)) for sku in sale.lines}


def _had_by_buyer(order: OrderSeen) -> dict[str, int]:
    had = {line.sku: line.quantity - line.returned for line in order.lines}
    return {sku: quantity for sku, quantity in had.items() if quantity}


def _wanted_by_buyer(sale: Sale) -> dict[str, int]:
    wanted = {sku: number - sale.returned.get(sku, 0) for sku, number in sale.lines.items()}
    return {sku: quantity for sku, quantity in wanted.items() if quantity}


def _doubled(books: Books, seen: Seen) -> Iterable[str]:
    """What the service carried out more often than somebody asked for it."""
    times = Counter((each.channel, each.external_id or "") for each in seen.orders)
    for (channel, external_id), count in times.items():
        if count > 1:
            yield f"{external_id} is {count} orders"
        if (channel, external_id) not in books.sales:
            yield f"{channel} has an order {external_id} that nobody asked for"
    for order in seen.orders:
        sale = books.sales.get((order.channel, order.external_id or ""))
        if sale is None or order.status not in SOLD or sale.status not in ("refused", "cancelled"):
            continue
        if _had_by_buyer(order) or not sale.by_pieces:
            yield f"{sale.external_id} was {sale.status}, and is {order.status}"


def _diverged(seen: Seen) -> Iterable[str]:
    """Where a channel's copy is not what the service says."""
    for channel, view in seen.views.items():
        for row in seen.stock:
            copy = view.get(row.stream)
            figures = (row.version, row.on_hand, row.held, row.committed, row.available)
            if copy is None or figures != _figures(copy):
                copied = None if copy is None else _figures(copy)
                yield f"{channel} has {copied} for {row.stream}, which is {figures}"
    for connected in seen.connected:
        yield from disagreements(connected)


def _figures(copy: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(copy[name] for name in ("sequence", "on_hand", "held", "committed", "available"))


def _unbalanced(books: Books, seen: Seen) -> Iterable[str]:
    """Whether what came in is what lies there and what went out."""
    left: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in seen.stock:
        for at, figure in enumerate((row.on_hand, row.held, row.committed)):
            left[row.sku][at] += figure
    gone, owed = _of_orders(seen.orders)
    for sku, (on_hand, held, committed) in left.items():
        received = books.received.get(sku, 0)
        if on_hand != received - gone[sku]:
            yield f"{sku}: {received} came in, {gone[sku]} went out, and {on_hand} are there"
        if committed != owed[sku]:
            yield f"{sku}: {owed[sku]} are owed, and {committed} are committed"
        if held:
            yield f"{sku}: {held} are held when everybody has gone"


def _of_orders(orders: Sequence[OrderSeen]) -> tuple[Counter[str], Counter[str]]:
    """What went out and did not come back, and what is still to go out, by SKU."""
    gone: Counter[str] = Counter()
    owed: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            gone[line.sku] += line.shipped - line.returned
            if order.status == "confirmed":
                owed[line.sku] += line.quantity - line.shipped
    return gone, owed
