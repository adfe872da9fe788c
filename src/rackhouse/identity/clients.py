"""Clients: registered with a secret that is shown once, listed, disabled for good."""

import base64
import secrets
from collections.abc import Sequence

import msgspec

from rackhouse.identity import store
from rackhouse.identity.client_secrets import ClientSecrets, new_secret
from rackhouse.identity.errors import ClientNotFound
from rackhouse.identity.events import LOG, ClientDisabled, ClientRegistered
from rackhouse.identity.rules import is_client_id, refuse_grant_beyond, refuse_unfit_grant
from rackhouse.identity.store import Client
from rackhouse.identity.verification import TokenVerifier
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import (
    AnsweredBefore,
    IdempotencyKey,
    Rendered,
    claim,
    remember,
)
from rackhouse.platform.store import server_time

__all__ = ["NewClient", "disable_client", "list_clients", "register_client"]

CLIENT_ID_BYTES = 10
SEALED_ANSWER = "identity.new_client"


class NewClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client just registered, with its secret, which is not shown again."""

    client_id: str
    client_secret: str
    name: str
    roles: tuple[str, ...]
    channel: str | None
    customer_id: str | None


@operation("clients:write")
async def register_client(
    *,
    context: Context,
    name: str,
    roles: Sequence[str],
    channel: str | None = None,
    customer_id: str | None = None,
) -> NewClient:
    """Register an API client and make its secret.

    Refuses with `UnknownRole`, `RolesMissing`, `RoleNeedsBinding`, `NameUnreadable`, and with
    `GrantExceedsGranter` what the caller may not do itself. A retry with the same idempotency
    key gets the same secret: the answer is kept encrypted.
    """
    refuse_unfit_grant(roles, name=name, channel=channel, customer_id=customer_id)
    refuse_grant_beyond(context.caller, roles, channel=channel, customer_id=customer_id)
    new = NewClient(
        client_id=f"rk_{secrets.token_hex(CLIENT_ID_BYTES)}",
        client_secret=new_secret(),
        name=name,
        roles=tuple(sorted(set(roles))),
        channel=channel,
        customer_id=customer_id,
    )
    secret_hash = await context.house.the(ClientSecrets).hash(new.client_secret)
    async with context.house.database("identity").transaction() as tx:
        await _claim_sealed(tx, context.house, context.idempotency)
        await _record_registered(tx, context, new, secret_hash)
    return new


@operation("clients:read")
async def list_clients(*, context: Context, after: str | None, limit: int) -> list[Client]:
    """At most ``limit`` clients after a client id, in the order of their ids."""
    async with context.house.database("identity").transaction() as tx:
        return await store.list_clients(tx, after=after, limit=limit)


@operation("clients:write")
async def disable_client(*, context: Context, client_id: str) -> Client:
    """Shut a client out for good; its tokens are refused within seconds. Repeating changes
    nothing. Refuses with `ClientNotFound` and `GrantExceedsGranter`."""
    if not is_client_id(client_id):
        raise ClientNotFound(client_id=client_id)
    async with context.house.database("identity").transaction() as tx:
        client = await store.lock_client(tx, client_id)
        if client is None:
            raise ClientNotFound(client_id=client_id)
        refuse_grant_beyond(
            context.caller, client.roles, channel=client.channel, customer_id=client.customer_id
        )
        if client.disabled_at is None:
            client = await _record_disabled(tx, context, client)
    context.house.the(TokenVerifier).forget_client(client_id)
    return client


async def _record_registered(
    tx: Transaction, context: Context, new: NewClient, secret_hash: str
) -> None:
    now = await server_time(tx)
    client = Client(
        client_id=new.client_id,
        name=new.name,
        roles=new.roles,
        channel=new.channel,
        customer_id=new.customer_id,
        registered_at=now,
        disabled_at=None,
    )
    await store.insert_client(tx, client, secret_hash=secret_hash)
    fact = ClientRegistered(
        client_id=new.client_id,
        name=new.name,
        roles=new.roles,
        channel=new.channel,
        customer_id=new.customer_id,
    )
    event = NewEvent(stream=f"client:{new.client_id}", version=1, data=fact, context=context)
    await LOG.append(tx, [event], now)
    key = context.idempotency
    if key is not None:
        answer = _sealed(context.house, key.render(new))
        await remember(tx, [(key, answer)], answered_at=now)


async def _record_disabled(tx: Transaction, context: Context, client: Client) -> Client:
    now = await server_time(tx)
    await store.disable_client(tx, client.client_id, disabled_at=now)
    fact = ClientDisabled(client_id=client.client_id)
    event = NewEvent(stream=f"client:{client.client_id}", version=2, data=fact, context=context)
    await LOG.append(tx, [event], now)
    return msgspec.structs.replace(client, disabled_at=now)


async def _claim_sealed(tx: Transaction, house: House, key: IdempotencyKey | None) -> None:
    """``claim``, where the remembered answer holds a secret and is therefore sealed."""
    try:
        await claim(tx, key)
    except AnsweredBefore as before:
        sealed = base64.b64decode(before.answer.body)
        body = house.secrets.open(sealed, label=SEALED_ANSWER).decode()
        raise AnsweredBefore(Rendered(before.answer.status, body)) from None


def _sealed(house: House, answer: Rendered) -> Rendered:
    sealed = house.secrets.seal(answer.body.encode(), label=SEALED_ANSWER)
    return Rendered(answer.status, base64.b64encode(sealed).decode())
