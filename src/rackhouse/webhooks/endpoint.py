"""A webhook as it is kept, and as it is shown."""

import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rackhouse.outlets import Lag

__all__ = [
    "Attempt",
    "Beginning",
    "Endpoint",
    "Format",
    "NewWebhook",
    "Secret",
    "Terms",
    "Tested",
    "Webhook",
]

DESCRIPTION_LENGTH_LIMIT = 200
URL_LENGTH_LIMIT = 2_000

Format = Literal["single", "batch"]
FilterValues = dict[str, list[str]]


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that may be changed of a webhook."""

    url: Annotated[
        str,
        Meta(min_length=1, max_length=URL_LENGTH_LIMIT, description="Where to send, by https."),
    ]
    description: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=DESCRIPTION_LENGTH_LIMIT,
            pattern="^[^\\x00-\\x1f\\x7f]+$",
            description="What people call it.",
        ),
    ]
    format: Annotated[
        Format, Meta(description="One event a request, or up to a hundred in a batch.")
    ] = "single"
    filter: Annotated[
        FilterValues,
        Meta(description="What to be told of: `sku`, `product`, `location`, `channel`, `type`."),
    ] = {}
    conflate_after: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(
            description="Once more messages wait, only the newest level of each stock is sent; "
            "null for every change."
        ),
    ] = None
    signals: Annotated[
        bool,
        Meta(
            description="Whether it is also told `live` when it has caught up, and a `heartbeat` "
            "whenever nothing happened for a while, as streams are."
        ),
    ] = False
    enabled: Annotated[bool, Meta(description="Whether anything is sent.")] = True


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """Where a webhook begins: after a cursor, or with the stock as it is, or with what comes."""

    cursor: str | None = None
    snapshot: bool = False


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as it is kept."""

    id: str
    terms: Terms
    channel: str | None
    hears_orders: bool
    begins: Beginning
    added_at: datetime.datetime
    version: int
    removed: bool


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret, sealed, and until when it signs; None for the newest one."""

    id: str
    sealed: bytes
    made_at: datetime.datetime
    retires_at: datetime.datetime | None


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook and how it does. ``state`` is running, paused or disabled, or opening for a moment
    after it was added; ``secrets`` says how many secrets sign."""

    id: str
    url: str
    description: str
    format: Format
    filter: FilterValues
    conflate_after: int | None
    signals: bool
    enabled: bool
    channel: str | None
    added_at: datetime.datetime
    version: int
    secrets: int
    state: str
    reason: str
    problem: str
    lag: Lag
    dead_letters: int


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that was just added, or got another secret: the only time that it is shown."""

    id: str
    secret: str


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt to deliver: how many messages in how many milliseconds, the first (or the refused)
    of them, and what came of it. ``status`` is null where no answer came; ``answer`` is its
    beginning where it was not what it should be."""

    id: str
    attempted_at: datetime.datetime
    messages: int
    message_id: str
    type: str
    status: int | None
    milliseconds: float
    problem: str
    answer: str


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a test: whether it was taken, the status and time of the answer, and how it
    begins."""

    taken: bool
    message_id: str
    status: int | None
    milliseconds: float
    problem: str
    answer: str
