"""Houses with a long past, ready to be archived; and all that they answer about it."""

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from houses import Shop, context_of, migrated_database
from pasts import Past, random_past, write_pasts
from rackhouse.catalog import create_product
from rackhouse.inventory import (
    Movement,
    MovementPlace,
    availability_as_of,
    explain,
    movements,
    open_location,
    snapshots,
)
from rackhouse.modules import MODULES
from rackhouse.notary import sign_checkpoints
from rackhouse.platform.archive import ArchivedLog, EventFile, archive_events, archived_files
from rackhouse.platform.context import Context
from rackhouse.platform.events import START, Event
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from rackhouse.platform.subscriptions import deliver

__all__ = ["AFTER_ALL", "OldTown", "catch_up", "every_event", "old_town", "read_all"]

PACE = 30_000
EVENTS = 40
AFTER_ALL = datetime.date(2026, 11, 1)


class OldTown:
    """A house of its own, and two shops in it of which much happened in the first half of 2026."""

    def __init__(self, house: House, shops: list[Shop], pasts: list[Past]) -> None:
        self.house = house
        self.context = context_of(house)
        self.shops = shops
        self.pasts = pasts

    @property
    def folder(self) -> Path:
        """Where the archive of inventory is."""
        return self.house.settings.archive_folder / "inventory"

    async def archive(self, **asked: Any) -> dict[str, ArchivedLog]:
        """Archive what may be; says what became of each log."""
        usual = {"before": AFTER_ALL, "files_limit": None, "progress": lambda _: None}
        moved = await archive_events(house=self.house, **{**usual, **asked})
        return {each.log: each for each in moved}

    async def answers(self, *, every: int = 1) -> list[Any]:
        """What is answered about any moment of any stock, or every so-manieth, and all that ever
        happened to it."""
        found: list[Any] = []
        for shop, past in zip(self.shops, self.pasts, strict=True):
            asked = {"context": self.context, "id": shop.sku}
            for moment in _moments(past)[::every]:
                found.append(await availability_as_of(**asked, as_of=moment))
                why = await explain(**asked, location=None, as_of=moment, limit=3)
                assert why.explained
                found.append(why)
            for limit in (7, 1000):
                found.append(await self.all_movements(shop, limit))
        return found

    async def all_movements(self, shop: Shop, limit: int) -> list[Any]:
        """Every movement of a shop's first SKU, read page by page."""
        found: list[Any] = []
        while True:
            page = await movements(
                context=self.context,
                id=shop.sku,
                location=None,
                before=_place(found[-1]) if found else None,
                limit=limit,
            )
            found += page
            if len(page) < limit:
                return found

    async def log(self) -> list[Event]:
        """What is in the log of inventory, in order."""
        (log,) = [each.event_log for each in MODULES if each.name == "inventory"]
        assert log is not None
        async with self.house.database("inventory").reading() as tx:
            return (await log.read(tx, after=START, limit=100_000)).events

    async def files(self) -> list[Any]:
        """The files of inventory's archive, as they are written down."""
        async with self.house.database("inventory").reading() as tx:
            return await archived_files(tx, "inventory")


@asynccontextmanager
async def old_town(
    server_url: str, folder: Path, *, caught_up: bool = True
) -> AsyncIterator[OldTown]:
    """A town that nobody else uses, of which everything was delivered and signed."""
    settings = Settings(
        data=folder, database_url=migrated_database(server_url), rate_limit_per_second=0
    )
    async with House(settings, MODULES) as house:
        await migrate(house)
        context = context_of(house)
        shops = [_shop(context, name) for name in ("gin", "rum")]
        pasts = [random_past(seed, EVENTS, in_depth=bool(seed), pace=PACE) for seed in range(2)]
        await write_pasts(list(zip(shops, pasts, strict=True)))
        for shop in shops:
            await _open(shop)
        await snapshots.take_snapshots(context=context)
        town = OldTown(house, shops, pasts)
        if caught_up:
            await catch_up(town)
        yield town


async def catch_up(town: OldTown) -> None:
    """Deliver every event to every subscriber, and sign what the logs have grown to."""
    for module in MODULES:
        for subscription in module.subscriptions:
            at_once = msgspec.structs.replace(subscription, after_seconds=0)
            while await deliver(town.house, module, at_once):
                pass
    await sign_checkpoints(context=town.context, log=None)


async def every_event(town: OldTown) -> list[Event]:
    """All events, in the log and in recorded files: each once, stream by stream."""
    found = {(each.stream, each.version): each for each in await town.log()}
    archived = [event for file in await town.files() for event in read_all(town.folder / file.name)]
    places = {(each.stream, each.version) for each in archived}
    assert len(places) == len(archived), "no event is in two files"
    found.update({(each.stream, each.version): each for each in archived})
    return [found[place] for place in sorted(found)]


def read_all(path: Path) -> list[Event]:
    """Every event of a file."""
    opened = EventFile(path)
    return [event for group in opened.groups for event in opened.read(group)]


def _shop(context: Context, name: str) -> Shop:
    """A shop that is open as yet in name only: what happened to its stock comes first."""
    return Shop(context.house, context, "web", (f"{name}-cellar",), (name.upper(),))


async def _open(shop: Shop) -> None:
    draft = {
        "id": shop.sku.lower(),
        "type": "goods",
        "name": shop.sku,
        "attributes": {},
        "variants": [{"sku": shop.sku}],
    }
    await create_product(context=shop.context, draft=draft)
    await open_location(
        context=shop.context, location=shop.location, name="Cellar", kind="warehouse"
    )


def _place(movement: Movement) -> MovementPlace:
    return MovementPlace(movement.recorded_at, movement.position)


def _moments(past: Past) -> list[datetime.datetime]:
    ends = [each.expires_at for each in past.holds.values()]
    last = past.events[-1][0] + datetime.timedelta(days=30)
    times = sorted({at for at, _ in past.events} | {each for each in ends if each < last})
    step = datetime.timedelta(microseconds=1)
    return [times[0] - step, *times, *(each + step for each in times[::3])]
