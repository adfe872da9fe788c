"""The facts that identity records. None of them carries a secret."""

import datetime

import msgspec

from rackhouse.platform.events import EventLog

__all__ = [
    "EVENT_TYPES",
    "LOG",
    "ClientDisabled",
    "ClientRegistered",
    "SignedIn",
    "SigninCodeMade",
    "SigningKeyMade",
    "SigningKeyRotated",
    "TokenMinted",
]

LOG = EventLog("identity")


class ClientRegistered(msgspec.Struct, frozen=True, kw_only=True):
    """An API client was given an id, a secret and roles."""

    client_id: str
    name: str
    roles: tuple[str, ...]
    channel: str | None
    customer_id: str | None


class ClientDisabled(msgspec.Struct, frozen=True, kw_only=True):
    """An API client was shut out for good."""

    client_id: str


class TokenMinted(msgspec.Struct, frozen=True, kw_only=True):
    """A token was made without a client, by somebody with access to the database."""

    token_id: str
    subject: str
    roles: tuple[str, ...]
    scope: str
    channel: str | None
    customer_id: str | None
    expires_at: datetime.datetime


class SigningKeyMade(msgspec.Struct, frozen=True, kw_only=True):
    """The first key that signs tokens was made."""

    kid: str


class SigningKeyRotated(msgspec.Struct, frozen=True, kw_only=True):
    """Another key signs tokens from now on."""

    kid: str
    retired_kid: str


class SigninCodeMade(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time code for the console was made."""

    signin_id: str
    roles: tuple[str, ...]
    expires_at: datetime.datetime


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody used a one-time code to sign in to the console."""

    signin_id: str
    roles: tuple[str, ...]


EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    event.__name__: event
    for event in (
        ClientRegistered,
        ClientDisabled,
        TokenMinted,
        SigningKeyMade,
        SigningKeyRotated,
        SigninCodeMade,
        SignedIn,
    )
}
