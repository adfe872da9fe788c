"""A worker that sees to one connection: by the functions that every worker calls, at simulated
times, and now and then it is killed in the middle of it."""

from rackhouse.connectors import (
    TEND_CONNECTIONS,
    ChannelNotReached,
    outlet_id_of,
    push_connection,
    read_connection,
    retry_troubles,
    settle_outlets,
    tend_connection,
    troubles,
)
from rackhouse.outlets import run_outlet
from rackhouse.platform.context import Context
from rackhouse.simulation.actors.connected_channel import ConnectedChannel
from rackhouse.simulation.peril import WorkerKilled, in_peril
from rackhouse.simulation.stage import Stage

__all__ = ["ConnectionWorker"]

TURN_SECONDS = (300.0, 1300.0)
# A turn has fewer steps than that, mostly; who is to be killed later than it ends, is not.
STEPS_LIMIT = 40
TRIES_LIMIT = 10
TROUBLES_LIMIT = 200
REST_SECONDS = 60.0


class ConnectionWorker:
    """Whoever works for one connection."""

    def __init__(self, stage: Stage, place: ConnectedChannel) -> None:
        self._stage = stage
        self._place = place
        self._chance = stage.chance(f"worker for {place.channel}")

    async def act(self) -> None:
        """Take turns until the doors close."""
        while self._stage.is_open():
            await self._stage.timeline.sleep(self._chance.uniform(*TURN_SECONDS))
            if self._stage.workers_are_there():
                await self._turn_in_peril()

    async def begin(self) -> None:
        """Learn what the channel sells and set its figures, as far as the network lets."""
        await self._turn()
        await self._came_to_rest()

    async def settle(self) -> None:
        """Deliver, ask, book and push until nothing is left to do."""
        await self._turn()
        if not await self._came_to_rest():
            told = f"{self._place.channel} does not come to rest: {await self._troubles()}"
            self._stage.books.unexpected.append(told)

    async def _came_to_rest(self) -> bool:
        for _ in range(TRIES_LIMIT):
            await self._place.deliver()
            if await self._is_settled():
                return True
            await self._stage.timeline.sleep(REST_SECONDS)
        return False

    async def _turn_in_peril(self) -> None:
        """What a worker does now and then; it may be its last turn."""
        stage, steps = self._stage, None
        if self._chance.random() < stage.faults.crashed_deliveries:
            steps = self._chance.randrange(STEPS_LIMIT)
        stage.turns_under_way += 1
        try:
            with in_peril(steps):
                await self._turn()
        except WorkerKilled:
            stage.books.count("killed_workers")
            stage.books.note(stage.timeline.now, f"{self._place.channel}: a worker was killed")
        finally:
            stage.turns_under_way -= 1

    async def _turn(self) -> None:
        await self._push_changes()
        await tend_connection(context=self._context(), connection_id=self._place.channel)

    async def _push_changes(self) -> None:
        """Push what has changed since the last time."""
        context, service = self._context(), self._stage.service
        await settle_outlets(context=context)
        await service.hear_all()
        known = await read_connection(context=context, connection_id=self._place.channel)
        await run_outlet(
            house=context.house, outlet_id=outlet_id_of(known), chance=self._chance.random
        )

    async def _is_settled(self) -> bool:
        """Do what there is to do; says whether there was nothing."""
        context, connection = self._context(), self._place.channel
        await retry_troubles(context=context, connection_id=connection, kind=None, trouble_id=None)
        try:
            pushed = await push_connection(context=context, connection_id=connection)
        except ChannelNotReached:
            return False
        return not pushed.changed and not await self._troubles()

    async def _troubles(self) -> list[str]:
        found = await troubles(
            context=self._context(),
            connection_id=self._place.channel,
            after=("", ""),
            limit=TROUBLES_LIMIT,
        )
        return [f"{each.kind} {each.id}: {each.problem}" for each in found]

    def _context(self) -> Context:
        house = self._stage.service.house
        jobs = (job for module in house.modules for job in module.jobs)
        job = next(each for each in jobs if each.name == TEND_CONNECTIONS)
        return Context.of_service(house, job.name, job.permissions)
