"""The plan: which location serves how much of what, and why."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from rackhouse.inventory.sourcing.distances import Candidate
from rackhouse.inventory.sourcing.drafts import Draft, Part, Shelf
from rackhouse.inventory.sourcing.fewest import fewest_parcels
from rackhouse.inventory.sourcing.reasons import SourcingReason, explain
from rackhouse.inventory.sourcing.serving import serve
from rackhouse.inventory.sourcing.terms import Sourcing
from rackhouse.inventory.sourcing.ways import in_order, spread

if TYPE_CHECKING:
    from rackhouse.inventory.rules import Need

__all__ = ["Plan", "WhyNot", "plan", "why_not"]


class Plan(msgspec.Struct, frozen=True):
    """Which location serves how much of which need, in the order of needs, and why."""

    parts: list[Part]
    reason: SourcingReason


class WhyNot(msgspec.Struct, frozen=True):
    """Why nothing can be planned: there is not enough, or only in several parcels: of whole lines
    (`needs_split`) or of divided ones (`needs_split_lines`). ``parcels`` says how many would do."""

    reason: Literal["not_enough", "needs_split", "needs_split_lines"]
    parcels: int | None = None


def plan(
    needs: "Sequence[Need]",
    shelf: Shelf,
    candidates: Sequence[Candidate],
    sourcing: Sourcing,
) -> Plan | None:
    """Serve all needs as the sourcing asks, or None; ``candidates`` come in their order.

    The shelf is left as it was. Every strategy prefers a location that has a need whole; where
    the sourcing lets lines be split, several serve a need only if none has. Lines that may not be
    split and compete for a SKU are tried in every way, up to `SEARCH_STEPS_LIMIT` steps.
    """
    draft = _draft(needs, shelf, candidates, sourcing)
    if draft is None:
        return None
    parts = sorted(draft.parts, key=lambda part: part.need_index)
    return Plan(parts, explain(needs, shelf, candidates, sourcing, parts))


def why_not(
    needs: "Sequence[Need]",
    shelf: Shelf,
    candidates: Sequence[Candidate],
    sourcing: Sourcing,
) -> WhyNot:
    """What stands in the way, where `plan` answered None."""
    locations = [each.location for each in candidates]
    freer = msgspec.structs.replace(sourcing, split=True, split_lines=False)
    draft = None if sourcing.split else fewest_parcels(needs, shelf, locations, freer)
    if draft is not None:
        return WhyNot("needs_split", _parcels(draft))
    freest = msgspec.structs.replace(sourcing, split=True, split_lines=True)
    draft = None if sourcing == freest else fewest_parcels(needs, shelf, locations, freest)
    if draft is not None:
        return WhyNot("needs_split_lines", _parcels(draft))
    return WhyNot("not_enough")


def _draft(
    needs: "Sequence[Need]",
    shelf: Shelf,
    candidates: Sequence[Candidate],
    sourcing: Sourcing,
) -> Draft | None:
    locations = [each.location for each in candidates]
    if sourcing.strategy == "fewest_parcels":
        return fewest_parcels(needs, shelf, locations, sourcing)
    way = spread if sourcing.strategy == "spread" else in_order
    return serve(needs, shelf, locations, sourcing, way)


def _parcels(draft: Draft) -> int:
    return len({part.location for part in draft.parts})
