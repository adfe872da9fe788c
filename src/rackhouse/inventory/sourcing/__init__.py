"""Sourcing: which location serves which piece of an order. Pure: no I/O, no clock, no database.

`candidates` is asked before any lock, `plan` under it; `why_not` tells what stands in the way.
"""

from rackhouse.inventory.sourcing.distances import Candidate, candidates, distance_km
from rackhouse.inventory.sourcing.drafts import Part, Shelf
from rackhouse.inventory.sourcing.planning import Plan, WhyNot, plan, why_not
from rackhouse.inventory.sourcing.reasons import Choice, PassedOver, SourcingReason
from rackhouse.inventory.sourcing.terms import Place, Sourcing, Strategy

__all__ = [
    "Candidate",
    "Choice",
    "Part",
    "PassedOver",
    "Place",
    "Plan",
    "Shelf",
    "Sourcing",
    "SourcingReason",
    "Strategy",
    "WhyNot",
    "candidates",
    "distance_km",
    "plan",
    "why_not",
]
