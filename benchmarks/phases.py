"""The phases: what is measured, with how many workers, in which order."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

from benchmarks import depth, journeys
from benchmarks.commands import IN_FLIGHT, commands_over_grpc, commands_over_socket
from benchmarks.engine import engine
from benchmarks.laboratory import HOT_SKU, Laboratory, UnderTest
from benchmarks.load import Journey, Sample, closed_loop
from benchmarks.pgbench import pgbench

__all__ = ["PHASES", "Phase"]

CLIENTS = 64
ENGINE_CLIENTS = 256
WARM_SECONDS = 0.5
WARM_HOT = 1_000
# Every SKU is asked for once, so that the service knows them all as it does after a while.
WARM_MANY = 10_000

Commands: TypeAlias = Callable[[Laboratory, UnderTest, float], Awaitable[Sample]]
Measure: TypeAlias = Callable[[Laboratory, UnderTest | None, float], Awaitable[Sample]]


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: ``letter`` is what ``--only`` names; without workers no service runs."""

    name: str
    letter: str
    workers: int | None
    what: str
    measure: Measure


def _pgbench(clients: int) -> Phase:
    async def measure(lab: Laboratory, _: UnderTest | None, seconds: float) -> Sample:
        return await pgbench(lab, clients=clients, seconds=seconds)

    what = f"pgbench, updating one row, {clients} clients"
    return Phase(name=f"pgbench_{clients}", letter="a", workers=None, what=what, measure=measure)


def _engine() -> Phase:
    async def measure(lab: Laboratory, _: UnderTest | None, seconds: float) -> Sample:
        await engine(lab, clients=ENGINE_CLIENTS, seconds=WARM_SECONDS)
        return await engine(lab, clients=ENGINE_CLIENTS, seconds=seconds)

    what = f"hold engine without HTTP, one hot SKU, {ENGINE_CLIENTS} tasks of one process"
    return Phase(name="engine_hot", letter="b", workers=None, what=what, measure=measure)


def _loop(
    name: str,
    letter: str,
    workers: int,
    what: str,
    warm: int,
    journey: Callable[[Laboratory, UnderTest], Journey],
) -> Phase:
    async def measure(lab: Laboratory, service: UnderTest | None, seconds: float) -> Sample:
        assert service is not None
        go = journey(lab, service)
        await closed_loop(service.url, go, clients=CLIENTS, seconds=WARM_SECONDS, at_least=warm)
        return await closed_loop(service.url, go, clients=CLIENTS, seconds=seconds, at_least=1)

    spelled = f"{what}, {CLIENTS} clients, {workers} worker{'s' if workers > 1 else ''}"
    return Phase(name=name, letter=letter, workers=workers, what=spelled, measure=measure)


def _holds(workers: int) -> list[Phase]:
    return [
        _loop(
            f"holds_hot_{workers}",
            "c",
            workers,
            "POST /api/v1/holds, one hot SKU",
            WARM_HOT,
            lambda lab, service: journeys.hold(lab, service, [HOT_SKU]),
        ),
        _loop(
            f"holds_many_{workers}",
            "c",
            workers,
            "POST /api/v1/holds, 10,000 SKUs evenly",
            WARM_MANY,
            lambda lab, service: journeys.hold(lab, service, lab.many_skus()),
        ),
    ]


def _orders(workers: int) -> Phase:
    return _loop(
        f"orders_{workers}",
        "d",
        workers,
        "orders placed and confirmed in two calls",
        WARM_HOT,
        lambda lab, service: journeys.confirmed_order(lab, service, HOT_SKU),
    )


def _in_depth() -> list[Phase]:
    def loop(name: str, what: str, journey: Callable[[Laboratory, UnderTest], Journey]) -> Phase:
        return _loop(name, "j", 1, what, WARM_HOT, journey)

    return [
        loop(
            "pairs_plain",
            "a hold placed and released, one hot SKU",
            lambda lab, service: depth.held_and_released(lab, service, HOT_SKU),
        ),
        loop(
            "pairs_numbered",
            "a hold placed and released, one SKU of 200 numbered units",
            lambda lab, service: depth.held_and_released(lab, service, depth.CASK),
        ),
        loop(
            "holds_deep",
            "POST /api/v1/holds, a bundle, a SKU in lots, a plain one",
            depth.deep_hold,
        ),
        loop(
            "holds_plain",
            "POST /api/v1/holds, one hot SKU, in turn with the next",
            lambda lab, service: journeys.hold(lab, service, [HOT_SKU]),
        ),
        loop("orders_deep", "POST /api/v1/orders, the same three lines", depth.deep_order),
    ]


def _commands(name: str, what: str, over: Commands) -> Phase:
    async def measure(lab: Laboratory, service: UnderTest | None, seconds: float) -> Sample:
        assert service is not None
        await over(lab, service, WARM_SECONDS)
        return await over(lab, service, seconds)

    spelled = f"post_hold over {what}, {IN_FLIGHT} at once, one hot SKU, 1 worker"
    return Phase(name=name, letter="l", workers=1, what=spelled, measure=measure)


PHASES: list[Phase] = [
    _pgbench(1),
    _pgbench(16),
    _pgbench(64),
    _loop("nothing_get", "f", 1, "GET /api/v1/nothing", WARM_HOT, journeys.nothing_get),
    _loop("nothing_post", "f", 1, "POST /api/v1/nothing", WARM_HOT, journeys.nothing_post),
    *_holds(1),
    _commands("commands_socket", "one WebSocket", commands_over_socket),
    _commands("commands_grpc", "one gRPC stream", commands_over_grpc),
    _orders(1),
    _loop(
        "reads_hot",
        "e",
        1,
        "GET /api/v1/inventory/{id}, one id",
        WARM_HOT,
        lambda lab, service: journeys.read(lab, service, [HOT_SKU]),
    ),
    _loop(
        "reads_many",
        "e",
        1,
        "GET /api/v1/inventory/{id}, 10,000 ids evenly",
        WARM_MANY,
        lambda lab, service: journeys.read(lab, service, lab.many_skus()),
    ),
    _engine(),
    *_in_depth(),
    *_holds(2),
    _orders(2),
]
