"""Roles, permissions and scopes: who may be granted what. Data first, then the decisions."""

import re
from collections.abc import Collection

from rackhouse.identity.errors import (
    GrantExceedsGranter,
    NameUnreadable,
    NoConsoleRole,
    RoleNeedsBinding,
    RolesMissing,
    ScopeNotGranted,
    TokenLifeOutOfBounds,
    UnknownRole,
)
from rackhouse.platform.context import Caller

__all__ = [
    "BINDING_LENGTH_LIMIT",
    "NAME_LENGTH_LIMIT",
    "PERMISSIONS",
    "ROLES",
    "TOKEN_TTL_LIMIT_SECONDS",
    "is_client_id",
    "permissions_of",
    "permissions_within",
    "refuse_grant_beyond",
    "refuse_unfit_grant",
    "refuse_unfit_ttl",
    "refuse_without_console",
    "scope_granted",
]

NAME_LENGTH_LIMIT = 200
BINDING_LENGTH_LIMIT = 200
TOKEN_TTL_LIMIT_SECONDS = 86_400

PERMISSIONS: dict[str, str] = {
    "allotments:return": "Give pieces of an allotment back to the pool.",
    "catalog:export": "Take the whole catalog out as a file.",
    "catalog:import": "Bring the catalog to what a file says, and see how far that is.",
    "catalog:read": "Read products, variants, product types and bundles.",
    "catalog:write": "Add, change, import and remove products and product types.",
    "channels:read": "Read the channels and the locations that serve them.",
    "channels:write": "Open, change and close channels.",
    "checkpoints:read": "Read the signed checkpoints of the logs.",
    "checkpoints:write": "Sign a checkpoint of the logs now.",
    "clients:read": "Read the API clients and their roles, never their secrets.",
    "clients:write": "Register and disable API clients, within one's own permissions.",
    "connections:read": "Read the connections of channels, never their secrets.",
    "connections:write": "Connect channels to where they really sell, and see to their troubles.",
    "console:use": "Sign in to the console.",
    "counts:approve": "Approve the differences of a count that are above the limit.",
    "counts:post": "See the differences of counts, and post them.",
    "counts:read": "Read count sheets, without what a blind one expects.",
    "counts:write": "Open count sheets and record what was counted.",
    "curation:read": "Read curated bundles, and collections that are not open.",
    "curation:write": "Make, change and remove collections and curated bundles.",
    "drafts:read": "See products that are not live, and the versions of all.",
    "holds:read": "Read holds.",
    "holds:write": "Place, extend, confirm and release holds.",
    "inventory:read": "Read stock, its availability and its history.",
    "inventory:recall": "Recall and reinstate lots.",
    "inventory:write": "Receive, count, move, adjust and ship stock.",
    "keys:write": "Rotate the key that signs tokens.",
    "logs:verify": "Have every event of the logs checked for traces of tampering.",
    "media:read": "Read pictures, videos and models, and their originals.",
    "media:write": "Send, describe and remove pictures, videos and models.",
    "metrics:read": "Read the metrics of the processes.",
    "orders:read": "Read orders.",
    "orders:write": "Place, confirm, change and cancel orders.",
    "outlets:read": "Read the outlets, how late they are, and their dead letters.",
    "outlets:write": "Pause, resume and move outlets; replay and discard dead letters.",
    "prices:read": "Ask what SKUs cost, and why.",
    "pricing:read": "Read price lists, promotions and tax rates.",
    "pricing:write": "Make, change and remove price lists, promotions and tax rates.",
    "reconciliation:read": "Read cases and audits.",
    "reconciliation:write": "Start audits and decide cases, which corrects what they are about.",
    "reports:read": "Read the figures that one's channel is asked to take.",
    "reports:write": "Report one's channel's own figures of stock.",
    "search:read": "Read what is searched for, and what is not found.",
    "search:write": "Have the search indexes built anew.",
    "stream:read": "Follow the stream of events.",
    "webhooks:read": "Read the webhooks and what came of their deliveries, never their secrets.",
    "webhooks:write": "Add, change, test and remove webhooks, and rotate their secrets.",
}

_READS = frozenset(name for name in PERMISSIONS if name.endswith(":read"))

