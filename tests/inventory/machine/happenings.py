"""The bookkeeper: what each event does to the pieces, and what it must never do."""

from collections.abc import Callable
from typing import Any

import msgspec

from machine.of_holds import OfHolds
from machine.of_limits import OfLimits
from machine.of_promises import OfPromises
from machine.of_stock import OfStock
from rackhouse.inventory.rules import Key
from rackhouse.platform.events import NewEvent

__all__ = ["Bookkeeper"]


class Bookkeeper(OfHolds, OfStock, OfLimits, OfPromises):
    """Books that follow the events, and fail at any that should not have happened."""

    def note(self, event: NewEvent) -> None:
        """Let an event happen."""
        known = self.versions.get(event.stream, 0)
        assert event.version == known + 1, f"{event.stream} goes on from {known}"
        self.versions[event.stream] = event.version
        name = type(event.data).__name__
        if not hasattr(event.data, "change"):
            note: Callable[[str, Any], None] = getattr(self, f"_note_{name}")
            note(event.stream, event.data)
            return
        sku, _, place = event.stream.rpartition("@")
        key = (sku, place)
        happen: Callable[[Key, Any], None] = getattr(self, f"_on_{name}")
        happen(key, event.data)
        after = event.after
        assert after is not None, "every event of stock has figures"
        told = msgspec.structs.asdict(after)
        assert told == self.figures(key), f"{name} at {key} records {told}"

    def nothing_is_under_way(self) -> None:
        """Whatever was taken for somebody has been given to them."""
        due = {at: each for at, each in self.arrivals.items() if each.held or each.sold}
        assert not due, f"promised pieces were kept and not allocated: {due}"
        self.arrivals.clear()
