"""Group commit by itself: who waits gets their own answer, whatever becomes of the others."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.errors import Busy
from rackhouse.platform.group_commit import ANSWERS_A_TURN, GroupCommit, QueueFull, TimedOut

Answers = Sequence[int | Exception]


class Odd(Exception):
    """An odd number was asked for."""


class Deciding:
    """Doubles even numbers, refuses odd ones, and fails with those that are below 0 among them."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def __call__(self, numbers: Sequence[int]) -> Answers:
        self.batches.append(list(numbers))
        await self.goes_on.wait()
        if min(numbers) < 0:
            raise ValueError("below 0")
        return [Odd(number) if number % 2 else 2 * number for number in numbers]


def commits_with(
    deciding: Deciding, *, batch: int = 1000, queue: int = 5000
) -> GroupCommit[int, int]:
    """A group commit in front of it."""
    return GroupCommit(deciding, batch_limit=batch, queue_limit=queue)


async def test_each_gets_their_own_answer_or_refusal() -> None:
    commits = commits_with(Deciding())
    asked = [commits.submit(number) for number in (2, 3, 4)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [answers[0], type(answers[1]), answers[2]] == [4, Odd, 8]
    await commits.close()


async def test_what_arrives_while_a_batch_commits_is_the_next_batch() -> None:
    deciding = Deciding()
    deciding.goes_on.clear()
    commits = commits_with(deciding, batch=2)
    asked = [commits.submit(0)]
    await asyncio.sleep(0)
    asked += [commits.submit(number) for number in (2, 4, 6)]
    deciding.goes_on.set()
    assert await asyncio.gather(*asked) == [0, 4, 8, 12]
    assert deciding.batches == [[0], [2, 4], [6]]
    await commits.close()


async def test_a_request_that_fails_harms_no_other() -> None:
    commits = commits_with(Deciding())
    asked = [commits.submit(number) for number in (2, -2, 4)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [answers[0], type(answers[1]), answers[2]] == [4, ValueError, 8]
    await commits.close()


async def test_when_the_database_went_away_all_are_told_so() -> None:
    async def decide(numbers: Sequence[int]) -> Answers:
        raise DatabaseUnavailable(reason="it went away")

    commits: GroupCommit[int, int] = GroupCommit(decide, batch_limit=10, queue_limit=10)
    asked = [commits.submit(number) for number in (2, 4)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(each, DatabaseUnavailable) for each in answers)
    await commits.close()


async def test_past_its_limit_the_queue_takes_nothing_more() -> None:
    commits = commits_with(Deciding(), queue=2)
    asked = [commits.submit(2), commits.submit(4)]
    with pytest.raises(QueueFull) as full:
        commits.submit(6)
    assert isinstance(full.value, Busy) and full.value.waiting == 2
    assert await asyncio.gather(*asked) == [4, 8]
    await commits.close()


async def test_who_has_waited_too_long_is_told_and_not_carried_out() -> None:
    deciding = Deciding()
    commits = commits_with(deciding)
    late, early = commits.submit(2, deadline=time.monotonic() - 1), commits.submit(4)
    with pytest.raises(TimedOut):
        await late
    assert await early == 8 and deciding.batches == [[4]]
    await commits.close()


async def test_a_large_batch_is_told_in_order_while_the_next_one_is_decided() -> None:
    deciding = Deciding()
    commits = commits_with(deciding)
    many = 3 * ANSWERS_A_TURN
    told: list[int] = []
    first = [commits.submit(2 * number) for number in range(many)]
    for number, each in enumerate(first):
        each.add_done_callback(lambda _, number=number: told.append(number))
    await first[0]
    assert not first[-1].done()
    following = commits.submit(2)
    await asyncio.gather(*first, following)
    assert told == sorted(told) and len(told) == many
    await commits.close()


async def test_who_waits_is_answered_before_it_closes() -> None:
    commits = commits_with(Deciding(), batch=2 * ANSWERS_A_TURN)
    asked = [commits.submit(2 * number) for number in range(3 * ANSWERS_A_TURN)]
    await commits.close()
    assert all(each.done() for each in asked)
    with pytest.raises(QueueFull):
        commits.submit(2)
