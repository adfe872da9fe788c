"""What a house holds after the stories, and whether it is as people were told."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import psycopg
from stories import CAP, HALL, NUMBERS, PLENTY, YARD, Story

__all__ = ["Found", "breaches_of", "found_in"]

FIGURES = ("on_hand", "held", "committed", "unavailable", "allotted", "frozen")
NOWHERE = "~promised"
RECEIPTS = {"receipt": "StockReceived", "return": "StockReturned", "count": "StockAdjusted"}

Rows = list[tuple[Any, ...]]


class Found(msgspec.Struct, kw_only=True):
    """Rows of the database, as they are at a moment."""

    stock: dict[tuple[str, str], dict[str, int]]
    holds: Rows
    """Customer, id, status."""
    orders: Rows
    """Customer, status."""
    waiting: Rows
    """Customer, status."""
    transfers: Rows
    """Reference, status."""
    marked: Rows
    """The reference or reason of an event, its type."""
    units: Rows
    """Number, state, customer."""
    quota_used: int
    recalled: list[str]


def found_in(connection: psycopg.Connection) -> Found:
    """What there is."""
    connection.execute("set transaction isolation level repeatable read")

    def rows(statement: str) -> Rows:
        return connection.execute(statement).fetchall()

    stock = rows(
        """
        select sku, location, on_hand, held, committed, unavailable, allotted, frozen
        from inventory.stock
        """
    )
    return Found(
        stock={(sku, at): dict(zip(FIGURES, each, strict=True)) for sku, at, *each in stock},
        holds=rows("select customer_id, id::text, status from inventory.hold"),
        orders=rows('select customer_id, status from orders."order"'),
        waiting=rows("select customer_id, status from inventory.waiting"),
        transfers=rows("select reference, status from inventory.inbound"),
        marked=rows(
            """
            select split_part(coalesce(data ->> 'reference', data ->> 'reason'), ' (count', 1), type
            from inventory.event
            where type in ('StockReceived', 'StockReturned', 'StockAdjusted')
            """
        ),
        units=rows(
            """
            select u.number, u.state, h.customer_id
            from inventory.unit u left join inventory.hold h on h.id = u.hold_id
            """
        ),
        quota_used=sum(used for (used,) in rows("select used from inventory.quota_use")),
        recalled=[lot for (lot,) in rows("select lot from inventory.lot where recalled")],
    )


def breaches_of(stories: Sequence[Story], found: Found) -> list[str]:
    """Everything that is not as people were told, in sentences."""
    return [
        *_of_answers(stories),
        *_of_counts(stories, found),
        *_of_units(stories, found),
        *_of_stock(stories, found),
        *_of_lines(stories, found),
    ]


def _of_answers(stories: Sequence[Story]) -> Iterator[str]:
    for story in stories:
        for request in story.requests:
            may_be_refused = request.target == "/api/v1/holds" and request.status == 409
            if not (request.granted or may_be_refused):
                yield f"{story.name}: {request.target}: {request.status} {request.answer[:300]!r}"


def _of_counts(stories: Sequence[Story], found: Found) -> Iterator[str]:
    """What was acknowledged is there once, and nothing that was not."""
    holds, orders = Counter(row[0] for row in found.holds), Counter(row[0] for row in found.orders)
    waiting = Counter(row[0] for row in found.waiting)
    transfers, marked = Counter(found.transfers), Counter(found.marked)
    offered = {customer for customer, status in found.waiting if status == "offered"}
    for story in stories:
        name, kind = story.name, story.kind
        granted = sum(each.granted for each in story.requests if each.target == "/api/v1/holds")
        has_order = kind in ("return", "offline")
        wanted = {
            "hold": (holds[name], granted + has_order + (name in offered)),
            "order": (orders[name], int(has_order)),
            "place in line": (waiting[name], int(kind == "waiting")),
            "transfer": (transfers[name, "received"], int(kind == "transfer")),
            "recall": (found.recalled.count(name), int(kind == "recall")),
        }
        wanted |= {
            type_: (marked[name, type_], int(type_ in _marks_of(story)))
            for type_ in RECEIPTS.values()
        }
        for what, (count, expected) in wanted.items():
            if count != expected:
                yield f"{name}: the {what} is there {count} times, not {expected}"


def _marks_of(story: Story) -> set[str]:
    took_in = any(each.target == "/api/v1/inventory/receive" for each in story.requests)
    return {"StockReceived"} if took_in else {RECEIPTS.get(story.kind, "")}


def _of_units(stories: Sequence[Story], found: Found) -> Iterator[str]:
    """Each number is whose hold it was told to be, or nobody's."""
    told = {}
    for story in stories:
        if story.kind == "number" and story.answers:
            (number,) = story.answers[0]["allocations"][0]["units"]
            if number in told:
                yield f"{story.name}: {number} was sold to {told[number]}, too"
            told[number] = story.name
    states = {number: (state, customer) for number, state, customer in found.units}
    for number in range(1, NUMBERS + 1):
        name = told.get(number)
        expected = ("committed", name) if name else ("in_stock", None)
        if states.get(number) != expected:
            yield f"the bottle {number} is {states.get(number)}, not {expected}"


def _of_stock(stories: Sequence[Story], found: Found) -> Iterator[str]:
    """The figures are what all that was acknowledged comes to."""
    expected: Counter[tuple[str, str, str]] = Counter()
    for sku in ("LOTTED", "MOVED", "APART", "CAPPED"):
        expected[sku, HALL, "on_hand"] = PLENTY
    expected["CASK", HALL, "on_hand"] = NUMBERS
    for story in stories:
        if story.kind == "count":
            expected[f"COUNT-{story.name.partition('-')[2]}", HALL, "on_hand"] += PLENTY
        expected.update(story.changed)
    for (sku, location), figures in found.stock.items():
        if sku in ("AHEAD", "WAITED"):
            continue
        wanted = {figure: expected[sku, location, figure] for figure in FIGURES}
        if figures != wanted:
            yield f"{sku} at {location} has {figures}, not {wanted}"
    if ("MOVED", YARD) not in found.stock:
        yield "what was moved never came"


def _of_lines(stories: Sequence[Story], found: Found) -> Iterator[str]:
    """Who bought ahead, who waited, and who bought what is capped."""
    came = Counter(
        story.kind
        for story in stories
        if any(each.target == "/api/v1/inventory/receive" for each in story.requests)
    )
    kinds = Counter(story.kind for story in stories)
    ahead = found.stock.get(("AHEAD", HALL), {}), found.stock.get(("AHEAD", NOWHERE), {})
    figures = (ahead[0].get("on_hand"), ahead[0].get("committed"), ahead[1].get("committed"))
    wanted = (came["ahead"], came["ahead"], kinds["ahead"] - came["ahead"])
    if figures != wanted:
        yield f"of what was bought ahead {figures} has come, is sold, is to come, not {wanted}"
    waited = found.stock.get(("WAITED", HALL), {})
    offered = sum(status == "offered" for _, status in found.waiting)
    if not offered == waited.get("held") == waited.get("on_hand") == came["waiting"]:
        yield f"{offered} of {came['waiting']} pieces were offered, the row is {waited}"
    capped = sum(bool(story.changed) for story in stories if story.kind == "capped")
    if not found.quota_used == capped == min(CAP, kinds["capped"]):
        yield f"{found.quota_used} count in the quota, {capped} were sold"
