"""Granting access tokens: to clients by their secret, and to people on the same machine."""

import datetime
import time
from collections.abc import Sequence

import msgspec
import structlog

from rackhouse.identity import store
from rackhouse.identity.client_secrets import ClientSecrets
from rackhouse.identity.errors import ClientNotAuthenticated
from rackhouse.identity.events import LOG, TokenMinted
from rackhouse.identity.rules import (
    is_client_id,
    refuse_unfit_grant,
    refuse_unfit_ttl,
    scope_granted,
)
from rackhouse.identity.store import Client
from rackhouse.identity.tokens import ACCESS, LOCAL_CLIENT, Claims, new_claims, sign
from rackhouse.platform.context import Context
from rackhouse.platform.events import NewEvent
from rackhouse.platform.house import House
from rackhouse.platform.store import server_time

__all__ = ["AccessToken", "grant_token", "mint_token"]

_log = structlog.get_logger(__name__)


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """An access token as RFC 6749 section 5.1 answers it."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


async def grant_token(
    *, house: House, client_id: str, client_secret: str, scopes: Sequence[str] | None
) -> AccessToken:
    """The client credentials grant (RFC 6749 section 4.4): a token for ``scopes``, or for all
    that the client's roles allow.

    Refuses with `ClientNotAuthenticated`, `ScopeNotGranted`, `TooManyFailures` and
    `TooManySecretsAtOnce`.
    """
    client = await _authenticated(house, client_id, client_secret)
    claims = new_claims(
        house,
        ACCESS,
        subject=client.client_id,
        client_id=client.client_id,
        roles=client.roles,
        scope=scope_granted(client.roles, scopes),
        channel=client.channel,
        customer_id=client.customer_id,
        ttl_seconds=house.settings.token_ttl_seconds,
    )
    return AccessToken(
        access_token=await sign(house, ACCESS, claims),
        token_type="Bearer",  # noqa: S106 - the type of token, not a password
        expires_in=house.settings.token_ttl_seconds,
        scope=claims.scope,
    )


async def mint_token(
    *,
    house: House,
    roles: Sequence[str],
    subject: str,
    channel: str | None = None,
    customer_id: str | None = None,
    scopes: Sequence[str] | None = None,
    ttl_seconds: int | None = None,
) -> str:
    """An access token without a client, for somebody who has access to the database anyway.

    It is recorded. Without ``scopes`` it may do all that the roles allow; without
    ``ttl_seconds`` it lives as long as any token. Refuses what ``register_client`` refuses,
    `ScopeNotGranted` and `TokenLifeOutOfBounds`.
    """
    refuse_unfit_grant(roles, name=subject, channel=channel, customer_id=customer_id)
    ttl = house.settings.token_ttl_seconds if ttl_seconds is None else ttl_seconds
    refuse_unfit_ttl(ttl)
    claims = new_claims(
        house,
        ACCESS,
        subject=subject,
        client_id=LOCAL_CLIENT,
        roles=set(roles),
        scope=scope_granted(roles, scopes),
        channel=channel,
        customer_id=customer_id,
        ttl_seconds=ttl,
    )
    await _record_minted(house, claims)
    return await sign(house, ACCESS, claims)


async def _authenticated(house: House, client_id: str, client_secret: str) -> Client:
    if not is_client_id(client_id):
        raise ClientNotAuthenticated()
    part = house.the(ClientSecrets)
    part.failures.refuse_exceeded(client_id, now=time.monotonic())
    async with house.database("identity").transaction() as tx:
        known = await store.read_client(tx, client_id)
    matched = await part.matches(known.secret_hash if known else None, client_secret)
    if known is None or not matched or known.client.disabled_at is not None:
        part.failures.note(client_id, now=time.monotonic())
        _log.warning("client_not_authenticated", client_id=client_id, known=known is not None)
        raise ClientNotAuthenticated()
    part.failures.clear(client_id)
    return known.client


async def _record_minted(house: House, claims: Claims) -> None:
    fact = TokenMinted(
        token_id=claims.jti,
        subject=claims.sub,
        roles=claims.roles,
        scope=claims.scope,
        channel=claims.channel,
        customer_id=claims.customer_id,
        expires_at=datetime.datetime.fromtimestamp(claims.exp, datetime.UTC),
    )
    context = Context.of_service(house, "local", frozenset())
    event = NewEvent(stream=f"token:{claims.jti}", version=1, data=fact, context=context)
    async with house.database("identity").transaction() as tx:
        await LOG.append(tx, [event], await server_time(tx))
