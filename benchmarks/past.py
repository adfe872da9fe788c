"""The past: how long figures of a past moment and their explanations take on a long history."""

import datetime
import random
from urllib.parse import quote

from benchmarks.figures import Figure, figure_of
from benchmarks.histories import SPAN, History, load_histories
from benchmarks.journeys import get_request
from benchmarks.laboratory import Laboratory, UnderTest
from benchmarks.load import Journey, UnexpectedAnswer, closed_loop, expect
from rackhouse.inventory import rebuild_snapshots
from rackhouse.rehearsal.http_client import HttpConnection

__all__ = ["measure_past"]

SKU = "BENCH-PAST"
EVENTS = 1_000_000
CLIENTS = 4
WARM_SECONDS = 0.5
SEED = 20_261_122


async def measure_past(lab: Laboratory, service: UnderTest, *, seconds: float) -> list[Figure]:
    """The time of an answer with `EVENTS` events of the SKU that is asked for."""
    history = await _load(lab)
    await rebuild_snapshots(context=lab.context())
    target = f"/api/v1/inventory/{SKU}"
    asked = {"as_of": (target, "figures"), "explain": (f"{target}/explain", "explanations")}
    found = []
    for name, (path, what) in asked.items():
        go = _at_any_moment(lab, service, path, history)
        for length in (WARM_SECONDS, seconds):
            sample = await closed_loop(service.url, go, clients=CLIENTS, seconds=length, at_least=1)
        told = f"{what} as of any moment, one SKU with {EVENTS:,} events, {CLIENTS} clients"
        found.append(figure_of(f"past_{name}", told, [sample]))
    return found


def _at_any_moment(lab: Laboratory, service: UnderTest, path: str, history: History) -> Journey:
    chance = random.Random(SEED)

    async def go(connection: HttpConnection, number: int) -> None:
        moment = history.began + SPAN * chance.random()
        target = f"{path}?as_of={quote(moment.isoformat())}"
        answer = await expect(connection, get_request(lab, service, target), 200)
        if b'"explained":false' in answer.body:
            raise UnexpectedAnswer(f"{target} is not explained")

    return go


async def _load(lab: Laboratory) -> History:
    until = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    history = History(SKU, events=EVENTS, until=until, seed=SEED)
    await load_histories(lab, [history])
    return history
