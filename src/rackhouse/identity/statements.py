"""Statements: what this service says under its signature for others to keep.

They are signed with the key that signs tokens, under a type of their own, so that neither passes
for the other. Tokens are good for a day; a statement must be readable for years. Therefore a key
that is retired leaves a vouch: its public part, sealed with the secret key of this service, which
is not in the database. Whoever can write to the database alone can not pass off a key as ours.
"""

import re
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from rackhouse.identity import store
from rackhouse.identity.errors import StatementNotOurs
from rackhouse.identity.signatures import ONE_ALGORITHM, kid_of
from rackhouse.identity.signing_keys import ALGORITHM, SigningKeys, genuine_key
from rackhouse.identity.tokens import ACCESS, SESSION
from rackhouse.platform.house import House

__all__ = ["key_of_statement", "read_statement", "sign_statement"]

_KID = re.compile(r"[A-Za-z0-9_-]{43}")  # a thumbprint (RFC 7638)


async def sign_statement(*, house: House, typ: str, payload: bytes) -> str:
    """A compact JWS over a payload, with ``typ`` saying what it is."""
    assert typ not in (ACCESS.typ, SESSION.typ), "a statement is no token"
    ring = await house.the(SigningKeys).ring()
    header = {"alg": ALGORITHM, "typ": typ, "kid": ring.kid}
    return jws.serialize_compact(header, payload, ring.signs, registry=ONE_ALGORITHM)


async def read_statement(*, house: House, typ: str, statement: str) -> bytes:
    """The payload of a statement of that type, however old its key; refuses with
    `StatementNotOurs`."""
    key = await house.the(_StatementKeys).key_of(statement, typ)
    try:
        return jws.deserialize_compact(statement, key, registry=ONE_ALGORITHM).payload
    except (JoseError, ValueError, TypeError) as error:
        raise StatementNotOurs(reason="its signature does not fit it") from error


async def key_of_statement(*, house: House, typ: str, statement: str) -> dict[str, Any]:
    """The public key (RFC 7517) that a statement says it is signed with, for others to verify it.

    Refuses with `StatementNotOurs`.
    """
    key = await house.the(_StatementKeys).key_of(statement, typ)
    return {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}


class _StatementKeys:
    """This process's memory of the keys, retired ones included. They never change."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._keys: dict[str, OKPKey] = {}

    async def key_of(self, statement: str, typ: str) -> OKPKey:
        try:
            kid = kid_of(statement, typ)
        except ValueError as error:
            raise StatementNotOurs(reason=str(error)) from error
        if kid not in self._keys:
            self._keys[kid] = await self._read(kid)
        return self._keys[kid]

    async def _read(self, kid: str) -> OKPKey:
        kept = None
        if _KID.fullmatch(kid):
            async with self._house.database("identity").transaction() as tx:
                kept = await store.read_key(tx, kid)
        if kept is None:
            raise StatementNotOurs(reason="it is signed with a key that this service never had")
        key = genuine_key(self._house, kept)
        if key is None:
            raise StatementNotOurs(reason="its key can not be shown to be one of this service")
        return key
