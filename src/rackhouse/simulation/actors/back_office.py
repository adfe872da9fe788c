"""The back office: a worker that does its jobs, crashes, is away; a service that restarts."""

from rackhouse.simulation.live_house import WorkerCrashed
from rackhouse.simulation.stage import Stage

__all__ = ["BackOffice"]

TICK_SECONDS = (60.0, 300.0)
# What is due that often is done at each tick, at each few, at each dozen.
SECONDS, TEN_SECONDS, MINUTE = 2, 10, 60
TICKS_OF_TEN_SECONDS, TICKS_OF_A_MINUTE = 6, 12
DAY = 86_400
OUTAGE_SECONDS = (600.0, 3600.0)
RESTART_SECONDS = (1.0, 60.0)


class BackOffice:
    """Those who keep the house running."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._chance = stage.chance("back office")
        self._ticks = 0

    async def act(self) -> None:
        """Work until the doors close."""
        faults, closes_at = self._stage.faults, self._stage.closes_at
        for _ in range(faults.restarts):
            self._stage.timeline.begin(self._restart(), after=self._chance.uniform(0, closes_at))
        for _ in range(faults.worker_outages):
            self._stage.timeline.begin(self._leave(), after=self._chance.uniform(0, closes_at))
        while self._stage.is_open():
            await self._stage.timeline.sleep(self._chance.uniform(*TICK_SECONDS))
            if self._stage.workers_are_there():
                await self._tick()

    async def catch_up(self) -> None:
        """Do everything that is due, without a fault."""
        await self._stage.service.deliver_all()
        await self._stage.service.do_jobs(up_to_every_seconds=DAY)
        await self._stage.service.deliver_all()

    async def _tick(self) -> None:
        service = self._stage.service
        if self._chance.random() < self._stage.faults.crashed_deliveries:
            try:
                await service.deliver_all(crash=True)
            except WorkerCrashed as crash:
                self._stage.books.count(f"crashed: {crash}")
                return
        await service.deliver_all()
        self._ticks += 1
        await service.do_jobs(up_to_every_seconds=self._often())

    def _often(self) -> int:
        if self._ticks % TICKS_OF_A_MINUTE == 0:
            return MINUTE
        return TEN_SECONDS if self._ticks % TICKS_OF_TEN_SECONDS == 0 else SECONDS

    async def _leave(self) -> None:
        away = self._chance.uniform(*OUTAGE_SECONDS)
        self._stage.workers_back_at = self._stage.timeline.now + away
        self._stage.books.count("worker_outages")

    async def _restart(self) -> None:
        """End the process with all that it remembers, and start another after a while. Whoever
        works for a connection comes to the end of it first; killed they are at other times."""
        while self._stage.turns_under_way:
            await self._stage.timeline.sleep(1.0)
        if not self._stage.service.is_up:
            return
        await self._stage.service.stop()
        await self._stage.timeline.sleep(self._chance.uniform(*RESTART_SECONDS))
        await self._stage.service.start()
        self._stage.books.count("restarts")
