"""The history of a simulation: what everybody was told and what the logs recorded, as text.

Ids are drawn anew in each run, and those who asked in the same moment may come in any order. So
ids are replaced by the names of sales, times are counted from the beginning, and what happened
in the same moment is sorted. The same seed then gives the same text, byte by byte.
"""

import datetime
import hashlib
import re
from collections.abc import Mapping, Sequence

from rackhouse.platform.events import START, Event
from rackhouse.platform.house import House
from rackhouse.simulation.books import Books
from rackhouse.simulation.survey import OrderSeen

__all__ = ["events_of", "hash_of", "history_of"]

LOGS = ("inventory", "orders")
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NUMBERS = re.compile(r"(?:web|till|market)-\d+-\d+")
TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")


async def history_of(
    house: House, books: Books, orders: Sequence[OrderSeen], begins_at: datetime.datetime
) -> list[str]:
    """All that happened, a line each, in the order of time."""
    names = _names(books, orders)
    lines = [
        _line(event, names, begins_at) for log in LOGS for event in await events_of(house, log)
    ]
    return sorted([*lines, *books.told], key=_moment)


def hash_of(history: Sequence[str]) -> str:
    """The SHA-256 of a history."""
    return hashlib.sha256("\n".join(history).encode()).hexdigest()


async def events_of(house: House, log: str) -> list[Event]:
    """Every event of a log, in order."""
    module = next(each for each in house.modules if each.name == log)
    assert module.event_log is not None
    events: list[Event] = []
    async with house.database(log).transaction() as tx:
        position = START
        while True:
            page = await module.event_log.read(tx, after=position)
            if not page.events:
                return events
            events += page.events
            position = page.events[-1].position


def _names(books: Books, orders: Sequence[OrderSeen]) -> dict[str, str]:
    names = {each.external_id: each.name for each in books.sales.values()}
    for order in orders:
        sale = books.sales.get((order.channel, order.external_id or ""))
        if sale is not None:
            names[order.id] = f"<order {sale.name}>"
            names[order.hold_id] = f"<hold {sale.name}>"
    return names


def _line(event: Event, names: Mapping[str, str], begins_at: datetime.datetime) -> str:
    def seconds(found: re.Match[str]) -> str:
        at = datetime.datetime.fromisoformat(found.group())
        return f"{(at - begins_at).total_seconds():.3f}"

    text = f"{event.type} {event.stream} {event.channel} {event.data}"
    text = IDS.sub(lambda found: names.get(found.group(), "<id>"), text)
    text = NUMBERS.sub(lambda found: names.get(found.group(), found.group()), text)
    return f"{(event.recorded_at - begins_at).total_seconds():.3f} {TIMES.sub(seconds, text)}"


def _moment(line: str) -> tuple[float, str]:
    return float(line.split(" ", 1)[0]), line
