"""Signing keys: made at first use, rotated by request, published until their tokens expired."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from joserfc.jwk import OKPKey

from rackhouse.identity import store
from rackhouse.identity.events import LOG, SigningKeyMade, SigningKeyRotated
from rackhouse.identity.rules import TOKEN_TTL_LIMIT_SECONDS
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.environment import InvalidSetting
from rackhouse.platform.events import NewEvent
from rackhouse.platform.house import House
from rackhouse.platform.store import server_time

__all__ = ["ALGORITHM", "SigningKeys", "genuine_key", "rotate_signing_key"]

ALGORITHM = "EdDSA"
KEYS_FRESH_FOR_SECONDS = 60.0
# Another process may sign with a retired key for as long as it holds its keys for fresh.
RETIRED_KEPT_SECONDS = TOKEN_TTL_LIMIT_SECONDS + 3_600
FRUITLESS_RELOAD_SECONDS = 1.0
STREAM = "signing-key"


class KeyRing(msgspec.Struct, frozen=True):
    """The keys of a moment: the one that signs, and by kid all that verify."""

    kid: str
    signs: OKPKey
    verify: Mapping[str, OKPKey]


class SigningKeys:
    """This process's view of the keys."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._ring: KeyRing | None = None
        self._fresh_until = 0.0
        self._fruitless_until = 0.0
        self._loading = asyncio.Lock()

    async def ring(self) -> KeyRing:
        """The keys, at most `KEYS_FRESH_FOR_SECONDS` old."""
        if self._ring is None or self._fresh_until <= time.monotonic():
            await self._load(self._ring)
        assert self._ring is not None
        return self._ring

    async def key_of(self, kid: str) -> OKPKey | None:
        """The public key of a kid. An unknown one is looked up, but a flood of them is not."""
        ring = await self.ring()
        if kid not in ring.verify and self._fruitless_until <= time.monotonic():
            await self._load(ring)
            ring = await self.ring()
            if kid not in ring.verify:
                self._fruitless_until = time.monotonic() + FRUITLESS_RELOAD_SECONDS
        return ring.verify.get(kid)

    async def published(self) -> list[dict[str, Any]]:
        """The public keys as a JWK Set lists them (RFC 7517), the newest last."""
        ring = await self.ring()
        return [
            {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": ALGORITHM}
            for kid, key in ring.verify.items()
        ]

    def forget(self) -> None:
        """Read the keys again when they are next needed."""
        self._fresh_until = 0.0
        self._fruitless_until = 0.0

    async def _load(self, known: KeyRing | None) -> None:
        async with self._loading:
            if self._ring is not known:
                return
            async with self._house.database("identity").transaction() as tx:
                keys = await store.read_keys(tx, kept_seconds=RETIRED_KEPT_SECONDS)
            if all(key.private_key is None for key in keys):
                keys = await _first_key_made(self._house)
            self._ring = self._opened(keys)
            self._fresh_until = time.monotonic() + KEYS_FRESH_FOR_SECONDS

    def _opened(self, keys: list[store.StoredKey]) -> KeyRing:
        (active,) = [key for key in keys if key.private_key is not None]
        return KeyRing(
            kid=active.kid,
            signs=_private_key(self._house, active),
            verify={
                key.kid: OKPKey.import_key(msgspec.json.decode(key.public_key)) for key in keys
            },
        )


@operation("keys:write")
async def rotate_signing_key(*, context: Context) -> str:
    """Sign with a new key from now on and say its kid.

    The old key signs no more, but stays published until every token that it signed has expired.
    Other processes follow within `KEYS_FRESH_FOR_SECONDS`.
    """
    async with context.house.database("identity").transaction() as tx:
        await store.lock_keys(tx)
        keys = await store.read_keys(tx, kept_seconds=RETIRED_KEPT_SECONDS)
        made = await _make_key(tx, context, keys)
    context.house.the(SigningKeys).forget()
    return made.kid


async def _first_key_made(house: House) -> list[store.StoredKey]:
    context = Context.of_service(house, "identity", frozenset())
    async with house.database("identity").transaction() as tx:
        await store.lock_keys(tx)
        keys = await store.read_keys(tx, kept_seconds=RETIRED_KEPT_SECONDS)
        if all(key.private_key is None for key in keys):
            keys.append(await _make_key(tx, context, keys))
    return keys


async def _make_key(
    tx: Transaction, context: Context, keys: list[store.StoredKey]
) -> store.StoredKey:
    active = next((key for key in keys if key.private_key is not None), None)
    made = _new_key(context.house, generation=active.generation + 1 if active else 1)
    now = await server_time(tx)
    if active is not None:
        await store.retire_key(tx, retired_at=now, vouch=_vouch(context.house, active))
    await store.insert_key(tx, made, made_at=now)
    fact = (
        SigningKeyRotated(kid=made.kid, retired_kid=active.kid)
        if active
        else SigningKeyMade(kid=made.kid)
    )
    event = NewEvent(stream=STREAM, version=made.generation, data=fact, context=context)
    await LOG.append(tx, [event], now)
    return made


def _new_key(house: House, *, generation: int) -> store.StoredKey:
    key = OKPKey.generate_key("Ed25519")
    kid = key.thumbprint()
    private = msgspec.json.encode(key.as_dict(private=True))
    return store.StoredKey(
        generation=generation,
        kid=kid,
        public_key=msgspec.json.encode(key.as_dict(private=False)).decode(),
        private_key=house.secrets.seal(private, label=_label(kid)),
    )


def genuine_key(house: House, kept: store.StoredKey) -> OKPKey | None:
    """A key of which it is certain that this service made it: what it sealed says so. None for
    one that was retired before keys were vouched for, or that somebody else put there."""
    try:
        if kept.private_key is not None:
            key = _private_key(house, kept)
        elif kept.vouch is not None:
            vouched = house.secrets.open(kept.vouch, label=_vouch_label(kept.kid))
            key = OKPKey.import_key(msgspec.json.decode(vouched))
        else:
            return None
    except InvalidSetting:
        return None
    return key if key.thumbprint() == kept.kid else None


def _vouch(house: House, key: store.StoredKey) -> bytes:
    """What lets the public part of a key be trusted when its private part is gone."""
    public = _private_key(house, key).as_dict(private=False)
    return house.secrets.seal(msgspec.json.encode(public), label=_vouch_label(key.kid))


def _private_key(house: House, key: store.StoredKey) -> OKPKey:
    assert key.private_key is not None
    private = house.secrets.open(key.private_key, label=_label(key.kid))
    return OKPKey.import_key(msgspec.json.decode(private))


def _vouch_label(kid: str) -> str:
    return f"identity.retired_key:{kid}"


def _label(kid: str) -> str:
    return f"identity.signing_key:{kid}"
