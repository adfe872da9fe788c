"""Pushing stock: what a channel may sell by the ledger becomes the figure that it has.

A figure must never hide a sale that is not booked yet. So the channel's figures are read first,
then the sales that it made up to then are booked, then ours are computed, and they are set only
where the channel still has what was read. Whatever it sells in between makes the figure stale, and
all of it is done again.
"""

import datetime
import time
from collections.abc import Mapping as Named
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from rackhouse.catalog import Component, SkuUnknown, components_of
from rackhouse.connectors.adapter import Wanted, Written
from rackhouse.connectors.facts import RemoteLevel
from rackhouse.connectors.polling import poll
from rackhouse.connectors.receiving import read_inbox
from rackhouse.connectors.remote import Misunderstood, redacted
from rackhouse.connectors.reporting import report_figures
from rackhouse.connectors.rules import EVERYWHERE
from rackhouse.connectors.settling import settle
from rackhouse.connectors.store import connections, mappings
from rackhouse.connectors.store.mappings import Mapping
from rackhouse.connectors.working import Work
from rackhouse.inventory import AvailabilityOfSku, availability_of_many
from rackhouse.platform.house import House
from rackhouse.platform.ids import derived_id
from rackhouse.platform.store import server_time

__all__ = ["Pushed", "catch_up", "is_due_to_compare", "push_all", "push_skus"]

TRIES_LIMIT = 5
PAGE_LIMIT = 100
PLACES_LIMIT = 100
BUNDLES_SECONDS = 60.0
BUNDLES_PAGE_LIMIT = 1000


class Bundles:
    """The bundles that channels sell, by what they are made of, as they were a short time ago."""

    def __init__(self, _: House) -> None:
        self._known: dict[str, tuple[float, dict[str, set[str]]]] = {}

    async def made_of(self, work: Work, skus: Sequence[str]) -> list[str]:
        """The bundles among a channel's SKUs that take any of some SKUs from stock."""
        until, bundles = self._known.get(work.connection.id, (0.0, {}))
        if until < time.monotonic():
            bundles = await self._read(work)
            self._known[work.connection.id] = (time.monotonic() + BUNDLES_SECONDS, bundles)
        return sorted({bundle for sku in skus for bundle in bundles.get(sku, ())})

    async def _read(self, work: Work) -> dict[str, set[str]]:
        bundles: dict[str, set[str]] = {}
        after = ""
        while True:
            async with work.database.reading() as tx:
                page = await mappings.mapping_page(
                    tx,
                    work.connection.id,
                    kind="sku",
                    mapped=True,
                    after=("sku", after),
                    limit=BUNDLES_PAGE_LIMIT,
                )
            for sku, made_of in (await _components(work, page)).items():
                for component in made_of:
                    if component.sku != sku:
                        bundles.setdefault(component.sku, set()).add(sku)
            if len(page) < BUNDLES_PAGE_LIMIT:
                return bundles
            after = page[-1].remote_id


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some figures: how many were compared, how many were changed, and the problems
    of those that the channel refuses."""

    compared: int = 0
    changed: int = 0
    problems: tuple[str, ...] = ()

    def with_(self, other: "Pushed") -> "Pushed":
        """Both together."""
        return Pushed(
            compared=self.compared + other.compared,
            changed=self.changed + other.changed,
            problems=self.problems + other.problems,
        )


async def catch_up(work: Work) -> None:
    """Book every sale that the channel has made up to now, as far as it tells."""
    await poll(work)
    while await read_inbox(work):
        pass
    while await settle(work):
        pass


async def is_due_to_compare(work: Work) -> bool:
    """Whether it is time to compare all figures again."""
    async with work.database.reading() as tx:
        progress = await connections.progress_of(tx, work.connection.id)
        now = await server_time(tx)
    every = datetime.timedelta(seconds=work.house.settings.connector_compare_seconds)
    return (
        progress.push_cursor != ""
        or progress.pushed_at is None
        or progress.pushed_at + every <= now
    )


async def push_all(work: Work, *, until: float) -> Pushed:
    """Compare every figure, from where the last time ended, until a time of the monotonic clock;
    the channel's own figures are reported to reconciliation."""
    async with work.database.reading() as tx:
        after = (await connections.progress_of(tx, work.connection.id)).push_cursor
    pushed = Pushed()
    while time.monotonic() < until:
        async with work.database.reading() as tx:
            page = await mappings.mapping_page(
                tx,
                work.connection.id,
                kind="sku",
                mapped=True,
                after=("sku", after),
                limit=PAGE_LIMIT,
            )
        pushed = pushed.with_(await _push(work, page, report=True))
        last = len(page) < PAGE_LIMIT
        after = "" if last else page[-1].remote_id
        async with work.database.transaction() as tx:
            now = await server_time(tx) if last else None
            await connections.note_pushed(tx, work.connection.id, after, now)
        if last:
            return pushed
    return pushed


