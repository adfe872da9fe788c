"""What a curated bundle is: how it is chosen, what it costs, and what it would be made of."""

import datetime
from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from rackhouse.platform.errors import FieldProblem

from .collections import Handle, Line, Moment, Prose, window_problems
from .windows import CLOSED, OPEN, phase_at

__all__ = [
    "COMPONENTS_MAX",
    "AcceptedBundle",
    "BundleProposal",
    "BundleSlot",
    "BundleState",
    "BundleTerms",
    "Candidate",
    "FixedPrice",
    "PercentOffPrice",
    "Pick",
    "Picked",
    "Price",
    "SumPrice",
    "bundle_state",
    "can_be_made",
    "choose",
    "problems_of_bundle",
    "proposed",
]

COMPONENTS_MAX = 50
SLOTS_MAX = 20
QUANTITY_MAX = 1000
PRICE_MINOR_MAX = 10**12

Sku: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=64, pattern="^[^@/\\s\\x00-\\x1f\\x7f-\\x9f]*$")
]
_Quantity: TypeAlias = Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]

BundleState: TypeAlias = Literal["proposed", "scheduled", "open", "closed"]


class Picked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A component by hand: a SKU, and how many pieces of it one bundle takes."""

    sku: Annotated[str, Meta(min_length=1, max_length=64, pattern="^[^\\x00]*$")]
    quantity: _Quantity = 1


class BundleSlot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A component by rule: the first product in the order ``sort`` that is as a search would have
    it and can be had now; each slot takes another product."""

    q: Annotated[str, Meta(max_length=200, pattern="^[^\\x00]*$")] = ""
    filter: Annotated[str, Meta(max_length=2000, pattern="^[^\\x00]*$")] = ""
    sort: Annotated[str, Meta(max_length=100, pattern="^[^\\x00]*$")] = "relevance"
    quantity: _Quantity = 1


class SumPrice(
    msgspec.Struct, frozen=True, tag_field="kind", tag="sum", forbid_unknown_fields=True
):
    """As much as the components cost."""


class PercentOffPrice(
    msgspec.Struct, frozen=True, tag_field="kind", tag="percent_off", forbid_unknown_fields=True
):
    """As much as the components cost less so many percent, rounded half up."""

    percent: Annotated[int, Meta(ge=1, le=99)]


class FixedPrice(
    msgspec.Struct, frozen=True, tag_field="kind", tag="fixed", forbid_unknown_fields=True
):
    """This much, in minor units of a currency."""

    price_minor: Annotated[int, Meta(ge=0, le=PRICE_MINOR_MAX)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]


Price: TypeAlias = SumPrice | PercentOffPrice | FixedPrice


class BundleTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be said of a curated bundle. Its components are named by hand (``components``), are
    one of each product of a ``collection``, or are chosen by rule (``slots``): one of the three.
    Its SKU is its id in capital letters unless it says another one."""

    name: Line
    description: Prose = ""
    sku: Sku | None = None
    components: Annotated[tuple[Picked, ...], Meta(max_length=COMPONENTS_MAX)] = ()
    collection: Handle | None = None
    slots: Annotated[tuple[BundleSlot, ...], Meta(max_length=SLOTS_MAX)] = ()
    price: Price = SumPrice()
    starts_at: Annotated[Moment | None, Meta(description="Sold from this moment on.")] = None
    ends_at: Annotated[Moment | None, Meta(description="Not sold any more from this moment.")] = (
        None
    )


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU that may go into a bundle: its price in minor units, and how many of it are free."""

    sku: str
    product_id: str
    name: str
    price_minor: int | None
    currency: str | None
    free: int


class Pick(msgspec.Struct, frozen=True, kw_only=True):
    """A component as it was chosen, with the price of one piece in minor units."""

    sku: str
    quantity: int
    product_id: str
    name: str
    price_minor: int | None


class BundleProposal(msgspec.Struct, frozen=True, kw_only=True):
    """What a curated bundle would be made of and cost, in minor units of ``currency``.
    ``sum_minor`` is what the components cost one by one, where all have a price in it."""

    components: tuple[Pick, ...]
    sum_minor: int | None
    price_minor: int
    currency: str
    proposed_at: datetime.datetime


class AcceptedBundle(BundleProposal, frozen=True, kw_only=True):
    """A proposal as it was accepted, with what was said of the bundle then. ``version`` is that of
    the bundle which was accepted."""

    name: str
    description: str
    sku: str
    starts_at: datetime.datetime | None
    ends_at: datetime.datetime | None
    version: int
    accepted_at: datetime.datetime


