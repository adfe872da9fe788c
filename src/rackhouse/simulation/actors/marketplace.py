"""A marketplace: it sells from its own, late copy of the figures, and reports later.

It follows the channel's stream in short connections, over a network that cuts them off, repeats
messages and changes their order. So it may sell what is gone: such a sale is never booked on
stock that is not there, and waits for a person.
"""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from rackhouse.simulation.actors.reporting import Reporter
from rackhouse.simulation.stage import HOUR, Stage

__all__ = ["Marketplace"]

Heard = Mapping[str, Any]

POLL_SECONDS = (5.0, 600.0)
REPORT_SECONDS = (60.0, 1800.0)


class Marketplace:
    """One channel with a copy of the stock: ``view`` has the newest message of each stream."""

    def __init__(self, stage: Stage, channel: str, token: str) -> None:
        self.channel = channel
        self.view: dict[str, Heard] = {}
        self.reporter = Reporter(
            stage, channel, stage.client(channel, token), stage.chance(f"{channel} reports")
        )
        self._stage = stage
        self._token = token
        self._chance = stage.chance(channel)
        self._noise = stage.chance(f"{channel} feed")
        self._cursor: str | None = None
        self._late: list[Heard] = []

    async def act(self) -> None:
        """Sell until the doors close, and report meanwhile."""
        self._stage.timeline.begin(self._follow())
        self._stage.timeline.begin(self._report())
        rate = self._stage.world.marketplace_customers_per_hour / HOUR
        while self._stage.is_open():
            await self._stage.timeline.sleep(self._chance.expovariate(rate))
            wanted = self._stage.wanted(self._chance)
            if all(self._sees(sku) >= number for sku, number in wanted.items()):
                self.reporter.sell(wanted)

    async def catch_up(self, *, noisy: bool = False) -> None:
        """Hear everything that was recorded so far; with ``noisy``, as far as the network lets."""
        # What the service has heard of by now is told before it says that the rest comes live.
        await self._stage.service.hear_all()
        heard: list[Heard] = []
        async with aclosing(
            self._stage.service.listen(self._token, self.channel, self._cursor)
        ) as stream:
            async for message in stream:
                is_live = message["type"] == "live"
                # How what happens to orders mixes with what happens to stock is left to chance.
                if is_live or _rows(message):
                    heard.append(message)
                if is_live:
                    break
        if noisy:
            heard = self._through_noise(heard)
        for each in heard:
            self._take(each)

    async def settle(self) -> None:
        """Hear the rest, and report until nothing new comes of it."""
        for message in self._late:
            self._take(message)
        self._late = []
        await self.catch_up()
        for _ in range(3):
            await self.reporter.report()
        await self.catch_up()

    async def _follow(self) -> None:
        while self._stage.is_open():
            await self._stage.timeline.sleep(self._noise.uniform(*POLL_SECONDS))
            if self._stage.service.is_up:
                await self.catch_up(noisy=True)

    async def _report(self) -> None:
        while self._stage.is_open():
            await self._stage.timeline.sleep(self._chance.uniform(*REPORT_SECONDS))
            await self.reporter.report()

    def _through_noise(self, heard: list[Heard]) -> list[Heard]:
        """What arrives of messages: a cut loses the rest, which the cursor brings next time."""
        faults, noise = self._stage.faults, self._noise
        if noise.random() < faults.truncated_feeds:
            heard = heard[: noise.randrange(len(heard) + 1)]
        late, self._late = self._late, []
        changes = [each for each in heard if each["type"] not in ("snapshot", "live")]
        self._late = [each for each in changes if noise.random() < faults.repeated_messages]
        arrived = [*heard, *late]
        for at in range(1, len(arrived)):
            if noise.random() < faults.reordered_messages:
                arrived[at - 1], arrived[at] = arrived[at], arrived[at - 1]
        if heard:
            cursors = [each["cursor"] for each in heard if each.get("cursor")]
            self._cursor = cursors[-1] if cursors else self._cursor
        return arrived

    def _take(self, message: Heard) -> None:
        for row in _rows(message):
            known = self.view.get(row["stream"])
            if known is None or known["sequence"] < row["sequence"]:
                self.view[row["stream"]] = row

    def _sees(self, sku: str) -> int:
        """How many there are by this marketplace's copy, less what it sold since."""
        rows = [row for row in self.view.values() if row["sku"] == sku]
        sold = sum(sale.lines.get(sku, 0) for sale in self.reporter.waiting)
        return sum(int(row["available"]) for row in rows) - sold


def _rows(message: Heard) -> list[Heard]:
    rows = message["stock"] if message["type"] == "snapshot" else [message]
    return [row for row in rows if "on_hand" in row]
