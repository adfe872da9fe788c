"""Running: one seed, from an empty house to the verdict."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from rackhouse.connectors import Adapters
from rackhouse.platform.context import Context
from rackhouse.platform.settings import Settings
from rackhouse.reconciliation import AUDIT_PERMISSIONS, run_audit
from rackhouse.simulation.actors import (
    BackOffice,
    ConnectionWorker,
    Marketplace,
    Till,
    Warehouse,
    WebShop,
    connect,
)
from rackhouse.simulation.agreement import ConnectedSeen, booking_times, set_wrongly
from rackhouse.simulation.clock import SimulatedClock
from rackhouse.simulation.history import events_of, hash_of, history_of
from rackhouse.simulation.live_house import LiveHouse
from rackhouse.simulation.opening import CONNECTED, open_connections, open_world, set_apart
from rackhouse.simulation.stage import HOUR, Stage
from rackhouse.simulation.survey import StockSeen, Survey
from rackhouse.simulation.timeline import Timeline
from rackhouse.simulation.verdict import Seen, Verdict, verdict_of
from rackhouse.simulation.world import Faults, World

__all__ = ["Cast", "SimulationReport", "simulate"]

BEGINS_AT = datetime.datetime(2026, 1, 5, 8, tzinfo=datetime.UTC)
DAY = 86_400.0
OPENING_SECONDS = 600.0
OPERATOR = "operator"
ROUNDS_OF_SETTLING = 5
# Whoever works for a channel keeps some connections to the database for as long as that takes.
CONNECTIONS_OF_A_TURN = 3
Channels = Mapping[str, Sequence[str]]
Tokens = Mapping[str, str]


class Actor(Protocol):
    """Somebody who acts until the doors close."""

    async def act(self) -> None: ...


class Cast(msgspec.Struct, frozen=True):
    """Who plays which part, and which adapters there are; tests put in others that do it wrong."""

    web_shop: type[WebShop] = WebShop
    till: type[Till] = Till
    marketplace: type[Marketplace] = Marketplace
    adapters: type[Adapters] = Adapters


CAST = Cast()


class SimulationReport(msgspec.Struct, frozen=True, kw_only=True):
    """How a simulation went; without ``breaches`` it passed. ``seconds`` are simulated ones,
    ``runs`` how often it was run to compare the histories."""

    verdict: Literal["passed", "failed"]
    seed: int
    oversold: int
    lost: int
    doubled: int
    diverged: int
    history_hash: str
    seconds: float
    sales: dict[str, int]
    happened: dict[str, int]
    events: int
    breaches: list[str]
    runs: int = 1


async def simulate(
    *, settings: Settings, seed: int, world: World, cast: Cast = CAST
) -> tuple[SimulationReport, list[str]]:
    """Simulate a world in the migrated, empty database of these settings; answers the report and
    the history. Refuses with `OpeningRefused`."""
    url = settings.database_url
    assert url is not None, "a simulation has a database of its own"
    connected = world.connected_marketplaces + world.connected_shops
    enough = settings.database_connections + CONNECTIONS_OF_A_TURN * connected
    settings = msgspec.structs.replace(settings, database_connections=enough)
    clock = await SimulatedClock.install(url, BEGINS_AT)
    timeline = Timeline(clock.set)
    service = LiveHouse(settings, timeline, cast.adapters)
    try:
        await service.start()
        return await _played(service, timeline, seed, world, cast)
    finally:
        await timeline.stop()
        await service.stop()
        await clock.close()


class _Play:
    """One world from its opening to its audit."""

    def __init__(self, stage: Stage, cast: Cast, tokens: Tokens, channels: Channels) -> None:
        self.stage = stage
        self.office = BackOffice(stage)
        self.warehouse = Warehouse(stage, stage.client("warehouse", tokens[OPERATOR]))
        self.shops = [cast.web_shop(stage, name, tokens[name]) for name in channels["web_shop"]]
        self.tills = [cast.till(stage, name, tokens[name]) for name in channels["pos"]]
        self.markets = [
            cast.marketplace(stage, name, tokens[name]) for name in channels["marketplace"]
        ]
        self.places = [
            connect(stage, name, adapter)
            for adapter, kind in CONNECTED.items()
            for name in channels[kind]
        ]
        self.workers = [ConnectionWorker(stage, place) for place in self.places]

    async def open(self) -> None:
        """Fill the shelves and the allotments."""
        self.stage.timeline.begin(self.warehouse.fill())
        await self.stage.timeline.run(OPENING_SECONDS)
        await set_apart(self.stage, [till.channel for till in self.tills])
        await self.office.catch_up()
        await open_connections(self.stage, self.places)
        for worker in self.workers:
            self.stage.timeline.begin(worker.begin())
        await self.stage.timeline.run(2 * OPENING_SECONDS)

    async def trade(self) -> None:
        """Let everybody act until the doors have long been closed."""
        timeline, world = self.stage.timeline, self.stage.world
        actors: list[Actor] = [*self.shops, *self.tills, *self.markets, self.warehouse, self.office]
        actors += [*self.places, *self.workers]
        for actor in actors:
            timeline.begin(actor.act())
        if self.shops and world.rush:
            timeline.begin(self.shops[0].rush(), after=world.rush_at_hours * HOUR)
        await timeline.run(self.stage.closes_at + DAY / 2)

    async def settle(self) -> None:
        """Mend the network, and let everybody bring to an end what was begun."""
        timeline = self.stage.timeline
        for client in self.stage.clients:
            client.faults = Faults.none()
        for place in self.places:
            place.mend()
        reporting: list[Till | Marketplace] = [*self.tills, *self.markets]
        for end in (*(each.settle() for each in reporting), self.warehouse.ship()):
            timeline.begin(end)
            await timeline.run(timeline.now + HOUR)
        await timeline.run(timeline.now + DAY)
        await self.office.catch_up()
        await self._settle_connections()
        for market in self.markets:
            await market.catch_up()

    async def _settle_connections(self) -> None:
        """Let connected channels be told all; what is booked of one changes what others may
        sell."""
        timeline = self.stage.timeline
        known: list[StockSeen] = []
        for _ in range(ROUNDS_OF_SETTLING if self.workers else 0):
            before, known = known, await self.stage.survey.stock()
            if known == before or self.stage.books.unexpected:
                return
            for worker in self.workers:
                timeline.begin(worker.settle())
                await timeline.run(timeline.now + HOUR)
            await self.office.catch_up()

    async def look(self) -> Seen:
        """Audit everything, and read it."""
        survey = self.stage.survey
        context = Context.of_service(self.stage.service.house, "simulation", AUDIT_PERMISSIONS)
        await run_audit(context=context, whole=True, share=1.0, progress=lambda _: None)
        names = sorted({channel for channel, _ in self.stage.books.sales})
        uncovered = {name: await survey.uncovered(name) for name in names}
        for place in self.places:
            waiting = {each.external_id for each in uncovered.get(place.channel, [])}
            place.close_books(waiting)
        return Seen(
            stock=await survey.stock(),
            orders=await survey.orders(),
            uncovered=uncovered,
            views={market.channel: market.view for market in self.markets},
            connected=await self._look_at_connected(),
            findings=await survey.findings(),
        )

    async def _look_at_connected(self) -> list[ConnectedSeen]:
        """What connected channels say, beside what they may sell."""
        stage = self.stage
        booked_at = booking_times(await events_of(stage.service.house, "orders"))
        return [
            ConnectedSeen(
                channel=place.channel,
                there=place.figures(),
                here={sku: await stage.survey.may_sell(place.channel, sku) for sku in stage.skus},
                set_wrongly=list(
                    set_wrongly(place.channel, place.settings_made, stage.books, booked_at)
                ),
            )
            for place in self.places
        ]


async def _played(
    service: LiveHouse, timeline: Timeline, seed: int, world: World, cast: Cast
) -> tuple[SimulationReport, list[str]]:
    tokens = {OPERATOR: await service.token(OPERATOR)}
    survey = Survey(service, tokens[OPERATOR])
    stage = Stage(seed, world, service, timeline, survey, BEGINS_AT)
    channels = await open_world(stage)
    for name in (name for names in channels.values() for name in names):
        tokens[name] = await service.token("channel", name)
    play = _Play(stage, cast, tokens, channels)
    await play.open()
    await play.trade()
    await play.settle()
    seen = await play.look()
    history = await history_of(service.house, stage.books, seen.orders, BEGINS_AT)
    return _report(stage, verdict_of(stage.books, seen), history), history


def _report(stage: Stage, verdict: Verdict, history: list[str]) -> SimulationReport:
    sales: dict[str, int] = {}
    for sale in stage.books.sales.values():
        sales[sale.status] = sales.get(sale.status, 0) + 1
    return SimulationReport(
        verdict="failed" if verdict.breaches else "passed",
        seed=stage.seed,
        oversold=verdict.oversold,
        lost=verdict.lost,
        doubled=verdict.doubled,
        diverged=verdict.diverged,
        history_hash=hash_of(history),
        seconds=stage.timeline.now,
        sales=dict(sorted(sales.items())),
        happened=dict(sorted(stage.books.tallies.items())),
        events=len(history) - len(stage.books.told),
        breaches=verdict.breaches,
    )
