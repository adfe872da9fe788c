"""Wires: the network between Rackhouse and the channels that it is connected to.

Adapters ask through it and channels deliver through it. The channels are the simulators that are
served over HTTP elsewhere; here their requests and answers are handed over in this process, so
that what befalls them is drawn from a seed and takes simulated time.
"""

import random
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import msgspec

from rackhouse.platform.house import House
from rackhouse.platform.outbound import Outbound, Reply, TargetFailed
from rackhouse.simulation.books import Books
from rackhouse.simulation.network import SLOW_SECONDS, TIMEOUT_SECONDS, Request, Serve
from rackhouse.simulation.peril import step
from rackhouse.simulation.timeline import Timeline
from rackhouse.simulation.world import Faults
from rackhouse.simulators import Asked, Envelope, Simulator

__all__ = ["SimulatedPatience", "Wire", "WiredOutbound"]

NO_ANSWER = 0
USUAL_SECONDS = (0.05, 1.0)


class Wire:
    """The line to one channel, whose host is ``host``."""

    def __init__(
        self,
        simulator: Simulator,
        timeline: Timeline,
        serve: Serve,
        books: Books,
        faults: Faults,
        *,
        host: str,
        chance: random.Random,
    ) -> None:
        self.host = host
        self.faults = faults
        self._simulator = simulator
        self._timeline = timeline
        self._serve = serve
        self._books = books
        self._chance = chance

    async def ask(self, asked: Asked) -> Reply:
        """What arrives of the channel's answer to a request; refuses with `TargetFailed`."""
        step()  # killed before anything was sent
        faults, drawn = self.faults, self._chance.random()
        await self._timeline.sleep(self._seconds())
        if drawn < faults.lost_requests:
            await self._lost()
        said = self._simulator.serve(asked)
        text = b"" if said.body is None else msgspec.json.encode(said.body)
        drawn -= faults.lost_requests
        if drawn < faults.lost_answers:
            await self._lost()
        if text and drawn - faults.lost_answers < faults.truncated_answers:
            self._books.count("truncated_answers")
            text = text[: self._chance.randrange(len(text))]
        step()  # killed after the channel did what was asked
        headers = {"content-type": "application/json", **said.headers}
        return Reply(status=said.status, headers=headers, body=text, whole=True, seconds=0.0)

    async def deliver(self, envelope: Envelope) -> int:
        """How Rackhouse answered a delivery, `NO_ANSWER` if not at all."""
        await self._timeline.sleep(self._seconds())
        body = envelope.body
        if self._chance.random() < self.faults.truncated_deliveries:
            self._books.count("truncated_deliveries")
            body = body[: self._chance.randrange(len(body))]
        assert self._simulator.deliveries.address is not None
        answer = await self._serve(
            Request(
                "POST",
                self._simulator.deliveries.address,
                body=body,
                headers=tuple(envelope.headers.items()),
            )
        )
        return NO_ANSWER if answer is None else answer.status

    async def _lost(self) -> None:
        self._books.count("lost_on_the_wire")
        await self._timeline.sleep(TIMEOUT_SECONDS)
        raise TargetFailed("no answer came")

    def _seconds(self) -> float:
        if self._chance.random() < self.faults.slow_requests:
            return self._chance.uniform(0.0, SLOW_SECONDS)
        return self._chance.uniform(*USUAL_SECONDS)


class WiredOutbound(Outbound):
    """What a process sends to targets, carried over the wires by their hosts."""

    def __init__(self, house: House, wires: Mapping[str, Wire]) -> None:
        super().__init__(house)
        self._wires = wires

    async def request(
        self,
        *,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float,
        answer_limit: int = 4_096,
    ) -> Reply:
        """Send a request to a connected channel; refuses with `TargetForbidden` and
        `TargetFailed`."""
        self.refuse_unfit(url)
        parts = urlsplit(url)
        wire = self._wires.get(parts.hostname or "")
        if wire is None:
            raise TargetFailed("the host is not known")
        asked = Asked(
            method=method,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in headers.items()},
            body=body,
        )
        return await wire.ask(asked)


class SimulatedPatience:
    """Waiting in simulated time until a channel may be asked again."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def now(self) -> float:
        """Seconds since the beginning."""
        return self._timeline.now

    async def sleep(self, seconds: float) -> None:
        """Let others act meanwhile."""
        await self._timeline.sleep(seconds)