async def push_skus(work: Work, skus: Sequence[str]) -> Pushed:
    """Push the figures of some SKUs, and of the bundles that are made of them."""
    async with work.database.reading() as tx:
        bundles = await work.house.the(Bundles).made_of(work, skus)
        own = [*dict.fromkeys([*skus, *bundles])]
        found = await mappings.mappings_of_own(tx, work.connection.id, "sku", own)
    pushed = Pushed()
    for first in range(0, len(found), PAGE_LIMIT):
        page = found[first : first + PAGE_LIMIT]
        pushed = pushed.with_(await _push(work, page, report=False))
    return pushed


async def _push(work: Work, page: Sequence[Mapping], *, report: bool) -> Pushed:
    """Read, book, compare, set; and read again what was set, until nothing is left to set."""
    places = await _places(work)
    if work.adapter.levels is None or work.adapter.write is None or not page or not places:
        return Pushed()
    seen: dict[tuple[str, str], RemoteLevel] = {}
    left, refused, changed = list(page), dict[str, str](), 0
    for _ in range(TRIES_LIMIT):
        asked = [(str(each.stock_id), place.remote_id) for each in left for place in places]
        found = await work.ask(work.adapter.levels, asked)
        seen.update({(level.item, level.place): level for level in found})
        await catch_up(work)
        wanted = await _wanted(work, left, places, found)
        wanted = [each for each in wanted if each.item not in refused]
        if not wanted:
            break
        written = await _write(work, wanted)
        changed += sum(each.status == "taken" for each in written)
        refused.update(
            {each.item: str(each.problem) for each in written if each.status == "refused"}
        )
        again = {each.item for each in wanted}
        left = [each for each in left if each.stock_id in again]
    else:
        raise Misunderstood(
            f"the channel's figures of {len(left)} items are others each time they were set"
        )
    if report:
        await report_figures(work, list(seen.values()), await _now(work))
    problems = tuple(
        redacted(f"{item}: {problem}", work.setup) for item, problem in refused.items()
    )
    return Pushed(compared=len(seen), changed=changed, problems=problems)


async def _wanted(
    work: Work, page: Sequence[Mapping], places: Sequence[Mapping], found: Sequence[RemoteLevel]
) -> list[Wanted]:
    """The figures that the channel should have and does not."""
    skus = list(dict.fromkeys(str(each.own) for each in page))
    told = await availability_of_many(
        context=work.context, ids=skus, channel=work.connection.channel
    )
    figures = {figure.sku: figure for each in told.items for figure in each.skus}
    own = {each.stock_id: str(each.own) for each in page}
    served = {place.remote_id: str(place.own) for place in places}
    wanted = []
    for level in found:
        sku, place = own.get(level.item), served.get(level.place)
        if sku is None or place is None or sku not in figures:
            continue
        quantity = _sellable(figures[sku], place)
        if quantity != level.quantity:
            wanted.append(_to_write(work, level, quantity))
    return wanted


def _to_write(work: Work, level: RemoteLevel, quantity: int) -> Wanted:
    """The same change has the same key, so that the channel makes it once; the same figures found
    again later, with another mark, are another change."""
    key = derived_id(
        "push",
        work.connection.id,
        level.item,
        level.place,
        str(level.quantity),
        str(level.mark),
        str(quantity),
        str(time.time_ns()) if level.mark is None else "",
    )
    return Wanted(item=level.item, place=level.place, quantity=quantity, found=level, key=key)


async def _write(work: Work, wanted: Sequence[Wanted]) -> list[Written]:
    written: list[Written] = []
    assert work.adapter.write is not None
    for first in range(0, len(wanted), work.adapter.write_limit):
        part = wanted[first : first + work.adapter.write_limit]
        written += await work.ask(work.adapter.write, part)
    return written


def _sellable(figure: AvailabilityOfSku, place: str) -> int:
    if place == EVERYWHERE:
        return max(figure.available, 0)
    at = (each.available for each in figure.locations if each.location == place)
    return max(next(at, 0), 0)


async def _components(work: Work, page: Sequence[Mapping]) -> Named[str, Sequence[Component]]:
    """What some SKUs take from stock; of those that are gone by now, nothing."""
    found: dict[str, Sequence[Component]] = {}
    for each in page:
        with suppress(SkuUnknown):
            found.update(await components_of(house=work.house, skus=[str(each.own)]))
    return found


async def _places(work: Work) -> list[Mapping]:
    async with work.database.reading() as tx:
        return await mappings.mapping_page(
            tx,
            work.connection.id,
            kind="location",
            mapped=True,
            after=("", ""),
            limit=PLACES_LIMIT,
        )


async def _now(work: Work) -> datetime.datetime:
    async with work.database.reading() as tx:
        return await server_time(tx)
