"""What an adapter is: a value that says how one kind of channel is spoken to.

It says how to authenticate, what to push and what to receive. It knows nothing of cursors, retries,
orders or the database; what it is told in settings and secrets reaches it with each call. A third
party ships one as a package with an entry point of the group `ENTRY_POINT_GROUP`.
"""

import datetime
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.connectors.facts import Fact, RemoteItem, RemoteLevel, RemotePlace
from rackhouse.connectors.remote import Pace, Remote, Setup

__all__ = [
    "ENTRY_POINT_GROUP",
    "ONE_PLACE",
    "Adapter",
    "Delivery",
    "ItemPage",
    "NotGenuine",
    "Received",
    "SalePage",
    "Secret",
    "Standing",
    "Told",
    "Wanted",
    "Written",
]

ENTRY_POINT_GROUP = "rackhouse.adapters"
ONE_PLACE = "-"


class NotGenuine(Exception):
    """A delivery does not carry the proof that the channel sent it; the message says what is
    wrong with it, and nothing of what would be right."""


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that an adapter needs, such as a token; of ``length_min`` characters at least."""

    description: str
    required: bool = True
    length_min: int = 1


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A request that came to a connection's inbox: as it was sent, headers by their names in small
    letters, and the URL that the channel was given to send it to."""

    body: bytes
    headers: Mapping[str, str]
    topic: str | None
    url: str
    received_at: datetime.datetime


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A genuine delivery. The channel repeats a message under the same ``message_id``."""

    message_id: str
    topic: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a channel, kept as it was received, to be read now."""

    topic: str
    body: bytes
    received_at: datetime.datetime


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found: whom the channel takes us for, and what we may not do there."""

    account: str
    missing: tuple[str, ...] = ()


class ItemPage(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a channel's catalog; no cursor on the last page."""

    items: Sequence[RemoteItem]
    cursor: str | None = None


class SalePage(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a channel's sales, and of refunds where those are told apart from them; no cursor on
    the last page."""

    sales: Sequence[Fact]
    cursor: str | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The figure that a channel shall have, and the one that was found there.

    ``key`` is the same when the same change is asked for again.
    """

    item: str
    place: str
    quantity: int
    found: RemoteLevel
    key: str


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a figure: ``taken``; ``stale``, because the channel has another figure by now
    than was found; or ``refused`` for a reason that trying again does not mend."""

    item: str
    place: str
    status: str
    problem: str | None = None


async def _one_place(_: Remote) -> Sequence[RemotePlace]:
    return (RemotePlace(id=ONE_PLACE, name="the whole channel"),)


class Adapter(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind of channel is spoken to.

    - ``settings`` is a frozen struct of what may be said in the open (forbid unknown fields; give
      each field a description), ``secrets`` what may not; ``refuse`` raises `ValueError`
      ("field: problem") where settings can not be meant together.
    - ``target`` names the settings that say where the secrets are sent; they stay as they are.
    - ``pace`` says of settings how fast the channel lets itself be asked.
    - ``check`` asks the channel who we are and what we may do.
    - ``items`` is a page of its catalog, ``places`` the locations that it keeps stock at; left out,
      it keeps one stock (`ONE_PLACE`).
    - ``receive`` verifies a delivery over its raw body, in constant time, within the replay window
      of the protocol where it has one, and raises `NotGenuine`; it does nothing else. None: the
      channel sends nothing.
    - ``read`` says what a message that was received means; it may ask the channel.
    - ``sales`` is a page of the sales that changed at or after a time.
    - ``levels`` reads the channel's own figures, ``write`` sets them; where ``compares``, only if
      the figure there is still the one that was found. None: stock is not pushed.

    Facts are told as they stand: the same one any number of times, and in any order.
    """

    name: str
    title: str
    settings: type[msgspec.Struct]
    secrets: Mapping[str, Secret]
    target: tuple[str, ...]
    pace: Callable[[Any], Pace]
    check: Callable[[Remote], Awaitable[Standing]]
    items: Callable[[Remote, str | None], Awaitable[ItemPage]]
    places: Callable[[Remote], Awaitable[Sequence[RemotePlace]]] = _one_place
    receive: Callable[[Setup, Delivery], Received] | None = None
    read: Callable[[Remote, Told], Awaitable[Sequence[Fact]]] | None = None
    sales: Callable[[Remote, datetime.datetime, str | None], Awaitable[SalePage]] | None = None
    levels: (
        Callable[[Remote, Sequence[tuple[str, str]]], Awaitable[Sequence[RemoteLevel]]] | None
    ) = None
    write: Callable[[Remote, Sequence[Wanted]], Awaitable[Sequence[Written]]] | None = None
    write_limit: int = 100
    compares: bool = False
    refuse: Callable[[Any], None] | None = None
