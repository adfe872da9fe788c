"""How a simulator misbehaves, by a seed: the same seed, the same misbehaviour."""

import random

import msgspec

__all__ = ["NONE", "Faults", "Luck"]


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """The shares of what goes wrong, each between 0 and 1.

    Deliveries come twice, or later than what happened after them, or not at all. Answers to
    requests fail: half of them before anything was done, half of them after. ``throttled``
    requests are refused as too many.
    """

    duplicates: float = 0.0
    reorderings: float = 0.0
    failures: float = 0.0
    throttled: float = 0.0
    seed: int = 1


NONE = Faults()


class Luck:
    """What goes wrong next."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._deliveries = random.Random(f"{faults.seed} deliveries")  # noqa: S311
        self._requests = random.Random(f"{faults.seed} requests")  # noqa: S311

    def is_duplicated(self) -> bool:
        """Whether the next delivery comes twice."""
        return self._deliveries.random() < self._faults.duplicates

    def is_reordered(self) -> bool:
        """Whether the next delivery comes later than it should."""
        return self._deliveries.random() < self._faults.reorderings

    def is_lost(self) -> bool:
        """Whether the next delivery does not come."""
        return self._deliveries.random() < self._faults.failures

    def places_later(self) -> int:
        """By how many places a delivery is late."""
        return self._deliveries.randint(1, 8)

    def is_throttled(self) -> bool:
        """Whether the next request is refused as one too many."""
        return self._requests.random() < self._faults.throttled

    def fails_before(self) -> bool:
        """Whether the next request fails before anything is done."""
        return self._requests.random() < self._faults.failures / 2

    def fails_after(self) -> bool:
        """Whether the answer to the next request is lost after all is done."""
        return self._requests.random() < self._faults.failures / 2
