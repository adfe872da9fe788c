"""The back office: a worker that does its jobs, crashes, is away; a service that restarts."""

from rackhouse.simulation.live_house import WorkerCrashed
from rackhouse.simulation.stage import Stage

__all__ = ["BackOffice"]

TICK_SECONDS = (60.0, 300.0)
SECONDS, MINUTE = 10, 60
TICKS_OF_SLOW_JOBS = 10
DAY = 86_400
OUTAGE_SECONDS = (600.0, 3600.0)
RESTART_SECONDS = (1.0, 60.0)


class BackOffice:
    """Those who keep the house running."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._chance = stage.chance("back office")
        self._away_until = 0.0
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
            if self._stage.service.is_up and self._stage.timeline.now >= self._away_until:
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
        often = MINUTE if self._ticks % TICKS_OF_SLOW_JOBS == 0 else SECONDS
        await service.do_jobs(up_to_every_seconds=often)

    async def _leave(self) -> None:
        self._away_until = self._stage.timeline.now + self._chance.uniform(*OUTAGE_SECONDS)
        self._stage.books.count("worker_outages")

    async def _restart(self) -> None:
        """End the process with all that it remembers, and start another after a while."""
        if not self._stage.service.is_up:
            return
        await self._stage.service.stop()
        await self._stage.timeline.sleep(self._chance.uniform(*RESTART_SECONDS))
        await self._stage.service.start()
        self._stage.books.count("restarts")
