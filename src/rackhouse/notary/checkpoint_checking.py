"""Checking checkpoints: their signatures, their roots one after the other, and their heads."""

from collections.abc import Sequence

from rackhouse.identity import StatementNotOurs, read_statement
from rackhouse.notary import store
from rackhouse.notary.rules import (
    Checkpoint,
    Finding,
    Findings,
    Head,
    Walk,
    read_payload,
    root_of,
)
from rackhouse.notary.saved import SavedCheckpoint
from rackhouse.notary.signing import CHECKPOINT
from rackhouse.platform.events import GENESIS, EventLog
from rackhouse.platform.house import House

__all__ = ["CheckpointCheck"]

HEADS_PAGE_LIMIT = 5_000


class CheckpointCheck:
    """Compares the checkpoints of one log with what was seen of the log up to each of them."""

    def __init__(self, house: House, log: EventLog, walk: Walk, findings: Findings) -> None:
        self._house = house
        self._log = log
        self._walk = walk
        self._findings = findings
        self._last: Checkpoint | None = None
        self._events_at_last = self._doubts_at_last = 0
        self._number = 0
        self.checked = 0

    async def check(self, row: Checkpoint) -> None:
        """Check a stored checkpoint, when the log was seen as far as its position."""
        self.checked += 1
        if row.number != self._number + 1:
            self._find("removed", _gone(row.log, self._number + 1, row.number - 1))
            self._last = None
        follows = row.number == 1 or self._last is not None
        self._number = row.number
        checkpoint = await self._signed(row)
        if checkpoint is None:
            self._last = None
            return
        previous = GENESIS if self._last is None else self._last.root
        if follows and checkpoint.previous_root != previous:
            self._find("altered", f"checkpoint {row.id} does not continue the one before it")
            follows = False
        await self._compare(checkpoint, follows)
        self._last = checkpoint
        self._events_at_last, self._doubts_at_last = self._walk.events, self._walk.doubts
        self._walk.rest()

    async def check_saved(self, saved: Sequence[SavedCheckpoint]) -> None:
        """Compare checkpoints that were kept elsewhere with the stored ones and with the log."""
        for each in saved:
            self.checked += 1
            checkpoint = each.checkpoint
            if each.doubt is not None:
                self._find("forged", f"saved checkpoint {checkpoint.id}: {each.doubt}")
            async with self._house.database("notary").reading() as tx:
                stored = await store.checkpoint_numbered(tx, checkpoint.log, checkpoint.number)
            if stored is None:
                self._find("removed", f"checkpoint {checkpoint.id}, which was saved, is gone")
            elif not _same(stored, checkpoint):
                finding = f"checkpoint {checkpoint.id} says something else than the saved one"
                self._find("altered", finding)
            await self._compare_saved_heads(each)

    async def _signed(self, row: Checkpoint) -> Checkpoint | None:
        """What was signed; None where that can not be said."""
        try:
            payload = await read_statement(house=self._house, typ=CHECKPOINT, statement=row.jws)
            checkpoint = read_payload(payload, row.jws)
        except (StatementNotOurs, ValueError) as refusal:
            reason = refusal.reason if isinstance(refusal, StatementNotOurs) else str(refusal)
            self._find("forged", f"checkpoint {row.id} was not signed by this service: {reason}")
            return None
        if checkpoint != row:
            self._find("altered", f"checkpoint {row.id} says something else than was signed")
        if (checkpoint.log, checkpoint.number) != (row.log, row.number):
            return None
        return checkpoint

    async def _compare(self, checkpoint: Checkpoint, follows: bool) -> None:
        heads = await self._heads(checkpoint)
        intact = root_of(checkpoint.previous_root, heads) == checkpoint.root
        if not intact:
            self._find("altered", f"the heads of checkpoint {checkpoint.id} were altered")
        grown = self._walk.grown_heads()
        if follows and root_of(checkpoint.previous_root, grown) == checkpoint.root:
            self._compare_counts(checkpoint)
            return
        found = self._walk.differences(
            self._log.schema, checkpoint.id, heads if intact else (), all_of_them=follows and intact
        )
        self._findings.add(found)
        if follows and not intact:
            finding = f"the log up to checkpoint {checkpoint.id} is not the one that was signed"
            self._find("altered", finding)

    def _compare_counts(self, checkpoint: Checkpoint) -> None:
        """The heads fit; so must the number of events, unless older ones were archived, or a
        stream is in doubt, of which more will be said."""
        if self._walk.starts or self._walk.doubts > self._doubts_at_last:
            return
        seen = self._walk.events - self._events_at_last
        expected = checkpoint.events - (0 if self._last is None else self._last.events)
        if seen != expected:
            finding = f"{seen} events stand before checkpoint {checkpoint.id}, not {expected}"
            self._find("removed" if seen < expected else "added", finding)

    async def _heads(self, checkpoint: Checkpoint) -> list[Head]:
        heads: list[Head] = []
        while True:
            async with self._house.database("notary").reading() as tx:
                page = await store.heads_of(
                    tx,
                    checkpoint.log,
                    checkpoint.number,
                    after=heads[-1].stream if heads else "",
                    limit=HEADS_PAGE_LIMIT,
                )
            heads += page
            if len(page) < HEADS_PAGE_LIMIT:
                return heads

    async def _compare_saved_heads(self, saved: SavedCheckpoint) -> None:
        for at in range(0, len(saved.heads), HEADS_PAGE_LIMIT):
            heads = saved.heads[at : at + HEADS_PAGE_LIMIT]
            places = {head.stream: head.version for head in heads}
            async with self._house.database(self._log.schema).reading() as tx:
                found = await self._log.hashes(tx, places)
            self._findings.add(
                finding
                for head in heads
                if (finding := self._difference(head, found.get(head.stream), saved)) is not None
            )

    def _difference(
        self, head: Head, found: bytes | None, saved: SavedCheckpoint
    ) -> Finding | None:
        start = self._walk.starts.get(head.stream)
        if found == head.hash or (start is not None and start.version >= head.version):
            return None
        told = f"saved checkpoint {saved.checkpoint.id} names "
        kind, rest = ("removed", "it") if found is None else ("altered", "another hash for it")
        return Finding(self._log.schema, head.stream, head.version, kind, told + rest)

    def _find(self, kind: str, finding: str) -> None:
        self._findings.add([Finding(self._log.schema, None, None, kind, finding)])


def _gone(log: str, first: int, last: int) -> str:
    if first == last:
        return f"checkpoint {log}-{first} is gone"
    return f"checkpoints {log}-{first} to {log}-{last} are gone"


def _same(one: Checkpoint, other: Checkpoint) -> bool:
    return (one.position, one.events, one.previous_root, one.root) == (
        other.position,
        other.events,
        other.previous_root,
        other.root,
    )
