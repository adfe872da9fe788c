"""A till: it sells from its allotment, mostly without a connection, and reports later."""

import msgspec

from rackhouse.simulation.actors.reporting import Reporter
from rackhouse.simulation.network import Answer, GaveUp
from rackhouse.simulation.stage import HOUR, Stage

__all__ = ["Till"]

OFFLINE_SECONDS = (900.0, 5400.0)
ONLINE_SECONDS = (120.0, 1200.0)


class _Allotment(msgspec.Struct, frozen=True):
    sku: str
    location: str
    free: int


class _Allotments(msgspec.Struct, frozen=True):
    items: list[_Allotment]


class Till:
    """One channel that sells what it has downloaded, and no more."""

    def __init__(self, stage: Stage, channel: str, token: str) -> None:
        self.channel = channel
        self.reporter = Reporter(
            stage, channel, stage.client(channel, token), stage.chance(f"{channel} reports")
        )
        self._stage = stage
        self._client = stage.client(f"{channel} downloads", token)
        self._chance = stage.chance(channel)
        self._may_sell: dict[str, int] = {}

    async def act(self) -> None:
        """Come online and go offline by turns, until the doors close; then report the rest."""
        while self._stage.is_open():
            await self._synchronise()
            await self._trade(self._chance.uniform(*OFFLINE_SECONDS))
        await self.settle()

    async def settle(self) -> None:
        """Report until every receipt is answered."""
        for _ in range(3):
            await self.reporter.report()
        self._stage.books.unexpected.extend(
            f"{sale.external_id} was sold from an allotment, and is not covered"
            for sale in self.reporter.waiting
            if sale.status == "exceeded"
        )

    async def _synchronise(self) -> None:
        """Report first, then download: what is downloaded does not know of what was not."""
        until = self._stage.timeline.now + self._chance.uniform(*ONLINE_SECONDS)
        while self.reporter.waiting and self._stage.timeline.now < until:
            await self.reporter.report()
            await self._stage.timeline.sleep(self._chance.uniform(1, 60))
        if self.reporter.waiting:
            return
        try:
            answer = await self._client.get(f"/api/v1/channels/{self.channel}/allotments")
        except GaveUp:
            self._stage.books.count("gave_up")
            return
        self._may_sell = _free(answer)

    async def _trade(self, seconds: float) -> None:
        """Sell what was downloaded to whoever comes."""
        until = self._stage.timeline.now + seconds
        rate = self._stage.world.till_customers_per_hour / HOUR
        while self._stage.timeline.now < until:
            await self._stage.timeline.sleep(self._chance.expovariate(rate))
            wanted = self._stage.wanted(self._chance)
            if all(self._may_sell.get(sku, 0) >= number for sku, number in wanted.items()):
                for sku, number in wanted.items():
                    self._may_sell[sku] -= number
                self.reporter.sell(wanted)


def _free(answer: Answer) -> dict[str, int]:
    free: dict[str, int] = {}
    for each in msgspec.json.decode(answer.body, type=_Allotments).items:
        free[each.sku] = free.get(each.sku, 0) + each.free
    return free
