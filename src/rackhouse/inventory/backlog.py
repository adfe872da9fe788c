"""Reading who waits for pieces that may come in: nobody, for SKUs that were never promised."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from rackhouse.channels import ChannelDisabled, ChannelNotFound, locations_sold_by, read_channel
from rackhouse.inventory import store
from rackhouse.inventory.commands import Command, Placement
from rackhouse.inventory.events import PROMISED
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.loading import numbers_wanted
from rackhouse.inventory.rules import BUCKETS, Backlog
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House

__all__ = ["PROMISES_LIMIT", "load_backlog", "locations_served", "selling_of"]

PROMISES_LIMIT = 5000
"""How many promises of a SKU a batch keeps at most; a job goes on with the rest."""


async def selling_of(house: House, commands: Sequence[Command]) -> Mapping[str, frozenset[str]]:
    """The locations of the channels that wait for what some commands may bring; asked before any
    lock."""
    skus = {sku for command in commands for sku in command.brought_skus()}
    if not skus:
        return {}
    async with house.database("inventory").reading() as tx:
        found = await store.channels_promised(tx, skus)
    selling = await locations_served(house, {channel for _, channel in found})
    for command in commands:
        if isinstance(command, Placement) and command.promise:
            selling[command.channel] = frozenset(command.locations)
    return selling


async def locations_served(house: House, channels: set[str]) -> dict[str, frozenset[str]]:
    """The locations that channels sell from. One that is disabled sells no more, but what it has
    sold still comes from there; one that is closed has none."""
    context = Context.of_service(house, "serving", frozenset({"channels:read"}))
    served: dict[str, frozenset[str]] = dict.fromkeys(channels, frozenset())
    for channel in channels:
        with suppress(ChannelNotFound):
            try:
                served[channel] = frozenset(await locations_sold_by(house=house, channel=channel))
            except ChannelDisabled:
                found = await read_channel(context=context, channel_id=channel)
                served[channel] = frozenset(found.locations)
    return served


async def load_backlog(
    tx: Transaction,
    ledger: Ledger,
    commands: Sequence[Command],
    selling: Mapping[str, frozenset[str]],
) -> bool:
    """Read, under the locks, whom the pieces that commands may bring are promised to.

    Says whether ``selling`` had everybody's channel. If not, somebody has bought while the locks
    were waited for, and must not be passed over.
    """
    ledger.backlog = Backlog(selling)
    brought = {sku for command in commands for sku in command.brought_skus()}
    skus = [sku for sku in brought if _is_promised(ledger, sku)]
    if not skus:
        return True
    channels: dict[str, list[str]] = {}
    for sku, channel in await store.channels_promised(tx, skus):
        if channel not in selling:
            return False
        if any((sku, place) in ledger.stock for place in selling[channel]):
            channels.setdefault(sku, []).append(channel)
    await _load_promised(tx, ledger, channels)
    await _load_numbers(tx, ledger, commands)
    return True


def _is_promised(ledger: Ledger, sku: str) -> bool:
    promise = ledger.stock.get((sku, PROMISED))
    return promise is not None and promise.held + promise.committed > 0


async def _load_promised(
    tx: Transaction, ledger: Ledger, channels: Mapping[str, Sequence[str]]
) -> None:
    backlog = ledger.backlog
    async with tx.pipeline():
        pending = await store.send_backlog(tx, channels, ledger.now, limit=PROMISES_LIMIT)
    for promised in await pending.all(store.read_promised):
        backlog.promised.setdefault(promised.allocation.sku, []).append(promised)
    for sku, line in backlog.promised.items():
        if len(line) == PROMISES_LIMIT:
            backlog.last[sku] = line[-1].turn


async def _load_numbers(tx: Transaction, ledger: Ledger, commands: Sequence[Command]) -> None:
    """Read as many free numbers as those who wait may need beside all that else is wanted."""
    if not any(lot.numbered for lot in ledger.depth.lots.values()):
        return
    wanted = numbers_wanted(ledger.in_line, commands)
    for sku, line in ledger.backlog.promised.items():
        waited_for = sum(each.allocation.held + each.allocation.committed for each in line)
        wanted[sku] = wanted.get(sku, 0) + waited_for
    keys = [key for key, row in ledger.stock.items() if row.details & BUCKETS]
    async with tx.pipeline():
        pending = await store.send_free_units(tx, keys, wanted)
    for sku, location, lot, allotment, condition, numbers in await pending.all(_row):
        at = ((sku, location), (lot, allotment, condition))
        ledger.depth.free_units.setdefault(at, set()).update(numbers)


def _row(*values: Any) -> tuple[Any, ...]:
    return values
