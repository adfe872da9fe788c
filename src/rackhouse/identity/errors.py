"""The refusals of identity."""

from dataclasses import dataclass

from rackhouse.platform.errors import (
    Busy,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    RateLimited,
)

__all__ = [
    "ClientNotAuthenticated",
    "ClientNotFound",
    "GrantExceedsGranter",
    "GrantTypeUnsupported",
    "InvalidToken",
    "MalformedTokenRequest",
    "NameUnreadable",
    "NoConsoleRole",
    "RoleNeedsBinding",
    "RolesMissing",
    "ScopeNotGranted",
    "SigninCodeUnusable",
    "StatementNotOurs",
    "TokenLifeOutOfBounds",
    "TooManyFailures",
    "TooManySecretsAtOnce",
    "UnknownRole",
]


@dataclass(eq=False)
class InvalidToken(NotAuthenticated):
    """The token is not accepted: {reason}."""

    reason: str


@dataclass(eq=False)
class StatementNotOurs(Invalid):
    """This was not signed by this service: {reason}."""

    reason: str


@dataclass(eq=False)
class SigninCodeUnusable(NotAuthenticated):
    """This sign-in code was used already, has expired or never existed. Ask for another."""


@dataclass(eq=False)
class ClientNotAuthenticated(NotAuthenticated):
    """The client id and the secret do not belong together, or the client is disabled."""


@dataclass(eq=False)
class TooManyFailures(RateLimited):
    """Too many wrong secrets for the client {client_id}. Try again in {retry_after_seconds} s."""

    client_id: str
    retry_after_seconds: int


@dataclass(eq=False)
class TooManySecretsAtOnce(Busy):
    """{waiting} secrets wait to be checked already. Send the request again."""

    waiting: int


@dataclass(eq=False)
class MalformedTokenRequest(Invalid):
    """The token request can not be read: {problem}."""

    problem: str


@dataclass(eq=False)
class GrantTypeUnsupported(Invalid):
    """The grant type is {grant_type}; only client_credentials is served."""

    grant_type: str


@dataclass(eq=False)
class ScopeNotGranted(Invalid):
    """The scope {scope} is not among what the roles allow."""

    scope: str


@dataclass(eq=False)
class TokenLifeOutOfBounds(Invalid):
    """A token may live for 1 to {limit_seconds} s, not for {ttl_seconds} s."""

    ttl_seconds: int
    limit_seconds: int


@dataclass(eq=False)
class ClientNotFound(NotFound):
    """There is no client {client_id}."""

    client_id: str


@dataclass(eq=False)
class RolesMissing(Invalid):
    """roles: at least one role is needed."""


@dataclass(eq=False)
class UnknownRole(Invalid):
    """roles: {role} is not a role; the roles are {roles}."""

    role: str
    roles: list[str]


@dataclass(eq=False)
class RoleNeedsBinding(Invalid):
    """{field}: the role {role} is bound to one; say which."""

    role: str
    field: str


@dataclass(eq=False)
class NameUnreadable(Invalid):
    """{field}: write 1 to {limit} characters, not all of them spaces, none of them a control
    character."""

    field: str
    limit: int


@dataclass(eq=False)
class GrantExceedsGranter(NotAllowed):
    """{subject} can not grant or revoke what it does not have itself: {missing}."""

    subject: str
    missing: str


@dataclass(eq=False)
class NoConsoleRole(Invalid):
    """None of the roles {roles} may use the console."""

    roles: list[str]
