"""How the machine acts: hands commands in, alone or several at once, and compares after each."""

import collections
import copy
import datetime
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, ClassVar, TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from machine.comparing import Replay, compare
from machine.counter import Counter, standing_in
from machine.happenings import Bookkeeper
from machine.pieces import NOWHERE
from machine.probing import probe
from machine.strategies import after, picks, seconds
from machine.tables import Tables
from machine.watching import Watcher
from machine.world import BEGINNING, WHOLE
from rackhouse.inventory.commands import Command

__all__ = ["Acting", "Told", "during"]

Slot: TypeAlias = tuple[str, str, str, str, str]
Rule = TypeVar("Rule")


def during(part: str) -> Callable[[Rule], Rule]:
    """A rule that is followed in histories of which it is a part."""
    decorate: Callable[[Rule], Rule] = precondition(lambda machine: part in machine.world.parts)
    return decorate


class Told:
    """What histories have come to, over all of them."""

    histories = 0
    batches = 0
    commands = 0
    probes = 0
    outcomes: ClassVar[collections.Counter[str]] = collections.Counter()
    taken_apart: ClassVar[collections.Counter[str]] = collections.Counter()


class Acting(RuleBasedStateMachine):
    """A machine whose every step is watched by the books."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._stack.enter_context(standing_in())
        self.now = BEGINNING
        self.world = WHOLE
        self.tables = Tables()
        self.books = Bookkeeper(BEGINNING)
        self.watcher = Watcher(self.books)
        self.counter = Counter(self.tables, self.watcher)
        self.replay = Replay()
        self.gathered: list[Command] = []
        self.to_gather = 0
        self.ids = 0
        self.turn = 0
        Told.histories += 1

    def teardown(self) -> None:
        """Replay everything from nothing once more, and put everything back."""
        try:
            whole = Replay()
            whole.go_on(self.tables.events)
            whole.compare(self.tables)
        finally:
            self._stack.close()
            Told.outcomes.update(self.watcher.outcomes)

    @property
    def context(self) -> Any:
        """Who asks."""
        return self.counter.context

    @property
    def skus(self) -> Sequence[str]:
        """What this history is about."""
        return self.world.skus

    @property
    def places(self) -> Sequence[str]:
        """Where it happens."""
        return self.world.places

    @property
    def channels(self) -> Sequence[str]:
        """Through which channels is sold."""
        return self.world.channels

    @property
    def goods(self) -> Sequence[str]:
        """What may be bought."""
        return self.world.goods

    def new_id(self) -> str:
        """An id that nobody has."""
        self.ids += 1
        return f"{self.ids:04}"

    def ask(self, command: Command) -> None:
        """Hand a command in, alone or with those that come next."""
        self.gathered.append(command)
        if self.to_gather > 0:
            self.to_gather -= 1
            return
        self.carry_out()

    def carry_out(self) -> None:
        """Let the lane decide what was gathered, and compare."""
        commands, self.gathered, self.to_gather = self.gathered, [], 0
        if not commands:
            return
        Told.batches += 1
        Told.commands += len(commands)
        if len(commands) > 1:
            self._together(commands)
        else:
            self._decide(commands)
        self.replay.go_on(self.tables.events)
        self.replay.compare(self.tables)
        compare(self.books, self.tables)

    def _together(self, commands: list[Command]) -> None:
        """A batch that fails is taken apart, as the group commit does."""
        before = copy.deepcopy(vars(self.books))
        try:
            self._decide(commands)
        except Exception as fault:
            if self.counter.fault is not None:
                raise
            Told.taken_apart[f"{type(fault).__name__}: {str(fault)[:60]}"] += 1
            vars(self.books).update(before)
            for each in commands:
                self._decide([each])

    def _decide(self, commands: list[Command]) -> None:
        self.watcher.begin()
        known = len(self.tables.events)
        self.counter.carry_out(commands, self.now)
        self.watcher.end(self.tables.events[known:], self.counter.in_hand)

    def slot(self, pick: int, **wanted: str) -> Slot | None:
        """One of the slots in which free pieces are: SKU, place, lot, allotment, condition."""
        found = sorted(
            {
                (p.sku, p.place, *p.slot)
                for p in self.books.pieces
                if p.state == "free" and p.place != NOWHERE
                if all(getattr(p, name) == value for name, value in wanted.items())
            }
        )
        return found[pick % len(found)] if found else None

    def numbers(self, count: int, slot: Slot) -> tuple[int, ...]:
        """The highest numbers of a slot, if it has numbers."""
        found = [
            p.number
            for p in self.books.pieces
            if p.state == "free" and (p.sku, p.place, *p.slot) == slot and p.number is not None
        ]
        return tuple(sorted(found)[-count:])

    def go_to(self, now: datetime.datetime) -> None:
        """It is later."""
        self.carry_out()
        self.now = self.books.now = now

    # Time.

    @rule(count=seconds)
    def wait(self, count: int) -> None:
        """Time goes by."""
        self.go_to(self.now + after(count))

    @rule(pick=picks, earlier=st.sampled_from([0, 0, 1]))
    def wait_until_something_ends(self, pick: int, earlier: int) -> None:
        """The very moment comes at which a hold ends, or a lot's dates come; or the second
        before."""
        self.carry_out()
        before = after(earlier)
        ends = {each.until for each in self.books.holds.values()}
        lots = [lot for (sku, _), lot in self.books.lots.items() if sku in self.skus]
        ends |= {each.expires_at for each in lots if each.expires_at}
        ends |= {each.release_at for each in lots if each.release_at}
        ahead = sorted(each for each in ends if each - before > self.now)
        if ahead:
            self.go_to(ahead[min(pick, len(ahead) - 1)] - before)

    @rule(count=st.integers(1, 3))
    def gather(self, count: int) -> None:
        """The next commands come in one batch."""
        self.to_gather = count

    # What must always be so.

    @invariant()
    def what_is_available_can_be_had(self) -> None:
        """Exactly that many, and not one more; asked of one channel and SKU at a time."""
        if not self.gathered:
            self.turn += 1
            Told.probes += 1
            probe(self.books, self.tables, self.turn)
