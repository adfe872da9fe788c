"""The machine: anything anybody could do to stock in depth, in any order."""

import collections
import copy
import datetime
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from machine.comparing import Replay, compare
from machine.counter import Counter, standing_in
from machine.happenings import Bookkeeper
from machine.probing import probe
from machine.tables import Tables
from machine.watching import Watcher
from machine.world import (
    BEGINNING,
    BUNDLES,
    CHANNELS,
    CUSTOMERS,
    LOTS,
    NUMBERED,
    PLACES,
    SKUS,
    moment,
    needs_of,
)
from rackhouse.inventory.commands import (
    IN_ORDER,
    Adjust,
    AdjustStock,
    AllotStock,
    ChangeCondition,
    Command,
    ConfirmHold,
    EndQuota,
    ExpireHold,
    ExtendHold,
    GiveBack,
    JoinWaiting,
    KeepBack,
    LeaveWaiting,
    Placement,
    ReceiveStock,
    ReleaseHold,
    ReturnGoods,
    SetQuota,
    ShipHold,
)
from rackhouse.inventory.commands.lots import (
    ChangeLot,
    RecallLot,
    RegisterLot,
    ReinstateLot,
    TurnLot,
)
from rackhouse.inventory.rules import Line, Pieces
from rackhouse.inventory.rules.lots import LotChanges, LotFacts
from rackhouse.inventory.sourcing import Place, Sourcing, candidates

__all__ = ["InDepth", "Told"]

CONDITIONS = ("sellable", "damaged", "quality_control", "quarantine")

few = st.integers(1, 4)
some = st.integers(1, 6)
picks = st.integers(0, 5)
skus = st.sampled_from(SKUS)
places = st.sampled_from(sorted(PLACES))
channels = st.sampled_from(sorted(CHANNELS))
conditions = st.sampled_from(CONDITIONS)
lots_of_c = st.sampled_from(LOTS)
numbers = st.sets(st.integers(1, NUMBERED[1]), min_size=1, max_size=4)
seconds = st.integers(1, 12)
dates = st.integers(-5, 30)
lots = st.sampled_from([*(("C", lot) for lot in LOTS), ("D", NUMBERED[0])])


def lines_of(sku: str) -> st.SearchStrategy[Line]:
    """Lines as a buyer may write them."""
    if sku == "C":
        lot = st.none() | st.none() | lots_of_c
        picking = st.sampled_from([None, None, "first_in"])
        return st.builds(Line, st.just(sku), few, lot, st.just(()), picking)
    if sku == "D":
        return st.one_of(
            st.builds(Line, st.just(sku), st.integers(1, 3)),
            numbers.map(lambda units: Line("D", len(units), NUMBERED[0], tuple(sorted(units)))),
        )
    return st.builds(Line, st.just(sku), few)


wanted_skus = st.sampled_from([*SKUS, *BUNDLES])
wishes = st.lists(wanted_skus.flatmap(lines_of), min_size=1, max_size=3)
portions = st.none() | wishes.map(lambda lines: lines[:1])
sourcings = st.sampled_from(
    [
        IN_ORDER,
        IN_ORDER,
        IN_ORDER,
        Sourcing(strategy="nearest", destination=Place(latitude=42, longitude=10)),
        Sourcing(strategy="fewest_parcels"),
        Sourcing(strategy="spread"),
        Sourcing(split=False),
        Sourcing(split_lines=False),
    ]
)


def _after(count: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=count)


class Told:
    """What histories have come to, over all of them."""

    histories = 0
    steps = 0
    outcomes: ClassVar[collections.Counter[str]] = collections.Counter()
    taken_apart: ClassVar[collections.Counter[str]] = collections.Counter()


