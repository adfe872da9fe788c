"""Dead letters: messages that were given up. They are looked at, sent anew or discarded."""

import datetime

import msgspec

from rackhouse.outlets import store
from rackhouse.outlets.errors import DeadLetterNotFound
from rackhouse.outlets.events import DeadLettersDiscarded, DeadLettersReplayed
from rackhouse.outlets.letter import DeadLetter
from rackhouse.outlets.opening import happen, own_outlet
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import is_uuid
from rackhouse.platform.store import server_time

__all__ = [
    "DeadLetterPlace",
    "Queued",
    "dead_letter_of",
    "dead_letter_page",
    "discard_dead_letter",
    "discard_dead_letters",
    "replay_dead_letter",
    "replay_dead_letters",
]


class DeadLetterPlace(msgspec.Struct, frozen=True):
    """Where a page of dead letters ended."""

    died_at: datetime.datetime
    id: str


class Queued(msgspec.Struct, frozen=True):
    """How many dead letters are to be sent anew."""

    queued: int


@operation("outlets:read")
async def dead_letter_page(
    *, context: Context, outlet_id: str, after: DeadLetterPlace | None, limit: int
) -> list[DeadLetter]:
    """The dead letters of an outlet, the oldest first; refuses with `OutletNotFound`."""
    await own_outlet(context, outlet_id)
    async with context.house.database("outlets").reading() as tx:
        return await store.letter_page(
            tx, outlet_id, after=(after.died_at, after.id) if after else None, limit=limit
        )


@operation("outlets:read")
async def dead_letter_of(*, context: Context, outlet_id: str, letter_id: str) -> DeadLetter:
    """A dead letter; refuses with `OutletNotFound` and `DeadLetterNotFound`."""
    await own_outlet(context, outlet_id)
    found = None
    if is_uuid(letter_id):
        async with context.house.database("outlets").reading() as tx:
            found = await store.letter_of(tx, outlet_id, letter_id)
    if found is None:
        raise DeadLetterNotFound(outlet_id=outlet_id, letter_id=letter_id)
    return found


@operation("outlets:write")
async def replay_dead_letter(*, context: Context, outlet_id: str, letter_id: str) -> Queued:
    """Send a dead letter anew, before what follows; refuses as `dead_letter_of` does."""
    await own_outlet(context, outlet_id)
    async with context.house.database("outlets").transaction() as tx:
        await claim(tx, context.idempotency)
        found = is_uuid(letter_id) and await store.queue_letter(tx, outlet_id, letter_id)
        if not found:
            raise DeadLetterNotFound(outlet_id=outlet_id, letter_id=letter_id)
        return await _queued(tx, context, outlet_id, 1)


@operation("outlets:write")
async def replay_dead_letters(*, context: Context, outlet_id: str) -> Queued:
    """Send every dead letter of an outlet anew, in the order in which they were recorded; refuses
    with `OutletNotFound`."""
    await own_outlet(context, outlet_id)
    async with context.house.database("outlets").transaction() as tx:
        await claim(tx, context.idempotency)
        return await _queued(tx, context, outlet_id, await store.queue_letters(tx, outlet_id))


@operation("outlets:write")
async def discard_dead_letter(*, context: Context, outlet_id: str, letter_id: str) -> None:
    """Forget a dead letter for good; refuses as `dead_letter_of` does."""
    await own_outlet(context, outlet_id)
    async with context.house.database("outlets").transaction() as tx:
        if not is_uuid(letter_id) or not await store.delete_letter(tx, outlet_id, letter_id):
            raise DeadLetterNotFound(outlet_id=outlet_id, letter_id=letter_id)
        await happen(tx, context, outlet_id, DeadLettersDiscarded(letters=1))


@operation("outlets:write")
async def discard_dead_letters(*, context: Context, outlet_id: str) -> int:
    """Forget every dead letter of an outlet for good, and say how many; refuses with
    `OutletNotFound`."""
    await own_outlet(context, outlet_id)
    async with context.house.database("outlets").transaction() as tx:
        discarded = await store.delete_letters(tx, outlet_id)
        if discarded:
            await happen(tx, context, outlet_id, DeadLettersDiscarded(letters=discarded))
    return discarded


async def _queued(tx: Transaction, context: Context, outlet_id: str, letters: int) -> Queued:
    if letters:
        await happen(tx, context, outlet_id, DeadLettersReplayed(letters=letters))
    queued = Queued(letters)
    await remember_answer(tx, context.idempotency, queued, answered_at=await server_time(tx))
    return queued
