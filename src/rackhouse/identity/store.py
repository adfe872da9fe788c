"""Every SQL statement of identity."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.platform.database import Transaction

__all__ = [
    "Client",
    "KnownClient",
    "StoredKey",
    "UsedCode",
    "disable_client",
    "enabled_clients",
    "forget_codes",
    "insert_client",
    "insert_code",
    "insert_key",
    "list_clients",
    "lock_client",
    "lock_keys",
    "read_client",
    "read_key",
    "read_keys",
    "retire_key",
    "use_code",
]


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, or something, that calls the API with a client id and a secret."""

    client_id: str
    name: str
    roles: tuple[str, ...]
    channel: str | None
    customer_id: str | None
    registered_at: datetime.datetime
    disabled_at: datetime.datetime | None


class KnownClient(msgspec.Struct, frozen=True):
    """A client with what its secret is checked against."""

    client: Client
    secret_hash: str


class StoredKey(msgspec.Struct, frozen=True):
    """A signing key as it is kept; the private part is sealed, and gone once retired. ``vouch``
    is then the public part, sealed."""

    generation: int
    kid: str
    public_key: str
    private_key: bytes | None
    vouch: bytes | None = None


class UsedCode(msgspec.Struct, frozen=True):
    """What a one-time code was made for."""

    signin_id: str
    roles: list[str]


async def insert_client(tx: Transaction, client: Client, *, secret_hash: str) -> None:
    """Write down a new client."""
    await tx.run(
        """
        insert into identity.client
            (client_id, name, roles, channel, customer_id, secret_hash, registered_at)
        values (%(client_id)s, %(name)s, %(roles)s::text[], %(channel)s, %(customer_id)s,
            %(secret_hash)s, %(registered_at)s)
        """,
        {
            "client_id": client.client_id,
            "name": client.name,
            "roles": list(client.roles),
            "channel": client.channel,
            "customer_id": client.customer_id,
            "secret_hash": secret_hash,
            "registered_at": client.registered_at,
        },
    )


async def read_client(tx: Transaction, client_id: str) -> KnownClient | None:
    """A client and the hash of its secret."""
    return await tx.maybe(
        _known_client,
        """
        select secret_hash, client_id, name, roles, channel, customer_id, registered_at, disabled_at
        from identity.client
        where client_id = %(client_id)s
        """,
        {"client_id": client_id},
    )


async def lock_client(tx: Transaction, client_id: str) -> Client | None:
    """A client, which nobody else changes until the end of the transaction."""
    return await tx.maybe(
        _client,
        """
        select client_id, name, roles, channel, customer_id, registered_at, disabled_at
        from identity.client
        where client_id = %(client_id)s
        for update
        """,
        {"client_id": client_id},
    )


async def list_clients(tx: Transaction, *, after: str | None, limit: int) -> list[Client]:
    """Clients in the order of their ids."""
    return await tx.all(
        _client,
        """
        select client_id, name, roles, channel, customer_id, registered_at, disabled_at
        from identity.client
        where client_id > coalesce(%(after)s::text, '')
        order by client_id
        limit %(limit)s
        """,
        {"after": after, "limit": limit},
    )


async def disable_client(
    tx: Transaction, client_id: str, *, disabled_at: datetime.datetime
) -> None:
    """Write down that a client is shut out."""
    await tx.run(
        """
        update identity.client set disabled_at = %(disabled_at)s where client_id = %(client_id)s
        """,
        {"client_id": client_id, "disabled_at": disabled_at},
    )


async def enabled_clients(tx: Transaction, client_ids: Sequence[str]) -> list[str]:
    """Those of some clients that exist and are not disabled."""
    return await tx.all(
        str,
        """
        select client_id
        from jsonb_array_elements_text(%(client_ids)s::jsonb) as asked (client_id)
        join identity.client using (client_id)
        where disabled_at is null
        """,
        {"client_ids": msgspec.json.encode(client_ids).decode()},
    )