class InDepth(RuleBasedStateMachine):
    """Stock in depth, watched by the books."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._stack.enter_context(standing_in())
        self.now = BEGINNING
        self.tables = Tables()
        self.books = Bookkeeper(BEGINNING)
        self.watcher = Watcher(self.books)
        self.counter = Counter(self.tables, self.watcher)
        self.replay = Replay()
        self.gathered: list[Command] = []
        self.to_gather = 0
        self.ids = 0
        self.holds: list[str] = []
        self.probes = 0
        Told.histories += 1

    def teardown(self) -> None:
        """Put everything back."""
        self._stack.close()
        Told.outcomes.update(self.watcher.outcomes)

    # Carrying out.

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
        Told.steps += 1
        self.books.now = self.now
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
        self.watcher.end(self.tables.events[known:])

    @property
    def context(self) -> Any:
        """Who asks."""
        return self.counter.context

    def new_id(self) -> str:
        """An id that nobody has."""
        self.ids += 1
        return f"{self.ids:04}"

    def hold(self, pick: int) -> str:
        """One of the latest holds."""
        return self.holds[-1 - pick % len(self.holds)]

    # The beginning.

    @initialize(
        early=st.integers(5, 40),
        late=st.integers(20, 80),
        young=st.integers(5, 40),
        order=st.permutations(LOTS),
        received=st.lists(st.tuples(skus, places, some), min_size=1, max_size=4),
    )
    def open(
        self,
        early: int,
        late: int,
        young: int,
        order: list[str],
        received: list[tuple[str, str, int]],
    ) -> None:
        """Lots are known, and something has come."""
        dates = {
            "early": LotFacts(expires_at=moment(early)),
            "late": LotFacts(expires_at=moment(late)),
            "young": LotFacts(release_at=moment(young)),
        }
        for lot in order:
            self.register("C", lot, dates[lot])
            self.wait(1)
        self.register("D", NUMBERED[0], LotFacts(numbered=NUMBERED[1]))
        for sku, place, quantity in received:
            if sku == "C":
                self.receive_lot(LOTS[quantity % 3], place, quantity, "sellable")
            elif sku == "D":
                self.receive_numbered(set(range(1, quantity + 1)), place, "sellable")
            else:
                self.receive(sku, place, quantity, "sellable")

    def register(self, sku: str, lot: str, facts: LotFacts) -> None:
        """Make a lot known."""
        self.ask(RegisterLot(context=self.context, sku=sku, lot=lot, facts=facts))

    # Time.

    @rule(after=seconds)
    def wait(self, after: int) -> None:
        """Time goes by."""
        self.carry_out()
        self.now += datetime.timedelta(seconds=after)
        self.books.now = self.now

    @rule(pick=picks)
    def wait_until_something_ends(self, pick: int) -> None:
        """The very moment comes at which a hold ends, or a lot's dates come."""
        self.carry_out()
        ends = {each.until for each in self.books.holds.values()}
        ends |= {each.expires_at for each in self.books.lots.values() if each.expires_at}
        ends |= {each.release_at for each in self.books.lots.values() if each.release_at}
        ahead = sorted(each for each in ends if each > self.now)
        if ahead:
            self.now = self.books.now = ahead[min(pick, len(ahead) - 1)]

    @rule(count=st.integers(1, 3))
    def gather(self, count: int) -> None:
        """The next commands come in one batch."""
        self.to_gather = count

    # Stock.

    @rule(sku=st.sampled_from("AB"), place=places, quantity=some, condition=conditions)
    def receive(self, sku: str, place: str, quantity: int, condition: str) -> None:
        """Pieces come in."""
        self._receive(place, [Line(sku, quantity)], condition)

    @rule(lot=lots_of_c, place=places, quantity=some, condition=conditions)
    def receive_lot(self, lot: str, place: str, quantity: int, condition: str) -> None:
        """Pieces of a lot come in."""
        self._receive(place, [Line("C", quantity, lot)], condition)

    @rule(units=numbers, place=places, condition=conditions)
    def receive_numbered(self, units: set[int], place: str, condition: str) -> None:
        """Numbered pieces come in, unless they have before."""
        lines = [Line("D", len(units), NUMBERED[0], tuple(sorted(units)))]
        self._receive(place, lines, condition)

    def _receive(self, place: str, lines: Sequence[Line], condition: str) -> None:
        command = ReceiveStock(
            context=self.context, location=place, lines=lines, condition=condition
        )
        self.ask(command)

    @rule(
        sku=skus,
        place=places,
        slot=st.tuples(st.sampled_from(["", *LOTS]), st.sampled_from(["", *CHANNELS]), conditions),
        counted=st.none() | st.integers(0, 6),
        delta=st.integers(-3, 3),
        units=numbers,
    )
    def adjust(
        self,
        sku: str,
        place: str,
        slot: tuple[str, str, str],
        counted: int | None,
        delta: int,
        units: set[int],
    ) -> None:
        """Somebody counts, or something is found or lost."""
        lot, allotment, condition = slot
        named: tuple[int, ...] = ()
        if sku == "D":
            lot, named = NUMBERED[0], tuple(sorted(units))
            counted, delta = None, (1 if delta >= 0 else -1) * len(named)
        elif sku != "C":
            lot = ""
        adjustment = Adjust(
            sku=sku,
            location=place,
            delta=None if counted is not None else delta,
            counted=counted,
            lot=lot,
            allotment=allotment if condition == "sellable" else "",
            condition=condition,
            units=named,
        )
        command = AdjustStock(context=self.context, adjustments=[adjustment], reason="count")
        self.ask(command)

    def pieces(
        self, sku: str, place: str, lot: str, quantity: int, units: set[int], **slot: str
    ) -> Pieces:
        """Pieces of a slot."""
        named = tuple(sorted(units)) if sku == "D" and len(units) == quantity else ()
        return Pieces(
            sku=sku,
            location=place,
            quantity=quantity,
            lot={"C": lot, "D": NUMBERED[0]}.get(sku, ""),
            units=named,
            **slot,
        )

    @rule(
        sku=skus,
        place=places,
        lot=st.sampled_from(["", *LOTS]),
        quantity=st.integers(1, 3),
        units=numbers,
        before=conditions,
        after=conditions,
        allotment=st.sampled_from(["", "", *CHANNELS]),
    )
    def change_condition(
        self,
        sku: str,
        place: str,
        lot: str,
        quantity: int,
        units: set[int],
        before: str,
        after: str,
        allotment: str,
    ) -> None:
        """Something breaks, or turns out to be sound."""
        pieces = self.pieces(
            sku, place, lot, quantity, units, condition=before, allotment=allotment
        )
        command = ChangeCondition(
            context=self.context, pieces=pieces, after=after, reason="looked at"
        )
        self.ask(command)

    @rule(
        sku=skus,
        place=places,
        lot=st.sampled_from(["", *LOTS]),
        quantity=few,
        units=numbers,
        channel=channels,
    )
    def allot(
        self, sku: str, place: str, lot: str, quantity: int, units: set[int], channel: str
    ) -> None:
        """Pieces are set apart for a channel."""
        pieces = self.pieces(sku, place, lot, quantity, units)
        self.ask(AllotStock(context=self.context, pieces=pieces, channel=channel))

    @rule(
        sku=skus,
        place=places,
        lot=st.sampled_from(["", *LOTS]),
        quantity=few,
        units=numbers,
        channel=channels,
    )
    def give_back(
        self, sku: str, place: str, lot: str, quantity: int, units: set[int], channel: str
    ) -> None:
        """A channel gives pieces back."""
        pieces = self.pieces(sku, place, lot, quantity, units, allotment=channel)
        self.ask(GiveBack(context=self.context, pieces=pieces))

    @rule(sku=skus, place=places, quantity=st.integers(0, 3), channel=st.just("") | channels)
    def keep_back(self, sku: str, place: str, quantity: int, channel: str) -> None:
        """Some are kept for the unforeseen, or for other channels."""
        self.ask(
            KeepBack(
                context=self.context, sku=sku, location=place, quantity=quantity, channel=channel
            )
        )

    # Lots.

    @rule(lot=lots, reinstated=st.booleans())
    def recall(self, lot: tuple[str, str], reinstated: bool) -> None:
        """None of a lot is sold any more, or it is again."""
        kind = ReinstateLot if reinstated else RecallLot
        sku, name = lot
        self.ask(kind(context=self.context, sku=sku, lot=name, reason="glass"))

    @rule(lot=lots, released=st.none() | dates, expired=st.none() | dates)
    def change_lot(self, lot: tuple[str, str], released: int | None, expired: int | None) -> None:
        """Its dates are others."""
        changes = LotChanges(
            release_at=None if released is None else self.now + _after(released),
            expires_at=None if expired is None else self.now + _after(expired),
        )
        sku, name = lot
        self.ask(
            ChangeLot(
                context=self.context, sku=sku, lot=name, changes=changes, expected_version=None
            )
        )

    @rule(lot=lots)
    def turn_lot(self, lot: tuple[str, str]) -> None:
        """The worker tells of dates that have come."""
        sku, name = lot
        self.ask(TurnLot(context=self.context, sku=sku, lot=name))

    # Holds.

    @rule(
        channel=channels,
        customer=st.sampled_from(CUSTOMERS),
        lines=wishes,
        lasts=seconds,
        sourcing=sourcings,
        further=st.sampled_from(["hold", "hold", "sell", "hand over"]),
    )
    def place_hold(
        self,
        channel: str,
        customer: str | None,
        lines: list[Line],
        lasts: int,
        sourcing: Sourcing,
        further: str,
    ) -> None:
        """A buyer wants several lines, all or none."""
        hold_id = self.new_id()
        self.holds.append(hold_id)
        self.ask(
            Placement(
                context=self.context,
                hold_id=hold_id,
                channel=channel,
                customer_id=customer,
                lines=lines,
                needs=needs_of(lines),
                locations=CHANNELS[channel],
                ttl_seconds=lasts,
                sell=further != "hold",
                hand_over=further == "hand over",
                may_exist=True,
                sourcing=sourcing,
                candidates=()
                if sourcing is IN_ORDER
                else candidates(CHANNELS[channel], PLACES, sourcing),
            )
        )

    @precondition(lambda self: self.holds)
    @rule(pick=picks)
    def confirm(self, pick: int) -> None:
        """A buyer pays."""
        self.ask(ConfirmHold(context=self.context, hold_id=self.hold(pick)))

    @precondition(lambda self: self.holds)
    @rule(pick=picks, lasts=seconds)
    def extend(self, pick: int, lasts: int) -> None:
        """A buyer needs longer."""
        command = ExtendHold(context=self.context, hold_id=self.hold(pick), ttl_seconds=lasts)
        self.ask(command)

    @precondition(lambda self: self.holds)
    @rule(pick=picks, lines=portions)
    def release(self, pick: int, lines: list[Line] | None) -> None:
        """A buyer changes their mind."""
        hold_id = self.hold(pick)
        self.ask(
            ReleaseHold(
                context=self.context,
                hold_id=hold_id,
                lines=self.fitting(hold_id, lines),
                reason="no",
            )
        )

    @precondition(lambda self: self.holds)
    @rule(pick=picks, lines=portions)
    def ship(self, pick: int, lines: list[Line] | None) -> None:
        """A parcel leaves."""
        hold_id = self.hold(pick)
        lines = self.fitting(hold_id, lines)
        self.ask(ShipHold(context=self.context, hold_id=hold_id, lines=lines))

    @precondition(lambda self: self.holds)
    @rule(
        pick=picks,
        lines=portions,
        condition=conditions,
        place=st.none() | places,
    )
    def return_goods(
        self, pick: int, lines: list[Line] | None, condition: str, place: str | None
    ) -> None:
        """A parcel comes back, perhaps broken, perhaps elsewhere."""
        hold_id = self.hold(pick)
        hold = self.books.holds.get(hold_id)
        asked = () if hold is None else [need.sku for need in needs_of(hold.lines)]
        self.ask(
            ReturnGoods(
                context=self.context,
                hold_id=hold_id,
                lines=self.fitting(hold_id, lines),
                reason="no",
                condition=condition,
                location=place,
                skus=asked,
            )
        )

    def fitting(self, hold_id: str, lines: list[Line] | None) -> list[Line] | None:
        """A line of the hold in question, rather than of any."""
        hold = self.books.holds.get(hold_id)
        if lines is None or hold is None:
            return lines
        (line,) = lines
        asked = hold.lines[line.quantity % len(hold.lines)]
        if asked.sku == "D" and line.sku == "D" and line.units:
            mine = [p.number for p in self.books.of(hold_id, "held", "sold", "shipped")]
            named = sorted(number for number in mine if number is not None)[: line.quantity]
            return [Line("D", len(named), asked.lot, tuple(named))] if named else [line]
        lot = line.lot if asked.sku == "C" else None
        return [Line(asked.sku, min(line.quantity, asked.quantity), lot)]

    @precondition(lambda self: self.holds)
    @rule(pick=picks)
    def tidy(self, pick: int) -> None:
        """The worker ends what has lapsed."""
        self.ask(ExpireHold(context=self.context, hold_id=self.hold(pick)))

    # Limits.

    @rule(
        quota=st.sampled_from(["small", "large"]),
        cap=st.integers(1, 8),
        per=st.sampled_from(["everyone", "customer"]),
        of=st.sets(skus, min_size=1, max_size=3),
    )
    def set_quota(self, quota: str, cap: int, per: str, of: set[str]) -> None:
        """A cap for everyone, or for each customer."""
        self.ask(
            SetQuota(
                context=self.context,
                quota=quota,
                name=quota,
                cap=cap,
                per=per,  # type: ignore[arg-type]
                skus=sorted(of),
            )
        )

    @precondition(lambda self: self.books.quotas)
    @rule(quota=st.sampled_from(["small", "large"]))
    def end_quota(self, quota: str) -> None:
        """A cap counts no more."""
        known = self.books.quotas.get(quota)
        skus = known.skus if known else ("A",)
        self.ask(EndQuota(context=self.context, quota=quota, skus=skus))

    @rule(
        sku=skus,
        quantity=st.integers(1, 3),
        channel=channels,
        customer=st.sampled_from(CUSTOMERS[1:]),
    )
    def join_line(self, sku: str, quantity: int, channel: str, customer: str) -> None:
        """A customer waits."""
        waiting_id = self.new_id()
        self.ask(
            JoinWaiting(
                context=self.context,
                waiting_id=waiting_id,
                sku=sku,
                quantity=quantity,
                channel=channel,
                customer_id=customer,
                offer_seconds=5,
                locations=CHANNELS[channel],
            )
        )

    @precondition(lambda self: self.books.in_line)
    @rule(pick=picks)
    def leave_line(self, pick: int) -> None:
        """A customer waits no more."""
        line = self.books.in_line
        waiting_id = line[pick % len(line)].id
        self.ask(LeaveWaiting(context=self.context, waiting_id=waiting_id))

    # What must always be so.

    @invariant()
    def what_is_available_can_be_had(self) -> None:
        """Exactly that many, and not one more; asked of one channel and SKU at a time."""
        if not self.gathered:
            self.probes += 1
            probe(self.books, self.tables, self.probes)
