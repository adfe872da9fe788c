"""Concurrent clients: each does one thing after the other, of which a seeded chance decides; asks
several processes; hangs up early, asks twice at once, asks again under the same key, or gives up.
"""

import asyncio
import random
from collections.abc import Mapping

import msgspec

from isolation.history import UNKNOWN, Answered
from isolation.operations import OPERATIONS, Ask, Board, Operation, Turn
from isolation.wire import Wire
from rackhouse.rehearsal.shop import back_off_seconds

__all__ = ["Client", "Manners"]

ASKED_LIMIT = 60
FAULT = 500
HANG_UP_SECONDS = (0.001, 0.03)


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """How clients behave: shares of requests from 0 to 1."""

    hangs_up: float = 0.08
    asks_twice_at_once: float = 0.08
    gives_up: float = 0.12
    has_no_key: float = 0.05
    stays_with_one_process: float = 0.5
    asks_again_in_the_end: float = 0.25


class Client:
    """One client. ``weights`` say what it does, by the names of operations."""

    def __init__(
        self,
        name: str,
        *,
        token: str,
        wire: Wire,
        board: Board,
        seed: str,
        manners: Manners,
        weights: Mapping[str, int] | None = None,
    ) -> None:
        self.name = name
        self.chance = random.Random(f"{seed}/{name}")
        self._token = token
        self._wire = wire
        self._board = board
        self._manners = manners
        self._operations = [each for each in OPERATIONS if weights is None or each.name in weights]
        self._weights = [
            each.weight if weights is None else weights[each.name] for each in self._operations
        ]
        self._home = self.chance.choice(wire.processes)
        self._asked = 0
        self._again: list[_Sent] = []

    async def go(self, steps: int) -> None:
        """Do so many things."""
        for _ in range(steps):
            (operation,) = self.chance.choices(self._operations, self._weights)
            ask = operation.ask(Turn(self._board, self.chance))
            if ask is not None:
                await self.carry_out(operation, ask)

    async def carry_out(self, operation: Operation, ask: Ask) -> Answered:
        """Send a request in one of the ways until it is answered or given up."""
        self._asked += 1
        id_ = f"{self.name}.{self._asked}"
        keyed = ask.method == "POST" and self.chance.random() >= self._manners.has_no_key
        sent = _Sent(
            id_, operation.name, ask, f"{self._wire.recorder.run}.{id_}" if keyed else None
        )
        answered = await self._first(sent)
        for rounds in range(ASKED_LIMIT):
            if not _is_worth_another(answered) or not self._may_repeat(sent):
                break
            if rounds == 0 and self.chance.random() < self._manners.gives_up:
                break
            await asyncio.sleep(back_off_seconds(self.chance, rounds))
            answered = await self._attempt(sent)
        if keyed and self.chance.random() < self._manners.asks_again_in_the_end:
            self._again.append(sent)
        if answered.outcome != UNKNOWN:
            self._board.learn(answered.told())
        return answered

    async def ask_again(self) -> None:
        """Send some of what was sent before once more, under its key."""
        for sent in self._again:
            for rounds in range(ASKED_LIMIT):
                if not _is_worth_another(await self._attempt(sent)):
                    break
                await asyncio.sleep(back_off_seconds(self.chance, rounds))

    def _may_repeat(self, sent: "_Sent") -> bool:
        return sent.key is not None or sent.ask.method == "GET"

    async def _first(self, sent: "_Sent") -> Answered:
        draw, manners = self.chance.random(), self._manners
        if draw < manners.hangs_up:
            return await self._attempt(sent, self.chance.uniform(*HANG_UP_SECONDS))
        if sent.key is not None and draw < manners.hangs_up + manners.asks_twice_at_once:
            both = await asyncio.gather(self._attempt(sent), self._attempt(sent))
            return next((each for each in both if each.outcome != UNKNOWN), both[0])
        return await self._attempt(sent)

    async def _attempt(self, sent: "_Sent", hang_up_after_seconds: float | None = None) -> Answered:
        stays = self.chance.random() < self._manners.stays_with_one_process
        return await self._wire.attempt(
            request=sent.id,
            client=self.name,
            token=self._token,
            process=self._home if stays else self.chance.choice(self._wire.processes),
            operation=sent.operation,
            method=sent.ask.method,
            target=sent.ask.target,
            body=sent.ask.body,
            key=sent.key,
            if_match=sent.ask.if_match,
            hang_up_after_seconds=hang_up_after_seconds,
        )


def _is_worth_another(answered: Answered) -> bool:
    """Whether nobody knows what became of it and asking again may help; after a fault, it does
    not."""
    return answered.outcome == UNKNOWN and answered.status != FAULT


class _Sent(msgspec.Struct, frozen=True):
    id: str
    operation: str
    ask: Ask
    key: str | None