async def lock_keys(tx: Transaction) -> None:
    """Be the only one to make or retire signing keys until the end of the transaction."""
    await tx.run("lock table identity.signing_key in share row exclusive mode")


async def read_keys(tx: Transaction, *, kept_seconds: int) -> list[StoredKey]:
    """The signing keys that are active or were retired within some seconds, oldest first."""
    return await tx.all(
        StoredKey,
        """
        select generation, kid, public_key, private_key, vouch
        from identity.signing_key
        where retired_at is null
           or retired_at > clock_timestamp() - make_interval(secs => %(kept_seconds)s)
        order by generation
        """,
        {"kept_seconds": kept_seconds},
    )


async def read_key(tx: Transaction, kid: str) -> StoredKey | None:
    """A signing key, active or retired however long ago."""
    return await tx.maybe(
        StoredKey,
        """
        select generation, kid, public_key, private_key, vouch
        from identity.signing_key
        where kid = %(kid)s
        """,
        {"kid": kid},
    )


async def retire_key(tx: Transaction, *, retired_at: datetime.datetime, vouch: bytes) -> None:
    """Retire the active signing key and drop its private part."""
    await tx.run(
        """
        update identity.signing_key
        set retired_at = %(retired_at)s, private_key = null, vouch = %(vouch)s
        where retired_at is null
        """,
        {"retired_at": retired_at, "vouch": vouch},
    )


async def insert_key(tx: Transaction, key: StoredKey, *, made_at: datetime.datetime) -> None:
    """Write down a new active signing key."""
    await tx.run(
        """
        insert into identity.signing_key (generation, kid, public_key, private_key, made_at)
        values (%(generation)s, %(kid)s, %(public_key)s, %(private_key)s, %(made_at)s)
        """,
        {
            "generation": key.generation,
            "kid": key.kid,
            "public_key": key.public_key,
            "private_key": key.private_key,
            "made_at": made_at,
        },
    )


async def insert_code(
    tx: Transaction,
    *,
    code_hash: bytes,
    signin_id: str,
    roles: Sequence[str],
    made_at: datetime.datetime,
    expires_at: datetime.datetime,
) -> None:
    """Write down a one-time code by its hash."""
    await tx.run(
        """
        insert into identity.signin_code (code_hash, signin_id, roles, made_at, expires_at)
        values (%(code_hash)s, %(signin_id)s, %(roles)s::text[], %(made_at)s, %(expires_at)s)
        """,
        {
            "code_hash": code_hash,
            "signin_id": signin_id,
            "roles": list(roles),
            "made_at": made_at,
            "expires_at": expires_at,
        },
    )


async def use_code(
    tx: Transaction, *, code_hash: bytes, used_at: datetime.datetime
) -> UsedCode | None:
    """Use a code up, if it may still be used at that time."""
    return await tx.maybe(
        UsedCode,
        """
        update identity.signin_code set used_at = %(used_at)s
        where code_hash = %(code_hash)s and used_at is null and expires_at > %(used_at)s
        returning signin_id, roles
        """,
        {"code_hash": code_hash, "used_at": used_at},
    )


async def forget_codes(tx: Transaction, *, expired_before: datetime.datetime, limit: int) -> int:
    """Delete some codes that expired before a time; says how many."""
    return await tx.run(
        """
        delete from identity.signin_code where code_hash in (
            select code_hash from identity.signin_code
            where expires_at < %(expired_before)s
            limit %(limit)s)
        """,
        {"expired_before": expired_before, "limit": limit},
    )


def _known_client(secret_hash: str, *client: Any) -> KnownClient:
    return KnownClient(_client(*client), secret_hash)


def _client(
    client_id: str,
    name: str,
    roles: list[str],
    channel: str | None,
    customer_id: str | None,
    registered_at: datetime.datetime,
    disabled_at: datetime.datetime | None,
) -> Client:
    return Client(
        client_id=client_id,
        name=name,
        roles=tuple(roles),
        channel=channel,
        customer_id=customer_id,
        registered_at=registered_at,
        disabled_at=disabled_at,
    )
