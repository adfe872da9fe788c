"""A round: a scene, clients at work, faults, quiet in the end, and the history of it all."""

import asyncio
import itertools
import random
from pathlib import Path

import msgspec

from isolation.clients import Client
from isolation.faults import SKEWED, Storm, drawn_skew
from isolation.history import History, Recorder, Scene
from isolation.operations import Ask, Board, operation_named
from isolation.plans import Plan, blows_of
from isolation.reading import is_alone, is_settled, read_found
from isolation.site import Site, eventually
from isolation.staging import staged, token_for
from isolation.wire import Wire

__all__ = ["play"]


async def play(
    site: Site, plan: Plan, *, seed: str, plant: str | None = None, path: Path | None = None
) -> History:
    """Play a round; its processes are started and ended with it."""
    recorder = Recorder(path)
    async with site.house() as house:
        scene = await staged(house, plan, mark=recorder.run)
        names = [f"c{number}" for number in range(plan.groups * plan.clients)]
        tokens = {name: await token_for(house, name) for name in names}
    recorder.began(plan=plan.name, seed=seed, scene=scene)
    _start(site, plan, recorder, seed, plant)
    await site.until_ready()
    wire = Wire(site.api[: plan.processes], recorder)
    boards = [Board(part) for part in _parts(scene, plan.groups)]
    clients = [
        Client(
            name,
            token=token,
            wire=wire,
            board=board,
            seed=seed,
            manners=plan.manners,
            weights=plan.weights,
        )
        for (name, token), board in zip(tokens.items(), itertools.cycle(boards), strict=False)
    ]
    await asyncio.gather(*(_fill(*each, plan) for each in zip(clients, boards, strict=False)))
    storm = Storm(site, wire, scene, seed)
    raging = asyncio.create_task(storm.rage(blows_of(plan, seed)))
    await asyncio.gather(*(client.go(plan.steps) for client in clients))
    storm.over.set()
    await raging
    await site.until_ready()
    await asyncio.gather(*(client.ask_again() for client in clients))
    wire.close()
    return await _closed(site, plan, recorder, scene)


def _start(site: Site, plan: Plan, recorder: Recorder, seed: str, plant: str | None) -> None:
    chance = random.Random(f"{seed}/clocks")
    programs = [*site.api[: plan.processes], *([site.jobs] if plan.jobs else [])]
    for program in programs:
        skew_seconds = drawn_skew(chance) if plan.skewed else 0.0
        site.start(program, skew_seconds=skew_seconds, plant=plant)
        if skew_seconds:
            recorder.broke(SKEWED, f"{program.name} by {skew_seconds} s")


def _parts(scene: Scene, groups: int) -> list[Scene]:
    """The scenes of the groups: each with SKUs of its own."""
    each = len(scene.skus) // groups
    return [
        msgspec.structs.replace(scene, skus=scene.skus[at : at + each])
        for at in range(0, len(scene.skus), each)
    ]


async def _fill(client: Client, board: Board, plan: Plan) -> None:
    """The first receipts, which are asked for like any other."""
    for location in board.scene.locations:
        lines = [{"sku": sku, "quantity": plan.first_units} for sku in board.scene.skus]
        ask = Ask("POST", "/api/v1/inventory/receive", {"location": location, "lines": lines})
        await client.carry_out(operation_named("receive"), ask)


async def _closed(site: Site, plan: Plan, recorder: Recorder, scene: Scene) -> History:
    """End the processes so that nothing goes on any more, and read what there is."""
    with site.session() as session:
        await site.end(*site.api)
        if plan.jobs:
            await eventually(lambda: is_settled(session))
            await site.end(site.jobs)
        await eventually(lambda: is_alone(session))
        recorder.add(read_found(session, scene, settled=plan.jobs))
    return recorder.close()
