"""The counter: hands commands to the stock lane as a batch, with tables in place of a database,
and lets the books follow what happens."""

import datetime
import itertools
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar

from machine.tables import Tables
from machine.world import CHANNELS
from rackhouse.catalog import Component, Sale
from rackhouse.channels import Channel
from rackhouse.inventory import lane, offering, store
from rackhouse.inventory.commands import Command
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.settings import Settings

__all__ = ["Counter", "Watch", "house_of", "standing_in"]

Answer = TypeVar("Answer")

SETTINGS = Settings()

Watch = Callable[[Any, Command, Any], None]
"""Told of each outcome: the ledger, the command, the answer or refusal."""


class Counter:
    """Where commands are handed in."""

    def __init__(self, tables: Tables, watch: Watch | None = None) -> None:
        self.tables = tables
        self.watch = watch
        self.fault: Exception | None = None
        self.in_hand: frozenset[tuple[str, str]] = frozenset()
        self._lane = lane.StockLane(house_of(self))
        caller = Caller(subject="machine", permissions=frozenset())
        self.context = Context(
            house=house_of(self),  # type: ignore[arg-type]
            caller=caller,
            correlation_id="machine",
        )

    def carry_out(self, commands: Sequence[Command], now: datetime.datetime) -> Sequence[Any]:
        """The outcomes of a batch: an answer or a refusal for each command."""
        self.tables.clock["now"] = now
        self.fault = None
        try:
            return _done(self._lane._decide(commands))
        finally:
            if self.fault is not None:
                raise self.fault


class _House:
    """Of a house, what the lane asks for."""

    settings = SETTINGS

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def database(self, module: str) -> "_Database":
        return _Database(self._counter)

    def the(self, part: type) -> "_Channels | _Catalog":
        facts = {"ChannelFacts": _Channels, "CatalogFacts": _Catalog}
        assert part.__name__ in facts, f"nothing but {', '.join(facts)} is asked for, not {part}"
        return facts[part.__name__]()


class _Channels:
    """The facts about channels."""

    async def get(self, channel: str) -> Channel:
        return Channel(
            id=channel,
            name=channel,
            kind="other",
            locations=CHANNELS[channel],
            enabled=True,
            version=1,
        )


class _Catalog:
    """The facts about SKUs: each is for sale by itself, always."""

    @property
    def skus(self) -> "_Catalog":
        return self

    async def get_many(self, skus: Sequence[str]) -> dict[str, SimpleNamespace]:
        sold = {sku: Sale(components=(Component(sku=sku, quantity=1),), life=None) for sku in skus}
        return {sku: SimpleNamespace(sale=sale) for sku, sale in sold.items()}


class _Database:
    """A transaction changes the tables, or leaves them as they were."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["_Transaction"]:
        before = self._counter.tables.copy()
        try:
            yield _Transaction(self._counter)
        except BaseException:
            self._counter.tables.become(before)
            raise

    reading = transaction


class _Transaction:
    """What the statements are given."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    @asynccontextmanager
    async def pipeline(self, *, commit: bool = False) -> AsyncIterator[None]:
        yield


def house_of(counter: Counter) -> Any:
    """The house that a counter stands in."""
    return _House(counter)


@contextmanager
def standing_in() -> Iterator[None]:
    """Let tables stand in for the database, and watches be told of outcomes."""
    replaced = [(owner, name, getattr(owner, name)) for owner, name, _ in _REPLACED]
    for owner, name, instead in _REPLACED:
        setattr(owner, name, instead)
    try:
        yield
    finally:
        for owner, name, original in replaced:
            setattr(owner, name, original)


def _statement(name: str) -> Callable[..., Any]:
    async def ask(tx: Any, *arguments: Any, **named: Any) -> Any:
        return await getattr(tx.counter.tables, name)(tx, *arguments, **named)

    return ask


def _replacements() -> Iterator[tuple[object, str, Any]]:
    names = [name for name in store.__all__ if hasattr(Tables, name)]
    instead = {id(getattr(store, name)): _statement(name) for name in names}
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("rackhouse.inventory"):
            for name, value in vars(module).items():
                if id(value) in instead and callable(value):
                    yield module, name, instead[id(value)]
    yield lane.LOG, "append", _statement("append")
    ids = itertools.count()
    yield offering, "new_id", lambda: f"offer-{next(ids):06}"
    yield lane._Batch, "outcome_of", _watched(lane._Batch.outcome_of)


def _watched(outcome_of: Callable[..., Any]) -> Callable[..., Any]:
    async def watched(batch: Any, command: Command) -> Any:
        outcome = await outcome_of(batch, command)
        counter = batch._tx.counter
        counter.in_hand = frozenset(batch._ledger.stock)
        if counter.watch is not None:
            try:
                counter.watch(batch._ledger, command, outcome)
            except Exception as fault:
                counter.fault = fault
                raise
        return outcome

    return watched


def _done(work: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        work.send(None)
    except StopIteration as done:
        answer: Answer = done.value
        return answer
    raise AssertionError("nothing here waits for anything")


_REPLACED = list(_replacements())
