"""Grades, and nDCG: how good ten products are as an answer, of how good ten could be."""

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from rackhouse.catalog import ListedProduct

__all__ = ["CUTOFF", "Judged", "Query", "grades_of", "judged_queries", "ndcg"]

QUERIES = Path(__file__).parent / "queries.toml"
CUTOFF = 10
BEST = 3

Aspects = Mapping[str, list[str]]


class Query(msgspec.Struct, frozen=True):
    """What was typed, of which kind it is, and what was meant. Every other one of a kind is held
    out: nothing is tuned by it."""

    text: str
    kind: str
    held_out: bool
    must: Aspects
    also: Aspects


class Judged(msgspec.Struct, frozen=True):
    """A query and how good the answer to it was."""

    query: Query
    ndcg: float


class _Meant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    must: dict[str, list[str]]
    also: dict[str, list[str]] = {}


def judged_queries(path: Path = QUERIES) -> list[Query]:
    """The queries, by kind."""
    kinds = msgspec.convert(tomllib.loads(path.read_text()), dict[str, dict[str, _Meant]])
    return [
        Query(text, kind, bool(number % 2), meant.must, meant.also)
        for kind, queries in kinds.items()
        for number, (text, meant) in enumerate(queries.items())
    ]


def grades_of(query: Query, products: Iterable[ListedProduct]) -> dict[str, int]:
    """The grade of each product that is of any use, by its id."""
    grades = {}
    for product in products:
        if all(_holds(product, name, values) for name, values in query.must.items()):
            also = [_holds(product, name, values) for name, values in query.also.items()]
            half = 2 * sum(also) >= len(also)
            grades[product.id] = BEST if all(also) else 2 if half else 1
    return grades


def ndcg(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """The gain of what was found, the further behind the less, over the most that there could be
    (Järvelin and Kekäläinen 2002, with gains of 2 to the power of the grade, less 1)."""
    best = sorted(grades.values(), reverse=True)
    return _gain(grades.get(each, 0) for each in found[:CUTOFF]) / _gain(best[:CUTOFF])


def _gain(grades: Iterable[int]) -> float:
    gains = ((2.0**grade - 1) / math.log2(2 + place) for place, grade in enumerate(grades))
    return math.fsum(gains)


def _holds(product: ListedProduct, name: str, values: list[str]) -> bool:
    if name == "name_begins":
        return product.name.lower().startswith(tuple(values))
    said = product.type if name == "type" else product.attributes.get(name)
    many = said if isinstance(said, list | tuple) else [said]
    return any(str(each).lower() in values for each in many)
