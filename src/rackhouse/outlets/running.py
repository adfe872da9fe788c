"""Running one outlet: follow the logs from its cursor, send, and write down what came of it."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Collection, Sequence

import msgspec
import structlog

from rackhouse.feeds import Hub, StreamListener, Subscription
from rackhouse.outlets import store
from rackhouse.outlets.events import OutletDisabledForGood
from rackhouse.outlets.kinds import SIGNALS, Gone, Kind, Message, NotTaken, Outlet, Rejected
from rackhouse.outlets.letter import DeadLetter
from rackhouse.outlets.opening import happen
from rackhouse.outlets.outcomes import Outcome, attempted, dead_among, problem_of, trouble_after
from rackhouse.outlets.progressing import Progress, Told
from rackhouse.outlets.rules import batch_size
from rackhouse.outlets.telling import Line
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.errors import Refusal
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.store import server_time

__all__ = ["Runner"]

REENTER_SECONDS = 0.5
LETTERS_AT_ONCE = 100

_log = structlog.get_logger(__name__)


class _LeaseLost(Exception):
    """Somebody else has the outlet now, or it was moved, or it is gone."""


class Runner:
    """Runs one outlet, which this process has the lease of, until it is cancelled, moved or gone
    (``run``), or until it has sent what there is (``catch_up``).

    ``sends`` bounds how many outlets of this process send at once, ``retries`` how many of those
    that failed the last time. A message that is acknowledged
    within ``within_seconds`` was in time. ``letters`` says that dead letters are to be sent
    anew. While it is ``busy``, it is not yet written down what came of something that was sent.
    ``chance`` is what waiting after a failure draws from.
    """

    def __init__(
        self,
        house: House,
        kind: Kind,
        outlet: Outlet,
        progress: Progress,
        *,
        sends: asyncio.Semaphore,
        retries: asyncio.Semaphore,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self.epoch = progress.epoch
        self.within_seconds = house.settings.outlet_within_seconds
        self.letters = asyncio.Event()
        self.busy = asyncio.Lock()
        self._house = house
        self._kind = kind
        self._outlet = outlet
        self._cursor = progress.cursor
        self._trouble = progress.trouble()
        self._sends = sends
        self._retries = retries
        self._line: Line | None = None
        self._sending: Sequence[Message] = ()
        self._greeted = False
        self._chance = chance or random.SystemRandom().random
        caller = Caller(subject=f"service:{kind.name}", permissions=kind.permissions)
        self._context = Context(house=house, caller=caller, correlation_id=new_id())

    async def run(self) -> None:
        """Send what comes, for as long as we may."""
        while True:
            try:
                await self._until_due()
                await self._follow()
                continue
            except _LeaseLost:
                return
            except DatabaseUnavailable as reason:
                _log.warning("outlet_put_off", outlet=self._outlet.id, reason=str(reason))
            except Refusal as refusal:
                await self._note_fault(str(refusal))
            except Exception as fault:
                _log.exception("outlet_fault", outlet=self._outlet.id)
                await self._note_fault(f"a fault on our side: {type(fault).__name__}")
            await asyncio.sleep(REENTER_SECONDS)

    async def catch_up(self) -> None:
        """Send what this process has heard of by now, unless it is not to be tried again yet."""
        if await self._seconds_until_due() > 0:
            return
        with contextlib.suppress(_LeaseLost):
            try:
                if await self._send_letters():
                    await self._send_line(await self._heard())
            except Refusal as refusal:
                await self._note_fault(str(refusal))

    def told(self) -> Told:
        """How far behind it is."""
        line = self._line
        sending = [each for each in self._sending if not each.is_signal]
        oldest = sending[0] if sending else line.oldest() if line is not None else None
        waits = 0 if line is None or oldest is None else len(line)
        return Told(
            outlet_id=self._outlet.id,
            epoch=self.epoch,
            live=line is not None and line.live,
            waiting=waits + len(sending),
            oldest_at=oldest.recorded_at if oldest is not None else None,
        )

    async def _until_due(self) -> None:
        """Wait until it may be tried again."""
        if (seconds := await self._seconds_until_due()) > 0:
            await asyncio.sleep(seconds)

    async def _seconds_until_due(self) -> float:
        if self._trouble.retry_at is None:
            return 0.0
        async with self._house.database("outlets").reading() as tx:
            now = await server_time(tx)
        return (self._trouble.retry_at - now).total_seconds()

    async def _follow(self) -> None:
        """Send until a failure, or until the logs are to be followed anew."""
        if not await self._send_letters():
            return
        listener = await self._listener()
        line = self._line = Line(self._outlet.id, self._outlet.conflate_after, self._signals())
        filling = asyncio.create_task(line.fill(listener))
        try:
            await self._send_all(line)
        finally:
            self._line = None
            await _ended(filling)
            self._house.the(Hub).leave(listener)

    async def _listener(self) -> StreamListener:
        return await self._house.the(Hub).enter(
            caller=self._follower(),
            subscription=Subscription(
                filter=self._outlet.filter, cursor=self._cursor, snapshot=self._cursor is None
            ),
            transport="outlet",
            verify=_still_welcome,
            abandon=_nothing,
        )

    async def _heard(self) -> Line:
        """What is to be sent by now; as much of it as there is room for."""
        listener = await self._listener()
        line = Line(self._outlet.id, self._outlet.conflate_after, self._signals())
        filling = asyncio.create_task(line.fill(listener))
        try:
            while not line.live and not line.is_full and line.closed is None:
                line.changed.clear()
                await line.changed.wait()
        finally:
            await _ended(filling)
            self._house.the(Hub).leave(listener)
        return line

    async def _send_line(self, line: Line) -> None:
        while True:
            messages, cursors = line.take(batch_size(self._trouble, self._kind.batch_limit))
            if not messages and not cursors:
                return
            if not messages:
                await self._reach(cursors[-1])
            elif not await self._send_batch(messages, cursors):
                return

    async def _send_all(self, line: Line) -> None:
        while True:
            line.changed.clear()
            if self.letters.is_set() and not await self._send_letters():
                return
            messages, cursors = line.take(batch_size(self._trouble, self._kind.batch_limit))
            if messages:
                if not await self._send_batch(messages, cursors):
                    return
            elif cursors:
                await self._reach(cursors[-1])
            elif line.closed is not None:
                if line.closed != "too_slow":
                    await asyncio.sleep(REENTER_SECONDS)
                return
            else:
                await _either(line.changed, self.letters)

    async def _send_batch(self, messages: Sequence[Message], cursors: Sequence[str | None]) -> bool:
        """Send some messages; says whether to go on at once."""
        try:
            while messages:
                self._sending = messages
                async with self.busy:
                    outcome = await self._hand_over(messages)
                    over = await self._write_down(outcome, messages, cursors)
                messages, cursors = messages[over:], cursors[over:]
                if not outcome.goes_on:
                    return False
            return True
        finally:
            self._sending = ()

    async def _hand_over(self, messages: Sequence[Message]) -> Outcome:
        outlet = msgspec.structs.replace(
            self._outlet, failures=self._trouble.failures, cursor=self._cursor
        )
        async with self._retries if self._trouble.failures else self._sends:
            try:
                async with asyncio.timeout(self._kind.send_seconds):
                    taken = await self._kind.send(self._context, outlet, messages)
            except (NotTaken, Rejected, Gone) as error:
                return Outcome(error.taken, error)
            except TimeoutError:
                seconds = self._kind.send_seconds
                return Outcome(0, NotTaken(f"no answer within {seconds:g} s"))
            except Exception as fault:
                _log.exception("outlet_send_fault", outlet=outlet.id, kind=outlet.kind)
                problem = f"a fault on our side: {type(fault).__name__}"
                return Outcome(0, NotTaken(problem))
        assert 0 < taken <= len(messages), "a kind that takes nothing says why"
        return Outcome(taken, None)

    async def _write_down(
        self, outcome: Outcome, messages: Sequence[Message], cursors: Sequence[str | None]
    ) -> int:
        """Write down what came of a batch; says how many messages from the front are over and done
        with, because they were taken or became dead letters."""
        outlet_id, epoch = self._outlet.id, self.epoch
        async with self._house.database("outlets").transaction() as tx:
            now = await store.begin_lazily(tx)
            trouble = trouble_after(self._trouble, outcome, now=now, chance=self._chance())
            dead = dead_among(messages, outcome, trouble, now)
            over = outcome.taken + len(dead)
            cursor = _last(cursors[:over]) or self._cursor
            ours = await store.acknowledge(
                tx,
                outlet_id,
                epoch,
                cursor=cursor,
                sent_cursor=_last(cursors) or cursor,
                trouble=trouble,
                acknowledged=outcome.taken > 0,
                now=now,
            )
            if not ours:
                raise _LeaseLost()
            counted = attempted(messages, outcome, now=now, within_seconds=self.within_seconds)
            await store.count_minute(tx, outlet_id, counted, now)
            if letters := [each for each in dead if not each.is_signal]:
                await store.insert_letters(
                    tx,
                    outlet_id,
                    letters,
                    problem=problem_of(outcome),
                    attempts=self._trouble.failures + 1,
                    died_at=now,
                )
            if isinstance(outcome.error, Gone):
                gone = OutletDisabledForGood(reason=problem_of(outcome))
                await happen(tx, self._context, outlet_id, gone)
        self._cursor, self._trouble = cursor, trouble
        self._greeted = self._greeted or any(each.type == "live" for each in messages[:over])
        if isinstance(outcome.error, Gone):
            raise _LeaseLost()
        return over

    async def _reach(self, cursor: str | None) -> None:
        """Write down that nothing was to be sent up to a cursor."""
        async with self._house.database("outlets").transaction() as tx:
            now = await store.begin_lazily(tx)
            ours = await store.acknowledge(
                tx,
                self._outlet.id,
                self.epoch,
                cursor=cursor,
                sent_cursor=cursor,
                trouble=self._trouble,
                acknowledged=False,
                now=now,
            )
            if not ours:
                raise _LeaseLost()
        self._cursor = cursor

    async def _send_letters(self) -> bool:
        """Send the dead letters that are to be sent anew, one by one; says whether to go on."""
        self.letters.clear()
        while True:
            async with self._house.database("outlets").reading() as tx:
                letters = await store.queued_letters(tx, self._outlet.id, limit=LETTERS_AT_ONCE)
            for letter in letters:
                async with self.busy:
                    outcome = await self._hand_over([letter.message()])
                    await self._write_letter(letter, outcome)
                if not outcome.goes_on:
                    return False
            if not letters:
                return True

    async def _write_letter(self, letter: DeadLetter, outcome: Outcome) -> None:
        await self._write_down(
            Outcome(outcome.taken, None if outcome.goes_on else outcome.error),
            [letter.message()],
            [None],
        )
        async with self._house.database("outlets").transaction() as tx:
            if isinstance(outcome.error, Rejected):
                await store.put_back_letter(tx, letter, problem_of(outcome))
            elif outcome.taken:
                await store.delete_letter(tx, self._outlet.id, letter.id)

    async def _note_fault(self, problem: str) -> None:
        """Write down that the logs could not be followed at all."""
        with contextlib.suppress(DatabaseUnavailable, _LeaseLost):
            await self._write_down(Outcome(0, NotTaken(problem)), (), ())

    def _signals(self) -> Collection[str]:
        """What it is told besides: once that it has caught up, then that nothing happens."""
        if not self._outlet.signals:
            return ()
        return ("heartbeat",) if self._greeted else SIGNALS

    def _follower(self) -> Caller:
        """Whom the outlet hears for: its channel, or everybody."""
        permissions = {"stream:read"} | ({"orders:read"} if self._outlet.hears_orders else set())
        return Caller(
            subject=f"outlet:{self._outlet.id}",
            permissions=frozenset(permissions),
            channel=self._outlet.channel,
        )


def _last(cursors: Sequence[str | None]) -> str | None:
    return next((each for each in reversed(cursors) if each is not None), None)


async def _either(one: asyncio.Event, other: asyncio.Event) -> None:
    waits = [asyncio.create_task(one.wait()), asyncio.create_task(other.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()


async def _ended(filling: "asyncio.Task[None]") -> None:
    filling.cancel()
    await asyncio.wait([filling])
    if not filling.cancelled() and (fault := filling.exception()) is not None:
        raise fault


async def _still_welcome() -> None:
    """An outlet has no token that could expire."""


def _nothing() -> None:
    """An outlet has no connection to break."""
