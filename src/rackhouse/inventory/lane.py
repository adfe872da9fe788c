"""The lane: every change to stock goes through here, decided in batches under row locks."""

import asyncio
import datetime
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.backlog import load_backlog, selling_of
from rackhouse.inventory.commands import TERMS, Command, Placement, RowsMoved
from rackhouse.inventory.errors import BatchUnsettled, NotEnoughStock, QuotaExceeded, UnitNotFree
from rackhouse.inventory.events import PROMISED
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.levels import stream_of
from rackhouse.inventory.loading import ask_ahead, load_depth
from rackhouse.inventory.log import LOG
from rackhouse.inventory.offering import forget_waiting, offer_to_waiting
from rackhouse.inventory.rules import (
    Allocation,
    Key,
    Stock,
    expire,
    key_of,
    lapse,
    status_now,
)
from rackhouse.platform import idempotency
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import Refusal
from rackhouse.platform.group_commit import GroupCommit
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import IdempotencyKey, Recalled, Rendered

__all__ = ["StockLane"]

LAPSED_LIMIT = 5000
PARTED_LIMIT = 100_000
LOAD_LIMIT = 5


class StockLane:
    """This process's one queue in front of the stock."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._database = house.database("inventory")
        self._commits: GroupCommit[Command, Any] = GroupCommit(
            self._decide,
            batch_limit=house.settings.batch_limit,
            queue_limit=house.settings.queue_limit,
        )
        self._parted: set[Key] = set()

    def submit(self, command: Command) -> "asyncio.Future[Any]":
        """To be awaited: a command is carried out, or its refusal raised."""
        return self._commits.submit(command, deadline=command.context.deadline)

    async def close(self) -> None:
        """Answer what waits."""
        await self._commits.close()

    async def _decide(self, commands: Sequence[Command]) -> Sequence[Any]:
        for _ in range(LOAD_LIMIT):
            with suppress(RowsMoved):
                return await self._decide_once(commands)
        raise BatchUnsettled()

    async def _decide_once(self, commands: Sequence[Command]) -> Sequence[Any]:
        selling = await selling_of(self._house, commands)
        async with self._database.transaction() as tx:
            batch = await _Batch.load(tx, commands, self._house, selling, self._parted)
            self._note_parted(batch.parted())
            outcomes = [await batch.outcome_of(command) for command in commands]
            await batch.offer(commands[-1].context)
            async with tx.pipeline(commit=True):
                await batch.write(tx)
        return outcomes

    def _note_parted(self, keys: Collection[Key]) -> None:
        """Remember which rows are parted, so that their parts are asked for in time."""
        if len(self._parted) >= PARTED_LIMIT:
            self._parted.clear()
        self._parted.update(keys)


class _Batch:
    """One transaction: two round trips, one to lock and read, one to write and commit."""

    now: datetime.datetime
    _ledger: Ledger

    def __init__(self, tx: Transaction, house: House) -> None:
        self._tx = tx
        self._house = house
        self._recalled: dict[tuple[str, str], Recalled] = {}
        self._answers: list[tuple[IdempotencyKey, Rendered]] = []
        self._tidied: set[Key] = set()

    @staticmethod
    async def load(
        tx: Transaction,
        commands: Sequence[Command],
        house: House,
        selling: Mapping[str, frozenset[str]],
        parted: AbstractSet[Key],
    ) -> "_Batch":
        """Lock and read all that the commands need. ``selling`` are the locations of the channels
        that wait for what may come in; ``parted`` are rows that were seen to have parts."""
        batch = _Batch(tx, house)
        keys = {key for command in commands for key in command.stock_keys()}
        keys |= {(sku, PROMISED) for command in commands for sku in command.brought_skus()}
        hold_ids = {hold_id for command in commands for hold_id in command.hold_ids()}
        named = [command.context.idempotency for command in commands]
        idempotency_keys = [key.name for key in named if key is not None]
        opened = [key for each in commands if each.opens_stock for key in each.opened_keys()]
        async with tx.pipeline():
            turned = [*keys, *((sku, TERMS) for sku, _ in opened)]
            turns = await store.take_turns(tx, turned, hold_ids)
            if opened:
                await store.open_stock(tx, opened)
            stock = await store.lock_stock(tx, keys, hold_ids)
            now = await store.send_time(tx)
            holds = await store.send_holds(tx, hold_ids) if hold_ids else None
            allocations = await store.send_allocations(tx, hold_ids) if hold_ids else None
            recalled = await idempotency.recall(tx, idempotency_keys) if idempotency_keys else None
            depth = await ask_ahead(tx, keys & parted, commands)
        rows = await stock.all(Stock)
        batch.now = await now.one(_itself)
        by_hold: dict[str, list[Allocation]] = {}
        for allocation in await allocations.all(store.read_allocation) if allocations else ():
            by_hold.setdefault(allocation.hold_id, []).append(allocation)
        found = [store.read_hold(row, by_hold) for row in await holds.all(_row)] if holds else []
        ledger = batch._ledger = Ledger(
            {(row.sku, row.location): row for row in rows},
            {hold.id: hold for hold in found},
            now=batch.now,
        )
        if recalled is not None:
            batch._recalled = await idempotency.recalled(recalled)
        if hold_ids:
            needed = {key_of(each) for hold in found for each in hold.allocations}
            if not needed.union(ledger.stock) <= set(await turns.all(_turn)):
                raise RowsMoved
        await load_depth(tx, ledger, commands, depth)
        if not await load_backlog(tx, ledger, commands, selling):
            raise RowsMoved
        return batch

    def parted(self) -> Collection[Key]:
        """The rows in hand that have parts."""
        return self._ledger.depth.buckets.keys()

    async def outcome_of(self, command: Command) -> Any:
        """The answer or refusal of one command, remembered under its idempotency key."""
        key = command.context.idempotency
        if key is not None:
            known = self._recalled.get(key.name)
            if known is not None:
                return known.judge(key)
        outcome: Any
        try:
            outcome = await self._decided(command)
        except Refusal as refusal:
            outcome = refusal
        if key is not None:
            self._remember(key, outcome)
        return outcome

    def _remember(self, key: IdempotencyKey, outcome: Any) -> None:
        answer = key.render(outcome)
        self._answers.append((key, answer))
        self._recalled[key.name] = Recalled(
            key.caller, key.key, key.fingerprint, answer.status, answer.body
        )

    async def _decided(self, command: Command) -> Any:
        if not isinstance(command, Placement):
            return command.decide(self._ledger, self.now)
        while True:
            if command.waits_its_turn:
                await self.offer(command.context)
            try:
                return command.decide(self._ledger, self.now)
            except (NotEnoughStock, UnitNotFree):
                if not await self._free_lapsed(command):
                    raise
            except QuotaExceeded as exceeded:
                if not await self._forgive_lapsed(exceeded.quota):
                    raise

    async def offer(self, context: Context) -> None:
        """Offer what is free to those who wait for it."""
        if self._ledger.in_line:
            await offer_to_waiting(self._ledger, self._house, context, self._forgive_lapsed)
        elif self._ledger.asks_who_waits:
            forget_waiting(self._ledger)

    async def _forgive_lapsed(self, quota: str) -> bool:
        """Count what has lapsed no more against a quota; says whether there was any."""
        quotas = self._ledger.quotas
        holds = self._ledger.holds
        tidied = {hold_id for hold_id, *_ in self._ledger.claims if hold_id in holds}
        freed = await store.forgive_lapsed(
            self._tx, quotas.known[quota].skus, self.now, besides=tidied
        )
        quotas.forgive(freed)
        if freed and holds:
            self._ledger.forgiven.update(await store.forgiven_of(self._tx, holds))
        return any(each[0] == quota for each in freed)

    async def _free_lapsed(self, command: Placement) -> bool:
        """Free what has lapsed of the stock that a placement wants; says whether any was."""
        rows = self._ledger.stock
        keys = {key for key in command.stock_keys() if key in rows and rows[key].held > 0}
        keys -= self._tidied
        if not keys:
            return False
        self._tidied |= keys
        found = await store.lapsed_allocations(self._tx, sorted(keys), self.now, limit=LAPSED_LIMIT)
        for allocation in found:
            hold = self._ledger.holds.get(allocation.hold_id)
            if hold is None:
                moves = lapse([allocation], self.now)
                self._ledger.lapse(allocation, moves, command.context)
            else:
                moves = expire(hold, self.now)
                self._ledger.move(hold, moves, command.context, status=status_now(hold, self.now))
        return bool(found)

    async def write(self, tx: Transaction) -> None:
        """Write all that was decided."""
        ledger = self._ledger
        heads = {
            stream_of(row): row.head
            for key in ledger.changed_stock
            if (row := ledger.stock[key]).head is not None
        }
        grown = await LOG.append(tx, ledger.events, self.now, heads)
        changed = [
            msgspec.structs.replace(row, head=grown.get(stream_of(row), row.head))
            for row in map(ledger.stock.__getitem__, ledger.changed_stock)
        ]
        await store.write_stock(tx, changed)
        await store.insert_holds(tx, list(ledger.placed.values()))
        await store.update_holds(tx, list(ledger.changed_holds.values()))
        await store.update_allocations(tx, list(ledger.apart.values()))
        if ledger.has_depth_to_write:
            await self._write_depth(tx)
        await idempotency.remember(tx, self._answers, answered_at=self.now)

    async def _write_depth(self, tx: Transaction) -> None:
        ledger = self._ledger
        await store.write_buckets(
            tx,
            [ledger.bucket(*at) for at in ledger.changed_buckets - ledger.new_buckets],
            [ledger.bucket(*at) for at in ledger.new_buckets],
        )
        await store.write_units(tx, ledger.moved_units)
        await store.write_buffers(tx, ledger.changed_buffers)
        await store.add_allocations(tx, list(ledger.arrived.values()))
        in_hand = [ledger.holds[hold_id] for hold_id in ledger.arrived_in_hand]
        await store.put_allocations(tx, [each for hold in in_hand for each in hold.allocations])
        await store.count_claims(
            tx, ledger.claims, beyond=ledger.beyond_quotas, besides=ledger.quotas.changed
        )
        for write in ledger.further:
            await write(tx)


def _row(*values: Any) -> tuple[Any, ...]:
    return values


def _turn(_: None, sku: str, location: str) -> Key:
    return sku, location


def _itself(value: Any) -> Any:
    return value