ROLES: dict[str, frozenset[str]] = {
    "admin": frozenset(PERMISSIONS),
    "operator": _READS
    | {
        "allotments:return",
        "catalog:export",
        "catalog:import",
        "catalog:write",
        "channels:write",
        "checkpoints:write",
        "clients:write",
        "connections:write",
        "console:use",
        "counts:approve",
        "counts:post",
        "counts:write",
        "curation:write",
        "holds:write",
        "inventory:recall",
        "inventory:write",
        "logs:verify",
        "media:write",
        "orders:write",
        "outlets:write",
        "pricing:write",
        "reconciliation:write",
        "reports:write",
        "search:write",
        "webhooks:write",
    },
    "channel": frozenset(
        {
            "allotments:return",
            "catalog:read",
            "channels:read",
            "holds:read",
            "holds:write",
            "inventory:read",
            "orders:read",
            "orders:write",
            "outlets:read",
            "outlets:write",
            "prices:read",
            "reports:read",
            "reports:write",
            "stream:read",
            "webhooks:read",
            "webhooks:write",
        }
    ),
    "counter": frozenset({"catalog:read", "console:use", "counts:read", "counts:write"}),
    "customer": frozenset({"catalog:read", "orders:read", "prices:read"}),
    "auditor": _READS | {"catalog:export", "console:use", "logs:verify"},
}

_CLIENT_ID = re.compile(r"rk_[0-9a-f]{20}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def permissions_of(roles: Collection[str]) -> frozenset[str]:
    """What some roles allow together. A role that is not known (any more) allows nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))


def permissions_within(roles: Collection[str], scope: str) -> frozenset[str]:
    """What a token allows: what its roles allow *and* its scope names."""
    return permissions_of(roles) & frozenset(scope.split())


def scope_granted(roles: Collection[str], asked: Collection[str] | None) -> str:
    """The scope of a token: the permissions asked for, or all of the roles when none are named.

    Refuses with `ScopeNotGranted` rather than granting less than was asked for.
    """
    allowed = permissions_of(roles)
    if asked is None:
        return " ".join(sorted(allowed))
    beyond = sorted(frozenset(asked) - allowed)
    if beyond:
        raise ScopeNotGranted(scope=beyond[0])
    return " ".join(sorted(frozenset(asked)))


def refuse_unfit_grant(
    roles: Collection[str], *, name: str, channel: str | None, customer_id: str | None
) -> None:
    """Refuse roles that do not exist or lack what binds them, and a name nobody can read."""
    _refuse_unreadable("name", name, NAME_LENGTH_LIMIT)
    for field, binding in (("channel", channel), ("customer_id", customer_id)):
        if binding is not None:
            _refuse_unreadable(field, binding, BINDING_LENGTH_LIMIT)
    if not roles:
        raise RolesMissing()
    for role in sorted(roles):
        if role not in ROLES:
            raise UnknownRole(role=role, roles=sorted(ROLES))
    if "channel" in roles and channel is None:
        raise RoleNeedsBinding(role="channel", field="channel")
    if "customer" in roles and customer_id is None:
        raise RoleNeedsBinding(role="customer", field="customer_id")


def refuse_grant_beyond(
    granter: Caller, roles: Collection[str], *, channel: str | None, customer_id: str | None
) -> None:
    """Refuse with `GrantExceedsGranter` a grant that would allow more than the granter may do."""
    beyond = sorted(permissions_of(roles) - granter.permissions)
    if beyond:
        raise GrantExceedsGranter(subject=granter.subject, missing=beyond[0])
    if granter.channel not in (None, channel):
        raise GrantExceedsGranter(subject=granter.subject, missing=f"channel {channel}")
    if granter.customer_id not in (None, customer_id):
        raise GrantExceedsGranter(subject=granter.subject, missing=f"customer {customer_id}")


def refuse_without_console(roles: Collection[str]) -> None:
    """Refuse with `NoConsoleRole` roles that could not use the console."""
    if "console:use" not in permissions_of(roles):
        raise NoConsoleRole(roles=sorted(roles))


def refuse_unfit_ttl(ttl_seconds: int) -> None:
    """Refuse with `TokenLifeOutOfBounds` a token that would outlive its published key."""
    if not 1 <= ttl_seconds <= TOKEN_TTL_LIMIT_SECONDS:
        raise TokenLifeOutOfBounds(ttl_seconds=ttl_seconds, limit_seconds=TOKEN_TTL_LIMIT_SECONDS)


def is_client_id(text: str) -> bool:
    """Whether a text has the form of a client id."""
    return _CLIENT_ID.fullmatch(text) is not None


def _refuse_unreadable(field: str, text: str, limit: int) -> None:
    if not text.strip() or len(text) > limit or _CONTROL.search(text):
        raise NameUnreadable(field=field, limit=limit)
