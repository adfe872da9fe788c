"""Trying out, on a copy of the tables, whether what is available can be had."""

from collections.abc import Sequence
from typing import Any

import msgspec

from machine.counter import Counter
from machine.pieces import Books
from machine.tables import Tables
from machine.world import BUNDLES, CHANNELS, SKUS, components, needs_of
from rackhouse.inventory.commands import Placement
from rackhouse.inventory.errors import NotEnoughStock
from rackhouse.inventory.rules import QUOTAS, WAITING, Hold, Line

__all__ = ["probe"]

ASKED = [(channel, sku) for sku in (*SKUS, *BUNDLES) for channel in CHANNELS]


def probe(books: Books, tables: Tables, turn: int) -> None:
    """Ask for as many as are available, then for one more."""
    channel, sku = ASKED[turn % len(ASKED)]
    there = min(books.available(channel, part) // count for part, count in components(sku).items())
    trial = _unlimited(tables)
    if there:
        (outcome,) = _place(trial.copy(), books, channel, Line(sku, there))
        assert isinstance(outcome, Hold), f"{there} of {sku} for {channel}: {outcome!r}"
    (outcome,) = _place(trial, books, channel, Line(sku, there + 1))
    assert isinstance(outcome, NotEnoughStock), f"{there + 1} of {sku} for {channel}"
    assert [each.available for each in outcome.lines] == [there], f"{outcome!r}"


def _unlimited(tables: Tables) -> Tables:
    """The same stock, with nobody in line and no quotas."""
    trial = tables.copy()
    trial.waiting.clear()
    trial.quotas.clear()
    trial.quota_skus.clear()
    for key, row in trial.stock.items():
        details = row.details & ~QUOTAS & ~WAITING
        trial.stock[key] = msgspec.structs.replace(row, details=details)
    return trial


def _place(tables: Tables, books: Books, channel: str, line: Line) -> Sequence[Any]:
    counter = Counter(tables)
    placement = Placement(
        context=counter.context,
        hold_id="probe",
        channel=channel,
        lines=[line],
        needs=needs_of([line]),
        locations=CHANNELS[channel],
        ttl_seconds=10,
    )
    return counter.carry_out([placement], books.now)
