"""Which value is taken where several rows make one product.

Each choice is two functions: one that gathers a further value, and one that says what was chosen.
What is gathered is bounded: one value, or a count for each of at most ``DIFFERENT_VALUES_MAX``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from .conversions import Unfit

DIFFERENT_VALUES_MAX = 1_000


class Choice(NamedTuple):
    """``gather(so_far, value)`` gives the new ``so_far``; ``chosen(so_far)`` the value taken."""

    gather: Callable[[Any, Any], Any]
    chosen: Callable[[Any], Any]


def _first(so_far: Any, value: Any) -> Any:
    return value if so_far is None else so_far


def _last(so_far: Any, value: Any) -> Any:
    return value


def _largest(so_far: Any, value: Any) -> Any:
    return value if so_far is None or value > so_far else so_far


def _smallest(so_far: Any, value: Any) -> Any:
    return value if so_far is None or value < so_far else so_far


def _count(so_far: Any, value: Any) -> Any:
    counts = {} if so_far is None else so_far
    if value not in counts and len(counts) >= DIFFERENT_VALUES_MAX:
        raise Unfit(f"more than {DIFFERENT_VALUES_MAX} different values under one key")
    counts[value] = counts.get(value, 0) + 1
    return counts


def _most_counted(so_far: Any) -> Any:
    """The value that came most often; of equals, the one that came first."""
    return max(so_far, key=so_far.__getitem__)


def _join(so_far: Any, value: Any) -> Any:
    joined = [] if so_far is None else so_far
    items = value if isinstance(value, tuple) else (value,)
    joined.extend(item for item in items if item not in joined)
    if len(joined) > DIFFERENT_VALUES_MAX:
        raise Unfit(f"more than {DIFFERENT_VALUES_MAX} different items under one key")
    return joined


def _itself(so_far: Any) -> Any:
    return so_far


CHOICES = {
    "first": Choice(_first, _itself),
    "last": Choice(_last, _itself),
    "largest": Choice(_largest, _itself),
    "smallest": Choice(_smallest, _itself),
    "most_frequent": Choice(_count, _most_counted),
    "join": Choice(_join, tuple),
}
