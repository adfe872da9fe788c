"""Reading what there is to know of the stock in hand beside its rows: nothing for plain rows."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.commands import Command
from rackhouse.inventory.events import SELLABLE
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.levels import InLine
from rackhouse.inventory.rules import BUCKETS, BUFFERS, QUOTAS, WAITING, Bucket, Key, Quota
from rackhouse.platform.database import Pending, Transaction

__all__ = ["AskedDepth", "ask_ahead", "load_depth", "numbers_wanted"]

IN_LINE_LIMIT = 50


async def load_depth(
    tx: Transaction, ledger: Ledger, commands: Sequence[Command], asked: "AskedDepth | None" = None
) -> None:
    """Read the buckets, lots, free units and buffers of the rows in hand that have any, and what
    commands read themselves. What was ``asked`` ahead is read if it is all that is wanted."""
    details = ledger.details
    if details & BUFFERS:
        keys = _keys(ledger, BUFFERS)
        async with tx.pipeline():
            found = await store.send_buffers(tx, keys)
        for sku, location, channel, quantity in await found.all(_row):
            ledger.depth.buffers[sku, location, channel] = quantity
    if details & QUOTAS:
        await _load_quotas(tx, ledger, commands)
    if details & WAITING:
        ledger.asks_who_waits = True
        async with tx.pipeline():
            waiting = await store.send_first_in_line(
                tx, sorted({sku for sku, _ in _keys(ledger, WAITING)}), limit=IN_LINE_LIMIT
            )
        for each in await waiting.all(InLine):
            ledger.in_line.setdefault(each.sku, []).append(each)
        if ledger.quotas.known:
            await _load_uses_in_line(tx, ledger)
    if details & BUCKETS or any(command.lots_named() for command in commands):
        await _load_buckets(tx, ledger, commands, asked)
    for command in commands:
        if command.prepares:
            await command.prepare(tx, ledger)


async def _load_quotas(tx: Transaction, ledger: Ledger, commands: Sequence[Command]) -> None:
    skus = sorted({sku for sku, _ in _keys(ledger, QUOTAS)})
    customers = {hold.customer_id for hold in ledger.holds.values()}
    customers |= {getattr(command, "customer_id", None) for command in commands}
    async with tx.pipeline():
        quotas = await store.lock_quotas(tx, skus)
        uses = await store.send_quota_uses(tx, skus, sorted(filter(None, customers)))
    for id_, name, cap, per, of in await quotas.all(_row):
        limited = frozenset(msgspec.json.decode(of, type=list[str]))
        ledger.quotas.known[id_] = Quota(id_, name, cap, per, limited)
    for id_, subject, used in await uses.all(_row):
        ledger.quotas.used[id_, subject] = used
    if ledger.quotas.known and ledger.holds:
        ledger.forgiven.update(await store.forgiven_of(tx, ledger.holds))


async def _load_uses_in_line(tx: Transaction, ledger: Ledger) -> None:
    """What is offered to customers in line counts in their quotas, too."""
    skus = sorted({sku for sku, _ in _keys(ledger, QUOTAS)})
    customers = {each.customer_id for line in ledger.in_line.values() for each in line}
    async with tx.pipeline():
        uses = await store.send_quota_uses(tx, skus, sorted(customers))
    for id_, subject, used in await uses.all(_row):
        ledger.quotas.used[id_, subject] = used


async def _load_buckets(
    tx: Transaction, ledger: Ledger, commands: Sequence[Command], asked: "AskedDepth | None"
) -> None:
    keys = _keys(ledger, BUCKETS)
    if asked is None or not asked.keys.issuperset(keys) or ledger.in_line:
        async with tx.pipeline():
            wanted = numbers_wanted(ledger.in_line, commands)
            asked = await _ask_depth(tx, keys, commands, wanted)
    depth = ledger.depth
    for key in keys:
        depth.buckets[key] = {}
    for bucket in await asked.buckets.all(Bucket):
        if (bucket.sku, bucket.location) in depth.buckets:
            depth.buckets[bucket.sku, bucket.location][bucket.slot] = bucket
    for lot in await asked.lots.all(store.read_lot):
        depth.lots[lot.sku, lot.lot] = lot
    for sku, location, lot_name, allotment, condition, numbers in await asked.free.all(_row):
        slot = (lot_name, allotment, condition)
        depth.free_units[(sku, location), slot] = set(numbers)
    for unit in await asked.units.all(_row) if asked.units is not None else ():
        _note_unit(ledger, *unit)


class AskedDepth(msgspec.Struct, frozen=True):
    """What was asked of some stock rows, to be read after the pipeline."""

    keys: frozenset[Key]
    buckets: Pending
    lots: Pending
    free: Pending
    units: Pending | None


async def ask_ahead(
    tx: Transaction, keys: Collection[Key], commands: Sequence[Command]
) -> AskedDepth | None:
    """Ask within the pipeline that locks, after the locks, for what there is to know of some rows,
    which were parted when they were last seen: that saves ``load_depth`` a trip of its own."""
    return await _ask_depth(tx, keys, commands, numbers_wanted({}, commands)) if keys else None


async def _ask_depth(
    tx: Transaction, keys: Collection[Key], commands: Sequence[Command], wanted: Mapping[str, int]
) -> AskedDepth:
    named = {each for command in commands for each in command.lots_named()}
    units = {each for command in commands for each in command.units_named()}
    return AskedDepth(
        frozenset(keys),
        await store.send_buckets(tx, keys),
        await store.send_lots(tx, keys, named),
        await store.send_free_units(tx, keys, wanted),
        await store.send_units(tx, units) if units else None,
    )


def numbers_wanted(
    in_line: Mapping[str, Sequence[InLine]], commands: Sequence[Command]
) -> dict[str, int]:
    """How many free numbers of each SKU may be taken at most: by commands, for customers in line,
    and by name, of which each may be one of the lowest."""
    wanted: dict[str, int] = {}
    for command in commands:
        for sku, quantity in command.pieces_wanted().items():
            wanted[sku] = wanted.get(sku, 0) + quantity
    for each in (each for line in in_line.values() for each in line):
        wanted[each.sku] = wanted.get(each.sku, 0) + each.quantity
    named = {each for command in commands for each in command.units_named()}
    for sku, _, _ in named:
        wanted[sku] = wanted.get(sku, 0) + 1
    return wanted


def _note_unit(
    ledger: Ledger,
    sku: str,
    lot: str,
    number: int,
    location: str,
    allotment: str,
    condition: str,
    state: str,
) -> None:
    depth = ledger.depth
    depth.unit_states[sku, lot, number] = (
        condition if state == "in_stock" and condition != SELLABLE else state
    )
    if state == "in_stock":
        slot = (lot, allotment, condition)
        depth.free_units.setdefault(((sku, location), slot), set()).add(number)


def _keys(ledger: Ledger, detail: int) -> list[Key]:
    return [key for key, row in ledger.stock.items() if row.details & detail]


def _row(*values: Any) -> tuple[Any, ...]:
    return values
