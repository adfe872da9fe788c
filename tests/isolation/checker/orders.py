"""Orders: there when they were acknowledged, and where their holds are, once all is quiet."""

from collections.abc import Iterator

from isolation.checker.anomalies import DONE_TWICE, HALF_DONE, LOST_HOLD, LOST_UPDATE, Finding
from isolation.checker.evidence import Evidence
from isolation.history import FoundHold, FoundOrder

__all__ = [
    "a_sale_is_one_order",
    "acknowledged_orders_are_there",
    "orders_are_where_their_holds_are",
]

FITTING = {
    "held": ("pending",),
    "confirmed": ("confirmed", "shipped", "delivered", "returned"),
    "released": ("cancelled",),
    "expired": ("cancelled",),
}
"""Where an order may be, by where its hold is."""


def acknowledged_orders_are_there(evidence: Evidence) -> Iterator[Finding]:
    """Whoever was told of an order finds it, at the version that it was told of or a later one."""
    for request, _, answer in evidence.answers():
        if not isinstance(answer, dict) or "hold_id" not in answer or "version" not in answer:
            continue
        order = evidence.orders.get(answer["id"])
        if order is None:
            yield Finding(LOST_HOLD, f"the order {answer['id']} is not there", (request.id,))
        elif order.version < answer["version"]:
            text = f"the order {order.id} is at version {order.version}, "
            text += f"acknowledged was {answer['version']}"
            yield Finding(LOST_UPDATE, text, (request.id,))


def orders_are_where_their_holds_are(evidence: Evidence) -> Iterator[Finding]:
    """Each hold that was placed for an order has it; both tell the same."""
    if not evidence.found.settled:
        return
    for hold in evidence.holds.values():
        order = evidence.order_of_hold.get(hold.id)
        ids = tuple(request.id for request in evidence.about_hold.get(hold.id, ()))
        if order is None:
            if hold.order_id is not None or _was_moved_for_an_order(evidence, hold):
                yield Finding(HALF_DONE, f"{hold.id}, which is {hold.status}, has no order", ids)
            continue
        status = hold.status
        if status == "held" and hold.expires_at <= evidence.found.now:
            status = "expired"
        if order.status not in FITTING[status]:
            text = f"the order {order.id} is {order.status}, its hold is {status}"
            yield Finding(HALF_DONE, text, ids)
        elif _moved_by_order(order) != _moved_by_hold(evidence, hold):
            text = f"the order {order.id} shipped and returned {_moved_by_order(order)}, "
            text += f"its hold {_moved_by_hold(evidence, hold)}"
            yield Finding(HALF_DONE, text, ids)


def a_sale_is_one_order(evidence: Evidence) -> Iterator[Finding]:
    """The same number of the same channel is the same order, whoever reports it."""
    known: dict[tuple[str, str], tuple[str, str]] = {}
    for request in evidence.acknowledged("report a sale"):
        body, answer = request.first.body, request.answer
        sale = (body["channel"], body["external_id"])
        order_id, first = known.setdefault(sale, (answer["id"], request.id))
        if order_id != answer["id"]:
            text = f"{sale} is the order {order_id} and the order {answer['id']}"
            yield Finding(DONE_TWICE, text, (first, request.id))


def _was_moved_for_an_order(evidence: Evidence, hold: FoundHold) -> bool:
    """Whether somebody who asked for an order of a hold sold it, without anybody else doing so."""
    sellers = {
        request.operation
        for event in evidence.events_of_hold[hold.id]
        if event.type in ("HoldConfirmed", "StockShipped")
        and (request := evidence.cause_of(event)) is not None
    }
    return "order of a hold" in sellers


def _moved_by_order(order: FoundOrder) -> list[tuple[int, int]]:
    return [(line["shipped"], line["returned"]) for line in order.lines]


def _moved_by_hold(evidence: Evidence, hold: FoundHold) -> list[tuple[int, int]]:
    """Whole pieces of each line that were shipped and returned."""
    found = []
    for number, line in enumerate(hold.lines):
        needs = evidence.scene.needs(line["sku"])
        sums = {sku: [0, 0] for sku in needs}
        for row in hold.allocations:
            if row.line == number:
                sums[row.sku][0] += row.shipped
                sums[row.sku][1] += row.returned
        shipped, returned = (
            min(sums[sku][at] // count for sku, count in needs.items()) for at in (0, 1)
        )
        found.append((shipped, returned))
    return found
