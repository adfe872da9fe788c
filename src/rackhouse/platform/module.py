"""The manifest of a module: what it announces to the entry points."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, LiteralString

import msgspec

from rackhouse.platform.context import Context
from rackhouse.platform.events import Event, EventLog, Position

if TYPE_CHECKING:
    from rackhouse.platform.house import House
    from rackhouse.platform.http import Endpoint
    from rackhouse.platform.tail import LogTail, Tail

__all__ = [
    "BeforeArchiving",
    "Job",
    "Listener",
    "LogReader",
    "Module",
    "OwnEndpoints",
    "Subscription",
    "endpoints_in_force",
]


BeforeArchiving = Callable[[Context, Mapping[str, int]], Awaitable[None]]
"""What a module does before events leave its log: it is told the newest version of each stream
that will be in the archive, and in the log besides."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work on a clock. Only one worker does it at a time; it must be bounded and repeatable."""

    name: str
    every_seconds: int
    permissions: frozenset[str]
    run: Callable[..., Awaitable[Any]]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A durable reader of another module's log: each event at least once, in order.

    Events are handed over once they are ``after_seconds`` old.
    """

    name: str
    log: str
    after_seconds: float
    permissions: frozenset[str]
    receive: Callable[[Context, Sequence[Event]], Awaitable[None]]


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A reader of a log within each API process, from the moment it starts: for what is kept in
    memory only."""

    log: str
    hear: "Callable[[House, Sequence[Event]], None]"


class LogReader(msgspec.Struct, frozen=True, kw_only=True):
    """A reader of other modules' logs that remembers its place itself. ``position`` answers how
    far it has read a log; events after that are not archived. None is for logs it does not read.
    """

    name: str
    position: "Callable[[House, str], Awaitable[Position | None]]"


OwnEndpoints = Callable[["House"], Awaitable[Sequence["Endpoint"]]]
"""Asks a house for the endpoints that its data make."""


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """One module: its name (also of its folder and schema) and what it offers.

    ``own_endpoints`` are those that the data of a house make, beside or instead of those of the
    same method and path that every house has; the same sequence for as long as they are the same.
    ``servers`` listen beside HTTP in each API process for as long as the returned context is
    entered; like ``mounts`` they are made with the house and what turns a request into its caller.
    ``keepers`` run in each worker for as long as it works. ``figures`` tells metrics in Prometheus'
    text format that are read anew each time. ``outlet_kinds`` are for the module `outlets`.
    ``feed_tail`` makes the tail of what is public of a log, for feeds that do not hear it from the
    database.
    ``before_archiving`` is called before events leave its own log, with a context that has the
    ``archiving_permissions``.
    """

    name: LiteralString
    event_log: EventLog | None = None
    event_types: Mapping[str, type[msgspec.Struct]] = msgspec.field(default_factory=dict)
    endpoints: "Sequence[Endpoint]" = ()
    own_endpoints: "OwnEndpoints | None" = None
    mounts: Mapping[str, Callable[..., Any]] = msgspec.field(default_factory=dict)
    servers: "Sequence[Callable[..., AbstractAsyncContextManager[None]]]" = ()
    jobs: Sequence[Job] = ()
    subscriptions: Sequence[Subscription] = ()
    listeners: Sequence[Listener] = ()
    keepers: "Sequence[Callable[[House], Coroutine[Any, Any, None]]]" = ()
    figures: "Callable[[House], Awaitable[bytes]] | None" = None
    outlet_kinds: Sequence[Any] = ()
    feed_tail: "Callable[[House, str, LogTail], Tail] | None" = None
    readers: Sequence[LogReader] = ()
    before_archiving: "BeforeArchiving | None" = None
    archiving_permissions: frozenset[str] = frozenset()


async def endpoints_in_force(house: "House") -> "list[Endpoint]":
    """Every endpoint of a house's modules as it is now: those that its data make go before those
    of the same method and path that every house has."""
    endpoints = {
        (each.method, each.path): each for module in house.modules for each in module.endpoints
    }
    for module in house.modules:
        if module.own_endpoints is not None:
            own = await module.own_endpoints(house)
            endpoints |= {(each.method, each.path): each for each in own}
    return list(endpoints.values())
