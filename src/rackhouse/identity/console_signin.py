"""Signing in to the console: a code that works once, then a session token."""

import datetime
import hashlib
import secrets
import time
from collections.abc import Sequence

from rackhouse.identity import store
from rackhouse.identity.errors import SigninCodeUnusable
from rackhouse.identity.events import LOG, SignedIn, SigninCodeMade
from rackhouse.identity.rules import (
    refuse_unfit_grant,
    refuse_without_console,
    scope_granted,
)
from rackhouse.identity.signing_keys import SigningKeys
from rackhouse.identity.tokens import (
    LOCAL_CLIENT,
    SESSION,
    caller_named_by,
    new_claims,
    read_token,
    sign,
)
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.events import NewEvent
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.store import server_time

__all__ = ["caller_of_session", "new_signin_code", "use_signin_code"]

CODE_BYTES = 24
CODE_TTL_SECONDS = 900
SESSION_TTL_SECONDS = 43_200


async def new_signin_code(*, house: House, roles: Sequence[str]) -> str:
    """A code that signs one person in to the console, once, within `CODE_TTL_SECONDS`.

    Only its hash is kept. Refuses with `UnknownRole`, `RolesMissing` and `NoConsoleRole`.
    """
    refuse_unfit_grant(roles, name="console", channel=None, customer_id=None)
    refuse_without_console(roles)
    code, signin_id = secrets.token_urlsafe(CODE_BYTES), new_id()
    distinct = tuple(sorted(set(roles)))
    context = Context.of_service(house, "local", frozenset())
    async with house.database("identity").transaction() as tx:
        now = await server_time(tx)
        expires_at = now + datetime.timedelta(seconds=CODE_TTL_SECONDS)
        await store.insert_code(
            tx,
            code_hash=_hash(code),
            signin_id=signin_id,
            roles=distinct,
            made_at=now,
            expires_at=expires_at,
        )
        fact = SigninCodeMade(signin_id=signin_id, roles=distinct, expires_at=expires_at)
        event = NewEvent(stream=f"signin:{signin_id}", version=1, data=fact, context=context)
        await LOG.append(tx, [event], now)
    return code


async def use_signin_code(*, house: House, code: str) -> str:
    """The session token for a code, good for `SESSION_TTL_SECONDS`.

    Refuses with `SigninCodeUnusable`, also for a code that somebody used before.
    """
    await house.the(SigningKeys).ring()  # a code must not be used up for want of a key
    async with house.database("identity").transaction() as tx:
        now = await server_time(tx)
        used = await store.use_code(tx, code_hash=_hash(code), used_at=now)
        if used is None:
            raise SigninCodeUnusable()
        claims = new_claims(
            house,
            SESSION,
            subject=f"console:{used.signin_id}",
            client_id=LOCAL_CLIENT,
            roles=used.roles,
            scope=scope_granted(used.roles, None),
            channel=None,
            customer_id=None,
            ttl_seconds=SESSION_TTL_SECONDS,
        )
        fact = SignedIn(signin_id=used.signin_id, roles=claims.roles)
        context = Context(house=house, caller=caller_named_by(claims), correlation_id=new_id())
        event = NewEvent(stream=f"signin:{used.signin_id}", version=2, data=fact, context=context)
        await LOG.append(tx, [event], now)
        return await sign(house, SESSION, claims)


async def caller_of_session(*, house: House, token: str) -> Caller:
    """Who is signed in to the console with a session token; refuses with `InvalidToken`."""
    return caller_named_by(await read_token(house, SESSION, token, now=time.time()))


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()
