"""Which locations may serve, in which order, and how far each is from the destination."""

import math
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.inventory.sourcing.terms import Place, Sourcing

__all__ = ["Candidate", "candidates", "distance_km"]

EARTH_RADIUS_KM = 6371.0088


class Candidate(msgspec.Struct, frozen=True):
    """A location that may serve, and its distance where both ends of it are known."""

    location: str
    distance_km: float | None = None


def candidates(
    locations: Sequence[str], places: Mapping[str, Place], sourcing: Sourcing
) -> list[Candidate]:
    """The locations in the order in which they are to be asked.

    That is the channel's order; for `nearest`, by distance to the destination, equal distances
    and those without coordinates, which come last, in the channel's order.
    """
    to = sourcing.destination
    found = [
        Candidate(at, None if to is None or at not in places else distance_km(places[at], to))
        for at in locations
    ]
    if sourcing.strategy == "nearest":
        found.sort(key=lambda each: math.inf if each.distance_km is None else each.distance_km)
    return found


def distance_km(one: Place, other: Place) -> float:
    """The length of the great circle between two places, in kilometres.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984)
    on a sphere of the earth's mean radius R1 (H. Moritz, Geodetic Reference System 1980). It is
    off by 0.6 % at most, since the earth is not quite a sphere.
    """
    north, other_north = math.radians(one.latitude), math.radians(other.latitude)
    half_north = (other_north - north) / 2
    half_east = math.radians(other.longitude - one.longitude) / 2
    haversine = (
        math.sin(half_north) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin(half_east) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, haversine)))
