"""The newest events of some logs, for a board that was not there when they happened."""

from collections.abc import Sequence

from rackhouse.platform.events import Event, Position
from rackhouse.platform.house import House

__all__ = ["recent_events"]

WINDOWS = (20, 500, 10_000)
"""How many transactions to look back, one after the other, until enough events are found."""
PAGES_LIMIT = 10


async def recent_events(house: House, logs: Sequence[str], count: int) -> list[Event]:
    """The newest ``count`` events of the logs that this house has, oldest first.

    Fewer where the newest transactions of a log hold fewer.
    """
    found: list[Event] = []
    for module in house.modules:
        if module.event_log is not None and module.name in logs:
            found += await _newest(house, module.name, count)
    return sorted(found, key=lambda event: event.recorded_at)[-count:]


async def _newest(house: House, module: str, count: int) -> list[Event]:
    log = next(each.event_log for each in house.modules if each.name == module)
    assert log is not None
    found: list[Event] = []
    async with house.database(module).transaction() as tx:
        newest = await log.horizon(tx)
        for window in WINDOWS:
            place = Position(max(0, newest.transaction_id - window), 0)
            found = []
            for _ in range(PAGES_LIMIT):
                page = await log.read(tx, after=place)
                if not page.events:
                    break
                found = [*found, *page.events][-count:]
                place = page.events[-1].position
            if len(found) >= count:
                break
    return found
