"""What a channel is and how it may change. Pure: no I/O, no clock, no database."""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rackhouse.channels.errors import ChannelAlreadyOpen, ChannelNotFound, InvalidChannel
from rackhouse.channels.events import ChannelChanged, ChannelClosed, ChannelOpened
from rackhouse.platform.http.endpoint import VersionIsStale

__all__ = [
    "LOCATIONS_LIMIT",
    "Channel",
    "ChannelEvent",
    "ChannelSourcing",
    "Handle",
    "Kind",
    "SourcingStrategy",
    "State",
    "Terms",
    "apply",
    "change",
    "close",
    "is_handle",
    "open_",
]

NAME_LENGTH_LIMIT = 200
LOCATIONS_LIMIT = 100

Kind = Literal["web_shop", "pos", "marketplace", "social_shop", "wholesale", "other"]
SourcingStrategy = Literal["channel_order", "nearest", "fewest_parcels", "spread"]
Handle = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern="^[a-z0-9][a-z0-9._-]*$",
        description="1 to 64 small letters, digits, `.`, `_` and `-`; a letter or digit first.",
    ),
]
ChannelEvent = ChannelOpened | ChannelChanged | ChannelClosed

_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that may be changed of a channel."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=NAME_LENGTH_LIMIT,
            pattern="^[^\\x00-\\x1f\\x7f]+$",
            description="What people call it.",
        ),
    ]
    kind: Annotated[Kind, Meta(description="How it sells.")]
    locations: Annotated[
        tuple[Handle, ...],
        Meta(
            min_length=1,
            max_length=LOCATIONS_LIMIT,
            description="The locations it sells from, in the order in which they serve.",
        ),
    ]
    enabled: Annotated[bool, Meta(description="Whether it may sell at present.")]
    sourcing: Annotated[
        SourcingStrategy,
        Meta(description="How to choose the location that serves, where an order does not say."),
    ] = "channel_order"
    split: Annotated[
        bool,
        Meta(description="Whether several locations may serve an order that does not say."),
    ] = True


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Who sells: a web shop, a till, a marketplace."""

    id: str
    name: str
    kind: Kind
    locations: tuple[str, ...]
    enabled: bool
    version: int
    sourcing: SourcingStrategy = "channel_order"
    split: bool = True

    def terms(self) -> Terms:
        """What may be changed of it."""
        return Terms(**{field: getattr(self, field) for field in Terms.__struct_fields__})


class ChannelSourcing(msgspec.Struct, frozen=True):
    """How the orders of a channel are sourced, where they do not say so themselves."""

    strategy: SourcingStrategy
    split: bool


class State(msgspec.Struct, frozen=True):
    """A channel as it was last known, open or closed: a closed one keeps its version, so that no
    version of a handle ever comes twice."""

    channel: Channel
    closed: bool


def open_(state: State | None, channel_id: str, terms: Terms) -> ChannelOpened:
    """Open a channel; refuses with `ChannelAlreadyOpen` and `InvalidChannel`."""
    if not is_handle(channel_id):
        raise InvalidChannel(field="id", problem=f"{channel_id!r} is not a handle")
    _refuse_invalid(terms)
    if state is not None and not state.closed:
        raise ChannelAlreadyOpen(channel=channel_id)
    return ChannelOpened(id=channel_id, **msgspec.structs.asdict(terms))


def change(
    state: State | None, channel_id: str, terms: Terms, *, expected_version: int | None
) -> ChannelChanged | None:
    """Give a channel other terms; None where they are what they were.

    Refuses with `ChannelNotFound`, `VersionIsStale` and `InvalidChannel`.
    """
    channel = _current(state, channel_id, expected_version)
    _refuse_invalid(terms)
    if channel.terms() == terms:
        return None
    return ChannelChanged(id=channel_id, **msgspec.structs.asdict(terms))


def close(state: State | None, channel_id: str, *, expected_version: int | None) -> ChannelClosed:
    """Close a channel; refuses with `ChannelNotFound` and `VersionIsStale`."""
    _current(state, channel_id, expected_version)
    return ChannelClosed(id=channel_id)


def apply(state: State | None, event: ChannelEvent) -> State:
    """The state after an event; never refuses."""
    version = state.channel.version + 1 if state else 1
    if isinstance(event, ChannelClosed):
        assert state is not None
        return State(msgspec.structs.replace(state.channel, version=version), closed=True)
    facts = msgspec.structs.asdict(event)
    return State(Channel(version=version, **facts), closed=False)


def is_handle(text: str) -> bool:
    """Whether a text has the form of a channel's or a location's id."""
    return _HANDLE.fullmatch(text) is not None


def _current(state: State | None, channel_id: str, expected_version: int | None) -> Channel:
    if state is None or state.closed:
        raise ChannelNotFound(channel=channel_id)
    if expected_version not in (None, state.channel.version):
        raise VersionIsStale(current=state.channel.version)
    return state.channel


def _refuse_invalid(terms: Terms) -> None:
    name_fits = terms.name.strip() and len(terms.name) <= NAME_LENGTH_LIMIT
    if not name_fits or _CONTROL.search(terms.name):
        problem = f"write 1 to {NAME_LENGTH_LIMIT} characters, none of them a control character"
        raise InvalidChannel(field="name", problem=problem)
    if not 1 <= len(terms.locations) <= LOCATIONS_LIMIT:
        raise InvalidChannel(field="locations", problem=f"name 1 to {LOCATIONS_LIMIT} of them")
    for index, location in enumerate(terms.locations):
        if not is_handle(location):
            raise InvalidChannel(
                field=f"locations[{index}]", problem=f"{location!r} is not a handle"
            )
        if location in terms.locations[:index]:
            raise InvalidChannel(
                field=f"locations[{index}]", problem=f"{location} is listed twice; keep one"
            )
