"""Many seeds: one after the other, in some processes side by side, each once or twice."""

import multiprocessing
import multiprocessing.connection
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess as Process

import msgspec
import uvloop

from rackhouse.platform.telemetry import configure_logs
from rackhouse.simulation.own_server import SimulationServer, simulation_server
from rackhouse.simulation.running import SimulationReport, simulate
from rackhouse.simulation.world import World

__all__ = ["ProcessEnded", "Simulated", "simulate_seeds"]

Pipe = multiprocessing.connection.Connection


class ProcessEnded(Exception):
    """A process that simulates ended before it had simulated all that it was to."""


@dataclass(frozen=True)
class Simulated:
    """How a seed went, and all that happened."""

    report: SimulationReport
    history: list[str] = field(repr=False)


def simulate_seeds(
    *, seeds: Sequence[int], world: World, twice: bool, jobs: int
) -> Generator[Simulated, None, None]:
    """Simulate a world by some seeds, in their order. ``twice`` simulates each of them again, and a
    history that is another one then is a breach. Each of ``jobs`` processes has a database server
    of its own. Raises `ProcessEnded`."""
    if jobs == 1 or len(seeds) == 1:
        yield from _in_this_process(seeds, world, twice)
    else:
        yield from _side_by_side(seeds, world, twice, min(jobs, len(seeds)))


def _in_this_process(
    seeds: Sequence[int], world: World, twice: bool
) -> Generator[Simulated, None, None]:
    with simulation_server() as server:
        configure_logs(server.settings)
        for seed in seeds:
            first = uvloop.run(_one(server, seed, world))
            yield _compared(first, uvloop.run(_one(server, seed, world))) if twice else first


async def _one(server: SimulationServer, seed: int, world: World) -> Simulated:
    async with server.world(f"seed_{seed}") as settings:
        return Simulated(*await simulate(settings=settings, seed=seed, world=world))


def _compared(first: Simulated, again: Simulated) -> Simulated:
    """The report of a seed that was simulated twice."""
    report = msgspec.structs.replace(first.report, runs=2)
    if first.history != again.history or first.report != again.report:
        pairs = zip([*first.history, "the end"], [*again.history, "the end"], strict=False)
        one, other = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
        told = f"the same seed gave another history: {one!r}, and then {other!r}"
        breaches = [*report.breaches, told]
        report = msgspec.structs.replace(report, verdict="failed", breaches=breaches)
    return Simulated(report, first.history)


def _side_by_side(
    seeds: Sequence[int], world: World, twice: bool, jobs: int
) -> Generator[Simulated, None, None]:
    """Every process takes each so-many-eth seed. None is killed: it ends its server first."""
    context = multiprocessing.get_context("spawn")
    pipes: list[Pipe] = []
    processes: list[Process] = []
    try:
        for number in range(jobs):
            pipe, other_end = context.Pipe(duplex=False)
            pipes.append(pipe)
            arguments = (other_end, seeds[number::jobs], world, twice)
            processes.append(context.Process(target=_work, args=arguments))
            processes[-1].start()
            other_end.close()
        for index, seed in enumerate(seeds):
            try:
                yield pipes[index % jobs].recv()
            except EOFError as error:
                raise ProcessEnded(f"the process that was to simulate {seed} ended") from error
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join()


def _work(pipe: Pipe, seeds: Sequence[int], world: World, twice: bool) -> None:
    """Simulate for as long as somebody wants to hear of it."""
    with closing(pipe), suppress(BrokenPipeError):
        for simulated in _in_this_process(seeds, world, twice):
            pipe.send(simulated)
