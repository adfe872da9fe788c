"""Scarcity: what fewest can be had of in front. How many is known to the shelf and not to an index,
so all that is found is put in order here, once for each page."""

import heapq

import msgspec

from rackhouse.search.engine import Engine, Found, Hit, Place, Question
from rackhouse.search.errors import TooManyToOrder
from rackhouse.search.rules.fields import SCARCITY
from rackhouse.search.shelf import Shelf

__all__ = ["scarcest_first"]

ORDERED_MAX = 100_000


def scarcest_first(engine: Engine, shelf: Shelf, question: Question) -> Found:
    """What is found of that which can be had, fewest pieces first, equals by their tie; of a
    bundle, as many as can be made. Refuses with `TooManyToOrder`."""
    assert question.in_stock is not None
    found = engine.find(msgspec.structs.replace(question, order="newest", after=None, limit=0))
    if found.total > ORDERED_MAX:
        raise TooManyToOrder(order=SCARCITY, limit=ORDERED_MAX, count=found.total)
    locations = question.in_stock.locations
    after = (0.0, -1) if question.after is None else (question.after[0] or 0.0, question.after[1])
    placed = (
        ((float(shelf.left(product_id, locations)), tie), product_id)
        for tie in engine.ties(question, found.last_resort)
        if (product_id := shelf.ids.get(tie)) is not None
    )
    # What was sold between two looks is left out, as it is from the next page on.
    rest = ((place, product_id) for place, product_id in placed if place > after and place[0])
    page = heapq.nsmallest(question.limit + 1, rest)
    hits = _hits(engine, question, {product_id: place for place, product_id in page})
    return Found(
        tuple(hits[: question.limit]),
        len(page) > question.limit,
        found.total,
        found.facets,
        found.last_resort,
    )


def _hits(engine: Engine, question: Question, places: dict[str, Place]) -> list[Hit]:
    if not places:
        return []
    asked = msgspec.structs.replace(
        question,
        ids=frozenset(places),
        order="newest",
        after=None,
        limit=len(places),
        facets=(),
        counted=False,
    )
    hits = [
        msgspec.structs.replace(each, place=places[each.card.id])
        for each in engine.find(asked).hits
    ]
    return sorted(hits, key=_place)


def _place(hit: Hit) -> Place:
    return hit.place
