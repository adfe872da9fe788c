"""Who is calling: access tokens verified once, then known for a few seconds at a time."""

import time
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.identity import store
from rackhouse.identity.errors import InvalidToken
from rackhouse.identity.rules import is_client_id
from rackhouse.identity.signing_keys import SigningKeys
from rackhouse.identity.tokens import ACCESS, LOCAL_CLIENT, caller_named_by, read_token
from rackhouse.platform.context import Caller
from rackhouse.platform.events import Event
from rackhouse.platform.group_read import GroupRead
from rackhouse.platform.house import House

__all__ = ["TokenVerifier", "hear_identity"]

KNOWN_FOR_SECONDS = 3.0
KNOWN_TOKENS_LIMIT = 20_000
CLIENTS_A_QUERY_LIMIT = 500


class KnownToken(msgspec.Struct, frozen=True):
    """A verified token's caller, until it expires or is looked at again."""

    good_until: float
    caller: Caller
    client_id: str


class TokenVerifier:
    """Turns access tokens into callers.

    A disabled client's tokens are refused at once in the process that disabled it, as soon as
    the event is heard in the others, and after `KNOWN_FOR_SECONDS` in any case.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: dict[str, KnownToken] = {}
        self._enabled = GroupRead(self._load_enabled, batch_limit=CLIENTS_A_QUERY_LIMIT)
        self._generation = 0

    def known(self, token: str) -> Caller | None:
        """The caller of a token that was verified a moment ago; does no I/O."""
        found = self._known.get(token)
        if found is None or found.good_until <= time.time():
            return None
        return found.caller

    async def caller_of(self, token: str) -> Caller:
        """The caller of an access token; refuses with `InvalidToken`."""
        caller = self.known(token)
        if caller is not None:
            return caller
        now, generation = time.time(), self._generation
        claims = await read_token(self._house, ACCESS, token, now=now)
        await self._refuse_disabled(claims.client_id)
        caller = caller_named_by(claims)
        if generation == self._generation:
            good_until = min(float(claims.exp), now + KNOWN_FOR_SECONDS)
            self._keep(token, KnownToken(good_until, caller, claims.client_id))
        return caller

    def forget_client(self, client_id: str) -> None:
        """Verify the tokens of a client anew when they come next."""
        self._generation += 1
        for token, known in list(self._known.items()):
            if known.client_id == client_id:
                del self._known[token]

    async def _refuse_disabled(self, client_id: str) -> None:
        if client_id == LOCAL_CLIENT:
            return
        if not is_client_id(client_id) or await self._enabled.get(client_id) is None:
            raise InvalidToken(reason="its client is disabled")

    async def _load_enabled(self, client_ids: Sequence[str]) -> Mapping[str, bool]:
        async with self._house.database("identity").transaction() as tx:
            return dict.fromkeys(await store.enabled_clients(tx, client_ids), True)

    def _keep(self, token: str, known: KnownToken) -> None:
        if len(self._known) >= KNOWN_TOKENS_LIMIT:
            self._known.clear()
        self._known[token] = known


def hear_identity(house: House, events: Sequence[Event]) -> None:
    """Act at once on what another process did: a client shut out, a key rotated."""
    for event in events:
        if event.type == "ClientDisabled":
            house.the(TokenVerifier).forget_client(event.facts()["client_id"])
        elif event.type == "SigningKeyRotated":
            house.the(SigningKeys).forget()
