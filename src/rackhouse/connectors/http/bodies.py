"""What is asked and answered about connections."""

import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.connectors.rules import NAME_LENGTH_LIMIT
from rackhouse.platform.http import PageQuery

__all__ = [
    "CONNECTION_ID",
    "AdapterAnswer",
    "AdaptersAnswer",
    "ConnectionAnswer",
    "ConnectionBody",
    "ConnectionDetail",
    "ConnectionTerms",
    "Kept",
    "MappedAnswer",
    "MappingBody",
    "MappingsBody",
    "MappingsQuery",
    "NothingBody",
    "PolledAnswer",
    "RetriedAnswer",
    "RetryBody",
    "SecretAnswer",
    "SecretsBody",
]

MAPPINGS_LIMIT = 500
FIELDS_LIMIT = 100

CONNECTION_ID = {"connection_id": "The connection's handle, such as `shopify-eu`."}
_PRINTABLE = "^[^\\x00-\\x1f\\x7f]+$"

Handle = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern="^[a-z0-9][a-z0-9._-]*$",
        description="1 to 64 small letters, digits, `.`, `_` and `-`; a letter or digit first.",
    ),
]
Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=NAME_LENGTH_LIMIT,
        pattern=_PRINTABLE,
        description="What people call it.",
    ),
]
Settings = Annotated[
    dict[str, Any],
    Meta(max_length=FIELDS_LIMIT, description="What the adapter asks for, in the open."),
]
SecretText = Annotated[str, Meta(min_length=1, max_length=4096)]
RemoteId = Annotated[str, Meta(min_length=1, max_length=200, pattern=_PRINTABLE)]


class ConnectionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A connection to open. Secrets are kept encrypted and never shown again."""

    id: Handle
    channel: Handle
    adapter: Annotated[str, Meta(min_length=1, max_length=64, description="As in `/adapters`.")]
    name: Name
    settings: Settings = msgspec.field(default_factory=dict)
    secrets: Annotated[
        dict[str, SecretText],
        Meta(max_length=FIELDS_LIMIT, description="What the adapter asks for, in confidence."),
    ] = msgspec.field(default_factory=dict)
    enabled: Annotated[bool, Meta(description="Whether it is used at once.")] = True


class ConnectionTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that may be changed of a connection in the open."""

    name: Name
    settings: Settings
    enabled: Annotated[bool, Meta(description="Whether it is used at present.")]


class SecretsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Secrets to use from now on; null takes one away, those that are not named stay."""

    secrets: Annotated[dict[str, SecretText | None], Meta(max_length=FIELDS_LIMIT)]


class MappingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the channel calls one of our SKUs or locations."""

    kind: Annotated[str, Meta(pattern="^(sku|location)$")]
    remote_id: RemoteId
    own: Annotated[
        Annotated[str, Meta(min_length=1, max_length=64, pattern=_PRINTABLE)] | None,
        Meta(description="Our SKU or location, `*` for all locations, null for none."),
    ]
    stock_id: Annotated[
        RemoteId | None, Meta(description="What its stock calls it, where that is another.")
    ] = None


class MappingsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the channel calls our SKUs and locations."""

    mappings: Annotated[list[MappingBody], Meta(min_length=1, max_length=MAPPINGS_LIMIT)]


class RetryBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to try again; left out, everything."""

    kind: Annotated[Annotated[str, Meta(pattern="^(message|sale)$")] | None, Meta()] = None
    id: RemoteId | None = None


class NothingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing more to say."""


class SecretAnswer(msgspec.Struct, frozen=True):
    """A secret that an adapter asks for."""

    name: str
    description: str
    required: bool


class AdapterAnswer(msgspec.Struct, frozen=True):
    """An adapter: its settings as a JSON schema, the secrets it asks for, and what it does."""

    name: str
    title: str
    settings: dict[str, Any]
    secrets: list[SecretAnswer]
    receives: bool
    polls: bool
    pushes: bool
    compares: bool


class AdaptersAnswer(msgspec.Struct, frozen=True):
    """All adapters."""

    items: list[AdapterAnswer]


class ConnectionAnswer(msgspec.Struct, frozen=True):
    """A connection; of its secrets the names. The channel delivers to ``inbox``."""

    id: str
    channel: str
    adapter: str
    name: str
    settings: dict[str, Any]
    secrets: tuple[str, ...]
    enabled: bool
    inbox: str
    version: int


class ConnectionDetail(ConnectionAnswer, frozen=True):
    """A connection, how far it has come, and what stands in its way."""

    sales_from: datetime.datetime
    sales_until: datetime.datetime
    learning: bool
    learnt_at: datetime.datetime | None
    compared_at: datetime.datetime | None
    trouble: str | None
    trouble_at: datetime.datetime | None


class MappedAnswer(msgspec.Struct, frozen=True):
    """How many were mapped."""

    mapped: int


class PolledAnswer(msgspec.Struct, frozen=True):
    """How many sales the channel told of."""

    sales: int


class RetriedAnswer(msgspec.Struct, frozen=True):
    """How many are tried again."""

    retried: int


class Kept(msgspec.Struct, frozen=True):
    """A delivery is kept; ``repeated`` if it was before."""

    repeated: bool


class MappingsQuery(PageQuery, frozen=True, kw_only=True):
    """Which mappings to list."""

    kind: Annotated[Annotated[str, Meta(pattern="^(sku|location)$")] | None, Meta()] = None
    mapped: Annotated[bool | None, Meta(description="Only those that are, or are not.")] = None
