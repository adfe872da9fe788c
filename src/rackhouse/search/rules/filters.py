"""Facets as they are written, ``type,abv[40,46]``, beside filters in the catalog's language."""

import re
from itertools import pairwise

import msgspec

from rackhouse.catalog import (
    Field,
    FilterUnreadable,
    Range,
    Value,
    Wanted,
    figure_in,
    nearest_name,
    range_example,
    wanted_in,
)

from ..errors import FacetUnknown
from .fields import Fields

__all__ = ["Facet", "Range", "Value", "Wanted", "facets_of", "filters_of"]

FACETS_MAX = 20
BOUNDS_MAX = 50

_FACET = re.compile(r"([^\[\],\s]+)(?:\[([^\[\]]*)\])?")


class Facet(msgspec.Struct, frozen=True):
    """A field whose values are counted. With ``bounds``, the ranges between them are, each with
    its lower bound and without its upper one."""

    field: str
    bounds: tuple[float, ...] = ()
    in_days: bool = False

    @property
    def ranges(self) -> list[Range]:
        """What is counted between the bounds, from below the first one to above the last one."""
        edges = [None, *self.bounds, None]
        return [Range(a, b, below=True) for a, b in pairwise(edges)]


def filters_of(text: str, fields: Fields) -> tuple[Wanted, ...]:
    """Read filters. Refuses with `FilterUnknown` and `FilterUnreadable`."""
    return wanted_in(text, fields.known)


def facets_of(text: str, fields: Fields) -> tuple[Facet, ...]:
    """Read facets: names with commas between them, each with bounds in brackets if its ranges are
    to be counted: ``type,abv[40,46]``.

    Refuses with `FacetUnknown` and `FilterUnreadable`.
    """
    facets: dict[str, Facet] = {}
    for item in _split_outside_brackets(text):
        found = _FACET.fullmatch(item.strip())
        if found is None:
            raise _unreadable(f"{item!r} is no facet; write it as type or abv[40,46]")
        name, bounds = found.groups()
        field = fields.known.get(name)
        if field is None or not field.is_facet:
            raise FacetUnknown(name=name, remedy=nearest_name(name, fields.facets))
        facets[name] = Facet(name, _bounds(field, bounds), field.in_days)
    if len(facets) > FACETS_MAX:
        raise _unreadable(f"has {len(facets)} facets; leave at most {FACETS_MAX}")
    return tuple(facets.values())


def _bounds(field: Field, text: str | None) -> tuple[float, ...]:
    if text is None:
        return ()
    bounds = [figure_in(field, each.strip()) for each in text.split(",")]
    if not field.has_ranges or None in bounds:
        remedy = f"write them as {field.name}[{range_example(field).replace('..', ',')}]"
        remedy = remedy if field.has_ranges else "leave them out"
        raise _unreadable(f"{field.name}[{text}]: these are no bounds; {remedy}")
    if len(bounds) > BOUNDS_MAX:
        raise _unreadable(f"{field.name} has more than {BOUNDS_MAX} bounds")
    return tuple(sorted({each for each in bounds if each is not None}))


def _split_outside_brackets(text: str) -> list[str]:
    return [each for each in re.split(r",(?![^\[]*\])", text) if each.strip()]


def _unreadable(problem: str) -> FilterUnreadable:
    return FilterUnreadable(field="facets", problem=problem)
