"""Tokens: JSON Web Tokens signed with Ed25519 (RFC 7519, RFC 8037), read with suspicion.

Access tokens follow RFC 9068. A session token of the console differs in type and audience, so
that neither passes for the other.
"""

import time
from collections.abc import Collection

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from rackhouse.identity.errors import InvalidToken
from rackhouse.identity.rules import permissions_within
from rackhouse.identity.signatures import ONE_ALGORITHM, kid_of
from rackhouse.identity.signing_keys import ALGORITHM, SigningKeys
from rackhouse.platform.context import Caller
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id

__all__ = [
    "ACCESS",
    "LOCAL_CLIENT",
    "SESSION",
    "Claims",
    "TokenKind",
    "caller_named_by",
    "new_claims",
    "read_token",
    "sign",
]

LEEWAY_SECONDS = 5
LOCAL_CLIENT = "rackhouse"
"""The client id of tokens made by somebody with access to the database."""


class TokenKind(msgspec.Struct, frozen=True):
    """What a token is for: its ``typ`` header and its audience."""

    typ: str
    audience: str


ACCESS = TokenKind("at+jwt", "rackhouse")
SESSION = TokenKind("session+jwt", "console")


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token says. Times are in seconds since 1970."""

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    exp: int
    iat: int
    nbf: int
    jti: str
    client_id: str
    scope: str = ""
    roles: tuple[str, ...] = ()
    channel: str | None = None
    customer_id: str | None = None


def new_claims(
    house: House,
    kind: TokenKind,
    *,
    subject: str,
    client_id: str,
    roles: Collection[str],
    scope: str,
    channel: str | None,
    customer_id: str | None,
    ttl_seconds: int,
) -> Claims:
    """The claims of a token that is good from now on."""
    now = int(time.time())
    return Claims(
        iss=house.settings.issuer,
        sub=subject,
        aud=kind.audience,
        exp=now + ttl_seconds,
        iat=now,
        nbf=now,
        jti=new_id(),
        client_id=client_id,
        scope=scope,
        roles=tuple(sorted(roles)),
        channel=channel,
        customer_id=customer_id,
    )


async def sign(house: House, kind: TokenKind, claims: Claims) -> str:
    """The token that says these claims."""
    ring = await house.the(SigningKeys).ring()
    header = {"alg": ALGORITHM, "typ": kind.typ, "kid": ring.kid}
    return jwt.encode(header, msgspec.to_builtins(claims), ring.signs, registry=ONE_ALGORITHM)


async def read_token(house: House, kind: TokenKind, token: str, *, now: float) -> Claims:
    """The claims of a token of that kind; refuses with `InvalidToken` unless all is well."""
    kid = _kid_of(token, kind)
    key = await house.the(SigningKeys).key_of(kid)
    if key is None:
        raise InvalidToken(reason="it is signed with an unknown key")
    claims = _signed_claims(token, key)
    if claims.iss != house.settings.issuer:
        raise InvalidToken(reason="it comes from another issuer")
    if kind.audience not in ((claims.aud,) if isinstance(claims.aud, str) else claims.aud):
        raise InvalidToken(reason="it is meant for another audience")
    if claims.exp + LEEWAY_SECONDS <= now:
        raise InvalidToken(reason="it has expired")
    if max(claims.nbf, claims.iat) > now + LEEWAY_SECONDS:
        raise InvalidToken(reason="it is not valid yet")
    return claims


def caller_named_by(claims: Claims) -> Caller:
    """The caller that a token speaks for."""
    return Caller(
        subject=claims.sub,
        permissions=permissions_within(claims.roles, claims.scope),
        roles=frozenset(claims.roles),
        channel=claims.channel,
        customer_id=claims.customer_id,
    )


def _kid_of(token: str, kind: TokenKind) -> str:
    try:
        return kid_of(token, kind.typ)
    except ValueError as error:
        raise InvalidToken(reason=str(error)) from error


def _signed_claims(token: str, key: OKPKey) -> Claims:
    try:
        claims = jwt.decode(token, key, registry=ONE_ALGORITHM).claims
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidToken(reason="its signature does not fit, so it is forged") from error
    try:
        return msgspec.convert(claims, Claims)
    except msgspec.ValidationError as error:
        raise InvalidToken(reason=f"its claims are not those of this service ({error})") from error
