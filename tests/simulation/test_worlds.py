"""Simulated worlds: what holds in each of them, and what is found when an adapter is at fault."""

import itertools
import os
from collections.abc import Mapping
from typing import Any

import pytest

from rackhouse.simulation import Cast, Faults, World
from rackhouse.simulation.actors import Marketplace, Till, WebShop
from rackhouse.simulation.books import Sale
from rackhouse.simulation.network import Client, Request

SMALL = World(hours=1, skus=2, units=16, rush=16, rush_at_hours=0.5)
NOISY = World(
    hours=2,
    skus=2,
    units=30,
    rush=0,
    connected_marketplaces=0,
    connected_shops=0,
    faults=Faults(
        lost_answers=0.1,
        repeated_requests=0.2,
        truncated_feeds=0.5,
        repeated_messages=0.4,
        reordered_messages=0.4,
        repeated_reports=0.4,
    ),
)
SEEDS_LIMIT = 5
SEEDS = range(int(os.environ.get("RACKHOUSE_SIMULATED_SEEDS", "2")))


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_world_ends_as_everybody_was_told(simulated, seed: int) -> None:
    report, _ = await simulated(seed, SMALL)
    assert report.breaches == [] and report.verdict == "passed"
    assert (report.oversold, report.lost, report.doubled, report.diverged) == (0, 0, 0, 0)
    assert report.sales["confirmed"] > 0 and report.sales["refused"] > 0


async def test_the_same_seed_gives_the_same_history(simulated) -> None:
    first, history = await simulated(11, SMALL)
    again, same = await simulated(11, SMALL)
    other, _ = await simulated(12, SMALL)
    assert history == same and first == again
    assert first.history_hash != other.history_hash


async def test_a_world_without_faults_asks_everything_once(simulated) -> None:
    world = World(hours=1, skus=1, rush=5, faults=Faults.none())
    report, _ = await simulated(3, world)
    assert report.verdict == "passed" and report.happened.keys() <= {"sold_out_there"}


class ForgetsItsNumbers(Marketplace):
    """Gives a sale another number each time it is reported."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        fresh = itertools.count()
        self.reporter.number_of = lambda sale: f"{sale.external_id}-{next(fresh)}"


class BelievesTheLastMessage(Marketplace):
    """Takes each message for the newest, in whatever order they arrive."""

    def _take(self, message: Mapping[str, Any]) -> None:
        rows = message["stock"] if message["type"] == "snapshot" else [message]
        self.view.update({row["stream"]: row for row in rows if "on_hand" in row})


class SkipsWhatWasCut(Marketplace):
    """Goes on from where the service came to, not from where it heard."""

    def _through_noise(self, heard: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        arrived = super()._through_noise(heard)
        cursors = [each["cursor"] for each in heard if each.get("cursor")]
        self._cursor = cursors[-1] if cursors else self._cursor
        return arrived


class SellsTheShelf(Till):
    """Sells whatever is asked for, downloaded or not."""

    async def _synchronise(self) -> None:
        await super()._synchronise()
        self._may_sell = dict.fromkeys(self._stage.skus, 100)


class TakesSilenceForYes(WebShop):
    """Thinks that what was not answered was paid."""

    async def _turn(self, sale: Sale, verb: str, status: str) -> None:
        await super()._turn(sale, verb, status)
        if verb == "confirm":
            sale.status = "confirmed"


class RetriesAnew(WebShop):
    """Sends each attempt under a number of its own."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._client._send = self._send_anew(self._client)  # type: ignore[method-assign]

    @staticmethod
    def _send_anew(client: Client) -> Any:
        send, fresh = client._send, itertools.count()

        async def sent(request: Request) -> Any:
            mark = f"-{next(fresh)}"
            body = request.body.replace(b'","lines"', f'{mark}","lines"'.encode())
            return await send(Request(request.method, request.target, request.token, mark, body))

        return sent


@pytest.mark.parametrize(
    ("cast", "found"),
    [
        (Cast(marketplace=ForgetsItsNumbers), "doubled"),
        (Cast(marketplace=BelievesTheLastMessage), "diverged"),
        (Cast(marketplace=SkipsWhatWasCut), "diverged"),
        (Cast(till=SellsTheShelf), "not covered"),
        (Cast(web_shop=TakesSilenceForYes), "lost"),
        (Cast(web_shop=RetriesAnew), "doubled"),
    ],
    ids=lambda each: each if isinstance(each, str) else _planted(each),
)
async def test_a_fault_in_an_adapter_is_found(simulated, cast: Cast, found: str) -> None:
    for seed in range(SEEDS_LIMIT):
        report, _ = await simulated(seed, NOISY, cast)
        if getattr(report, found, 0) or any(found in each for each in report.breaches):
            assert report.verdict == "failed"
            return
    pytest.fail(f"{_planted(cast)} was not found in {SEEDS_LIMIT} worlds")


def _planted(cast: Cast) -> str:
    parts = (cast.web_shop, cast.till, cast.marketplace)
    return next(each.__name__ for each in parts if each not in (WebShop, Till, Marketplace))
