"""The stage: everything that the actors of one simulation share."""

import datetime
import random
from dataclasses import dataclass, field

from rackhouse.simulation.books import Books
from rackhouse.simulation.live_house import LiveHouse
from rackhouse.simulation.network import Client
from rackhouse.simulation.survey import Survey
from rackhouse.simulation.timeline import Timeline
from rackhouse.simulation.world import Faults, World, chance_of

__all__ = ["Stage"]

HOUR = 3600.0


@dataclass
class Stage:
    """Who acts, where and when. ``is_open`` ends with the doors: nobody sells any more, and
    everybody brings what they have begun to its end. ``turns_under_way`` counts those who work for
    a connection at the moment."""

    seed: int
    world: World
    service: LiveHouse
    timeline: Timeline
    survey: Survey
    begins_at: datetime.datetime
    books: Books = field(default_factory=Books)
    clients: list[Client] = field(default_factory=list)
    workers_back_at: float = 0.0
    turns_under_way: int = 0
    faults: Faults = field(init=False)

    def __post_init__(self) -> None:
        self.faults = self.world.faults

    @property
    def skus(self) -> list[str]:
        """Every SKU of this world."""
        return [f"SIM-{number + 1}" for number in range(self.world.skus)]

    @property
    def locations(self) -> list[str]:
        """The locations; the first one serves first."""
        return ["sim-warehouse", "sim-store"]

    @property
    def closes_at(self) -> float:
        """When the doors close, in seconds since the beginning."""
        return self.world.hours * HOUR

    def is_open(self) -> bool:
        """Whether customers may still come."""
        return self.timeline.now < self.closes_at

    def workers_are_there(self) -> bool:
        """Whether there is anybody to do the jobs."""
        return self.service.is_up and self.timeline.now >= self.workers_back_at

    def moment(self) -> datetime.datetime:
        """What time it is."""
        return self.begins_at + datetime.timedelta(seconds=self.timeline.now)

    def time(self) -> str:
        """What time it is, as RFC 3339 writes it."""
        return self.moment().isoformat()

    def chance(self, name: str) -> random.Random:
        """The chance of one actor."""
        return chance_of(self.seed, name)

    def client(self, name: str, token: str) -> Client:
        """Somebody who asks the service over this world's network."""
        client = Client(
            self.service.serve,
            self.timeline,
            self.books,
            self.faults,
            token=token,
            chance=self.chance(f"network of {name}"),
        )
        self.clients.append(client)
        return client

    def wanted(self, chance: random.Random) -> dict[str, int]:
        """What a customer wants: mostly one piece of the SKUs in front."""
        skus = self.skus
        chosen = {min(int(chance.expovariate(1.5)), len(skus) - 1) for _ in range(2)}
        return {skus[number]: chance.choice((1, 1, 1, 2)) for number in sorted(chosen)}