def problems_of_bundle(terms: BundleTerms) -> list[FieldProblem]:
    """What contradicts itself in the terms of a bundle."""
    problems = window_problems(terms.starts_at, terms.ends_at)
    ways = {
        "components": bool(terms.components),
        "collection": terms.collection is not None,
        "slots": bool(terms.slots),
    }
    given = [way for way, is_given in ways.items() if is_given]
    if len(given) != 1:
        fact = f"{' and '.join(given)} are given" if given else "nothing says what is inside"
        remedy = "give components, a collection, or slots: one of the three"
        problems.append(FieldProblem(given[1] if given else "components", f"{fact}; {remedy}"))
    seen: dict[str, int] = {}
    for place, each in enumerate(terms.components):
        if each.sku in seen:
            fact = f"{each.sku!r} is components[{seen[each.sku]}] already"
            problems.append(FieldProblem(f"components[{place}].sku", f"{fact}; add them up there"))
        seen.setdefault(each.sku, place)
    return problems


def choose(
    slots: Sequence[BundleSlot], candidates: Sequence[Sequence[Candidate]]
) -> tuple[list[Candidate], list[FieldProblem]]:
    """One candidate for each slot, each of another product: the first of its candidates of which
    there is enough, as far as that leaves one for every slot (augmenting paths, in the order of
    the slots); and the slots for which there is none."""
    fitting = [
        [each for each in some if each.free >= slot.quantity]
        for slot, some in zip(slots, candidates, strict=True)
    ]
    taken: dict[str, tuple[int, Candidate]] = {}

    def give(slot: int, asked: set[str]) -> bool:
        for each in fitting[slot]:
            if each.product_id in asked:
                continue
            asked.add(each.product_id)
            holder = taken.get(each.product_id)
            if holder is None or give(holder[0], asked):
                taken[each.product_id] = (slot, each)
                return True
        return False

    without = [place for place in range(len(slots)) if not give(place, set())]
    chosen = dict(taken.values())
    problems = [FieldProblem(f"slots[{place}]", _none_for(fitting[place])) for place in without]
    return [chosen[place] for place in sorted(chosen)], problems


def proposed(
    picks: Sequence[tuple[Candidate, int]], price: Price, now: datetime.datetime
) -> tuple[BundleProposal | None, list[FieldProblem]]:
    """What a bundle of some candidates (each with how many of it) would cost; or why that can not
    be said."""
    problems: list[FieldProblem] = []
    currencies = {each.currency for each, _ in picks if each.price_minor is not None}
    unpriced = [each.sku for each, _ in picks if each.price_minor is None]
    total = None
    if not unpriced and len(currencies) == 1:
        total = sum((each.price_minor or 0) * quantity for each, quantity in picks)
    if not isinstance(price, FixedPrice) and total is None:
        fact = f"{unpriced[0]} has no price" if unpriced else f"is in {_listed(currencies)} at once"
        problems.append(FieldProblem("price", f"{fact}; give a fixed price"))
        return None, problems
    if isinstance(price, FixedPrice):
        price_minor, currency = price.price_minor, price.currency
        total = total if currencies == {currency} else None
    else:
        price_minor, currency = _less(total or 0, price), _listed(currencies)
    components = tuple(
        Pick(
            sku=each.sku,
            quantity=quantity,
            product_id=each.product_id,
            name=each.name,
            price_minor=each.price_minor,
        )
        for each, quantity in picks
    )
    proposal = BundleProposal(
        components=components,
        sum_minor=total,
        price_minor=price_minor,
        currency=currency,
        proposed_at=now,
    )
    return proposal, []


def can_be_made(components: Sequence[Pick], free: dict[str, int]) -> int:
    """How many bundles the free pieces of each SKU allow: as many as the scarcest one does."""
    return min((max(0, free.get(each.sku, 0)) // each.quantity for each in components), default=0)


def bundle_state(accepted: AcceptedBundle | None, now: datetime.datetime) -> BundleState:
    """What a bundle is at a time: only proposed, or accepted and before, in or after its window."""
    if accepted is None:
        return "proposed"
    phase = phase_at(accepted.starts_at, accepted.ends_at, now)
    states: dict[str, BundleState] = {OPEN: "open", CLOSED: "closed"}
    return states.get(phase, "scheduled")


def _less(total: int, price: SumPrice | PercentOffPrice) -> int:
    if isinstance(price, SumPrice):
        return total
    return (total * (100 - price.percent) * 2 + 100) // 200


def _listed(currencies: set[str | None]) -> str:
    return " and ".join(sorted(each or "no currency" for each in currencies))


def _none_for(fitting: Sequence[Candidate]) -> str:
    if fitting:
        return "all that is like that is taken by other slots; ask for something else"
    return "nothing that can be had now is like that; ask for something else, or for less"
