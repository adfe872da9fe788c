"""Who is calling: from the bearer token of a request to its caller."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rackhouse.identity import TokenVerifier
from rackhouse.platform.context import Caller
from rackhouse.platform.errors import NotAuthenticated
from rackhouse.platform.house import House
from rackhouse.platform.http import PUBLIC

__all__ = ["Authenticator", "authenticator"]

LOOPBACK = frozenset({"127.0.0.1", "::1"})

Authenticator = Callable[[dict[str, Any], Mapping[bytes, bytes], str], Awaitable[Caller]]


@dataclass(eq=False)
class TokenMissing(NotAuthenticated):
    """Send `Authorization: Bearer <access token>`. Tokens come from POST /oauth/token."""


def authenticator(house: House) -> Authenticator:
    """What turns a request into its caller; refuses with `TokenMissing` and what `identity`
    refuses of tokens. Public endpoints are called by their client's address."""
    verifier = house.the(TokenVerifier)

    async def authenticate(
        scope: dict[str, Any], headers: Mapping[bytes, bytes], permission: str
    ) -> Caller:
        if permission == PUBLIC:
            return _anonymous(scope, headers)
        given = headers.get(b"authorization", b"")
        if given[:7].lower() != b"bearer ":
            raise TokenMissing()
        token = given[7:].decode("latin-1")
        return verifier.known(token) or await verifier.caller_of(token)

    return authenticate


def _anonymous(scope: dict[str, Any], headers: Mapping[bytes, bytes]) -> Caller:
    host = scope["client"][0] if scope.get("client") else "unknown"
    if host in LOOPBACK:  # a proxy on this machine, which tells whom it speaks for
        told = headers.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")[2].strip()
        host = told or host
    return Caller(subject=f"address:{host}", permissions=frozenset())
