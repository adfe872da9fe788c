"""Following a stream: what its lines say, where to resume, and whether something is missing.

Nothing here reads or writes; both kinds of client feed it with lines.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from rackhouse_client.problems import Problem, RackhouseError

__all__ = ["Change", "Follower", "GapFound", "Live", "Message", "StockRow", "filter_of"]

STREAM_PATH = "/api/v1/stream"
FIGURES = (
    "on_hand",
    "held",
    "committed",
    "available",
    "unavailable",
    "allotted",
    "safety",
    "frozen",
)
Values: TypeAlias = Sequence[str] | str | None


class StockRow(msgspec.Struct, frozen=True):
    """The figures of a SKU at a location, after the event of this ``sequence``."""

    stream: str
    sequence: int
    sku: str
    location: str
    on_hand: int
    held: int
    committed: int
    available: int
    unavailable: int = 0
    allotted: int = 0
    safety: int = 0
    frozen: int = 0


class Change(msgspec.Struct, frozen=True):
    """What happened: ``type`` is the event's, ``data`` the particulars. Of stock it has the figures
    after it as ``row``."""

    type: str
    stream: str
    sequence: int
    data: dict[str, Any]
    channel: str | None
    recorded_at: datetime.datetime
    cursor: str
    row: StockRow | None = None


class Live(msgspec.Struct, frozen=True):
    """All that was missed has been told; from here on changes come as they are committed."""

    cursor: str


Message: TypeAlias = StockRow | Change | Live


class GapFound(RackhouseError):
    """A sequence number was skipped; the follower goes back to where it was sure."""


class _Told(msgspec.Struct, frozen=True):
    type: str
    cursor: str | None = None
    stock: list[StockRow] = []
    stream: str = ""
    sequence: int = 0
    data: dict[str, Any] = {}
    channel: str | None = None
    recorded_at: datetime.datetime | None = None
    reason: str = ""
    sku: str | None = None
    location: str | None = None
    on_hand: int | None = None
    held: int = 0
    committed: int = 0
    available: int = 0
    unavailable: int = 0
    allotted: int = 0
    safety: int = 0
    frozen: int = 0

    def row(self) -> StockRow | None:
        """The figures, of a change of stock."""
        if self.sku is None or self.location is None or self.on_hand is None:
            return None
        figures = [getattr(self, name) for name in FIGURES]
        return StockRow(self.stream, self.sequence, self.sku, self.location, *figures)


def filter_of(**values: Values) -> dict[str, str]:
    """What to follow, as a query; refuses with ValueError what a query can not say."""
    query = {}
    for name, given in values.items():
        if given is None:
            continue
        wanted = [given] if isinstance(given, str) else list(given)
        if any("," in each for each in wanted):
            raise ValueError(
                f"{name}: a value with a comma can only be followed over the WebSocket"
            )
        query[name] = ",".join(wanted)
    return query


class Follower:
    """One stream across all of its connections.

    ``cursor`` is where it has come to. Sequence numbers are watched for each stock: what is known
    already is left out, and what was skipped is asked for again.
    """

    def __init__(self, asked: Mapping[str, str], *, cursor: str | None, snapshot: bool) -> None:
        self.cursor = cursor
        self.resumed = 0
        self.gaps = 0
        self.closed: str | None = None
        self.was_heard = False
        self._asked = dict(asked)
        self._snapshot = snapshot
        self._known: dict[str, int] = {}
        self._watches = "type" not in asked
        self._gap: tuple[str, int] | None = None
        self._data: list[str] = []

    def query(self) -> dict[str, str]:
        """What to ask for."""
        if self.cursor is None and not self._snapshot:
            return {**self._asked, "snapshot": "false"}
        return self._asked

    def headers(self) -> dict[str, str]:
        """Where to go on."""
        told = {"accept": "text/event-stream"}
        if self.cursor is not None:
            told["last-event-id"] = self.cursor
        return told

    def begin(self) -> None:
        """A connection is about to be made."""
        self.closed, self.was_heard = None, False
        self._data.clear()

    def take(self, line: str) -> list[Message]:
        """What a line of the event stream completes; raises `GapFound`."""
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
        if line or not self._data:
            return []
        told = _DECODER.decode("\n".join(self._data))
        self._data.clear()
        return self._told(told)

    def refused(self, problem: Problem) -> bool:
        """Whether a refused connection may be tried again at once, from the start: the cursor is
        of other logs, such as those before a restore."""
        if self.cursor is None or not problem.type.startswith("cursor-"):
            return False
        self._start_anew()
        self._known.clear()
        return True

    def _told(self, told: _Told) -> list[Message]:
        self.was_heard = True
        if told.type == "snapshot":
            fresh = [row for row in told.stock if self._is_new(row)]
            return list(fresh)
        if told.type == "closed":
            self.closed = told.reason
            self.cursor = told.cursor or self.cursor
            return []
        if told.type == "live" and told.cursor is not None:
            self.cursor, self._snapshot = told.cursor, True
            return [Live(told.cursor)]
        if told.recorded_at is None or told.cursor is None:  # a heartbeat
            self.cursor = told.cursor or self.cursor
            return []
        return self._changed(told, told.recorded_at, told.cursor)

    def _changed(self, told: _Told, recorded_at: datetime.datetime, cursor: str) -> list[Message]:
        row = told.row()
        if row is not None:
            self._refuse_gap(row)
        self.cursor = cursor
        if row is not None and not self._is_new(row):
            return []
        return [
            Change(
                told.type,
                told.stream,
                told.sequence,
                told.data,
                told.channel,
                recorded_at,
                cursor,
                row,
            )
        ]

    def _is_new(self, row: StockRow) -> bool:
        if row.sequence <= self._known.get(row.stream, 0):
            return False
        self._known[row.stream] = row.sequence
        return True

    def _refuse_gap(self, row: StockRow) -> None:
        """At a gap go back to the cursor before it; at the same gap again, to a new snapshot."""
        known = self._known.get(row.stream)
        if not self._watches or known is None or row.sequence <= known + 1:
            return
        self.gaps += 1
        if self._gap == (row.stream, row.sequence):
            self._start_anew()
        self._gap = (row.stream, row.sequence)
        raise GapFound(f"{row.stream} went from {known} to {row.sequence}")

    def _start_anew(self) -> None:
        self.cursor, self._snapshot, self._gap = None, True, None


_DECODER = msgspec.json.Decoder(_Told)
