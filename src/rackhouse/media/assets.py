"""Assets: read, described otherwise, and removed."""

import datetime
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rackhouse.catalog import products_naming
from rackhouse.media import store
from rackhouse.media.errors import MediaInUse, MediaNotFound
from rackhouse.media.events import LOG, MediaDescribed, MediaEvent, MediaRemoved
from rackhouse.media.rules.assets import Asset, Terms, address_of, is_asset_id
from rackhouse.media.store import Row
from rackhouse.platform.cache import FactCache
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Event, NewEvent
from rackhouse.platform.house import House
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.store import server_time

__all__ = [
    "AssetPlace",
    "MediaAssets",
    "describe_media",
    "forget_changed",
    "locked_asset",
    "media_asset",
    "media_page",
    "remove_media",
    "shown_by",
]

_STREAM = "media:"


class AssetPlace(msgspec.Struct, frozen=True):
    """Where a page of assets ended."""

    added_at: datetime.datetime
    id: str


class MediaAssets:
    """This process's memory of assets: every file that is served asks."""

    def __init__(self, house: House) -> None:
        self._database = house.database("media")
        self._rows: FactCache[str, Row] = FactCache(self._load)

    async def row(self, asset_id: str) -> Row:
        """An asset that is not removed; refuses with `MediaNotFound`."""
        found = await self._rows.get(asset_id) if is_asset_id(asset_id) else None
        if found is None:
            raise MediaNotFound(asset_id=asset_id)
        return found

    async def known(self, asset_ids: Iterable[str]) -> dict[str, Asset]:
        """Those of some assets that there are."""
        rows = await self._rows.get_many(set(asset_ids))
        return {id_: row.asset for id_, row in rows.items()}

    def forget(self, asset_ids: Iterable[str]) -> None:
        """Forget what is known of some assets."""
        self._rows.forget(asset_ids)

    async def _load(self, asset_ids: Sequence[str]) -> Mapping[str, Row]:
        async with self._database.reading() as tx:
            rows = await store.read_assets(tx, asset_ids)
        return {row.asset.id: row for row in rows if not row.removed}


def forget_changed(house: House, events: Sequence[Event]) -> None:
    """Forget what some events of media changed."""
    house.the(MediaAssets).forget(event.stream.removeprefix(_STREAM) for event in events)


@operation("media:read")
async def media_asset(*, context: Context, asset_id: str) -> Asset:
    """An asset as it is now. Refuses with `MediaNotFound`."""
    async with context.house.database("media").reading() as tx:
        row = await store.read_asset(tx, asset_id) if is_asset_id(asset_id) else None
    if row is None or row.removed:
        raise MediaNotFound(asset_id=asset_id)
    return row.asset


@operation("media:read")
async def media_page(
    *, context: Context, kind: str | None, after: AssetPlace | None, limit: int
) -> list[Asset]:
    """At most ``limit`` assets, of a kind or of all, the newest first."""
    async with context.house.database("media").reading() as tx:
        place = (after.added_at, after.id) if after else None
        rows = await store.asset_page(tx, kind=kind, after=place, limit=limit)
    return [row.asset for row in rows]


@operation("media:write")
async def describe_media(
    *, context: Context, asset_id: str, terms: Terms, expected_version: int | None
) -> Asset:
    """Say something else of an asset; the same changes nothing. Products that show it keep what
    they say of it themselves.

    Refuses with `MediaNotFound` and `VersionIsStale` (None expects any version).
    """
    async with context.house.database("media").transaction() as tx:
        row = await locked_asset(tx, asset_id)
        _check_version(row, expected_version)
        asset = row.asset
        if (asset.alt, asset.role) != (terms.alt, terms.role):
            asset = msgspec.structs.replace(asset, alt=terms.alt, role=terms.role)
            described = MediaDescribed(alt=terms.alt, role=terms.role)
            asset = await _record(tx, context, row, asset, described, removed=False)
    context.house.the(MediaAssets).forget([asset_id])
    return asset


@operation("media:write")
async def remove_media(*, context: Context, asset_id: str, expected_version: int | None) -> None:
    """Serve an asset no more. Its files are removed some time later.

    Refuses with `MediaNotFound`, `VersionIsStale` (None expects any version), and `MediaInUse`
    while a product shows it.
    """
    async with context.house.database("media").transaction() as tx:
        row = await locked_asset(tx, asset_id)
        _check_version(row, expected_version)
        product_id = await shown_by(context.house, asset_id)
        if product_id is not None:
            raise MediaInUse(asset_id=asset_id, product_id=product_id)
        await _record(tx, context, row, row.asset, MediaRemoved(), removed=True)
    context.house.the(MediaAssets).forget([asset_id])


async def locked_asset(tx: Transaction, asset_id: str) -> Row:
    """An asset that nobody else changes or removes until the end of the transaction; refuses with
    `MediaNotFound`."""
    if not is_asset_id(asset_id):
        raise MediaNotFound(asset_id=asset_id)
    await store.lock_asset(tx, asset_id)
    row = await store.read_asset(tx, asset_id)
    if row is None or row.removed:
        raise MediaNotFound(asset_id=asset_id)
    return row


async def shown_by(house: House, asset_id: str) -> str | None:
    """A product that names a file of the asset, or None where none does."""
    found = await products_naming(house=house, address=address_of(asset_id, ""), limit=1)
    return found[0] if found else None


def _check_version(row: Row, expected_version: int | None) -> None:
    if expected_version not in (None, row.asset.version):
        raise VersionIsStale(current=row.asset.version)


async def _record(
    tx: Transaction, context: Context, row: Row, asset: Asset, event: MediaEvent, *, removed: bool
) -> Asset:
    now = await server_time(tx)
    after = msgspec.structs.replace(asset, version=asset.version + 1, updated_at=now)
    await store.write_asset(tx, msgspec.structs.replace(row, asset=after, removed=removed))
    await LOG.append(tx, [NewEvent(_STREAM + asset.id, after.version, event, context)], now)
    return after
