"""Every SQL statement of media."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from rackhouse.media.rules.assets import (
    Asset,
    Rendition,
    address_of,
    original_name,
)
from rackhouse.platform.database import Transaction

__all__ = [
    "Row",
    "asset_page",
    "lock_asset",
    "read_asset",
    "read_assets",
    "read_sweep",
    "write_asset",
    "write_sweep",
]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An asset as it is written down, removed or not."""

    asset: Asset
    extension: str
    removed: bool

    def file_names(self) -> list[str]:
        """The names of all its files."""
        return [original_name(self.extension), *(each.name for each in self.asset.renditions)]


async def lock_asset(tx: Transaction, asset_id: str) -> None:
    """Be the only one to change an asset, or its files, until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('media.asset:' || %(id)s::text, 0))",
        {"id": asset_id},
    )


async def read_asset(tx: Transaction, asset_id: str) -> Row | None:
    """An asset, removed or not."""
    return await tx.maybe(
        _row,
        """
        select id, sha256, kind, media_type, extension, bytes, width, height, duration_seconds,
            filename, alt, role, renditions, version, removed, added_at, updated_at
        from media.asset where id = %(id)s
        """,
        {"id": asset_id},
    )


async def read_assets(tx: Transaction, asset_ids: Iterable[str]) -> list[Row]:
    """Some assets, those that are removed among them."""
    return await tx.all(
        _row,
        """
        select id, sha256, kind, media_type, extension, bytes, width, height, duration_seconds,
            filename, alt, role, renditions, version, removed, added_at, updated_at
        from media.asset
        where id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        """,
        {"ids": msgspec.json.encode(list(asset_ids)).decode()},
    )


async def asset_page(
    tx: Transaction,
    *,
    kind: str | None,
    after: tuple[datetime.datetime, str] | None,
    limit: int,
) -> list[Row]:
    """Assets that are not removed, the newest first."""
    return await tx.all(
        _row,
        """
        select id, sha256, kind, media_type, extension, bytes, width, height, duration_seconds,
            filename, alt, role, renditions, version, removed, added_at, updated_at
        from media.asset
        where not removed
          and (%(kind)s::text is null or kind = %(kind)s::text)
          and (%(added_at)s::timestamptz is null
              or (added_at, id) < (%(added_at)s::timestamptz, %(id)s::text))
        order by added_at desc, id desc
        limit %(limit)s
        """,
        {
            "kind": kind,
            "added_at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )


async def write_asset(tx: Transaction, row: Row) -> None:
    """Write an asset as it is now."""
    asset = row.asset
    await tx.run(
        """
        insert into media.asset (id, sha256, kind, media_type, extension, bytes, width, height,
            duration_seconds, filename, alt, role, renditions, version, removed, added_at,
            updated_at)
        values (%(id)s, %(sha256)s, %(kind)s, %(media_type)s, %(extension)s, %(bytes)s, %(width)s,
            %(height)s, %(duration_seconds)s, %(filename)s, %(alt)s, %(role)s,
            %(renditions)s::jsonb, %(version)s, %(removed)s, %(added_at)s, %(updated_at)s)
        on conflict (id) do update set
            media_type = excluded.media_type, extension = excluded.extension,
            width = excluded.width, height = excluded.height,
            duration_seconds = excluded.duration_seconds, filename = excluded.filename,
            alt = excluded.alt, role = excluded.role, renditions = excluded.renditions,
            version = excluded.version, removed = excluded.removed, added_at = excluded.added_at,
            updated_at = excluded.updated_at
        """,
        {
            **{field: getattr(asset, field) for field in _PLAIN},
            "extension": row.extension,
            "renditions": msgspec.json.encode([_told(each) for each in asset.renditions]).decode(),
            "removed": row.removed,
        },
    )


async def read_sweep(tx: Transaction) -> str:
    """The key of the file up to which files were swept."""
    return await tx.one(str, "select after from media.sweep")


async def write_sweep(tx: Transaction, after: str) -> None:
    """Write up to which file files were swept."""
    await tx.run("update media.sweep set after = %(after)s", {"after": after})


_PLAIN = tuple(field for field in Asset.__struct_fields__ if field not in ("url", "renditions"))


def _told(rendition: Rendition) -> dict[str, Any]:
    told = msgspec.structs.asdict(rendition)
    del told["url"]
    return told


def _row(*values: Any) -> Row:
    (id_, sha256, kind, media_type, extension, bytes_, width, height, seconds, *rest) = values
    filename, alt, role, renditions, version, removed, added_at, updated_at = rest
    sizes = tuple(_rendition(id_, each) for each in renditions)
    plain = [each for each in sizes if each.media_type != "image/webp"]
    name = plain[-1].name if plain else original_name(extension)
    asset = Asset(
        id=id_,
        kind=kind,
        media_type=media_type,
        bytes=bytes_,
        sha256=sha256,
        width=width,
        height=height,
        duration_seconds=seconds,
        filename=filename,
        alt=alt,
        role=role,
        url=address_of(id_, name),
        renditions=sizes,
        version=version,
        added_at=added_at,
        updated_at=updated_at,
    )
    return Row(asset=asset, extension=extension, removed=removed)


def _rendition(asset_id: str, told: Mapping[str, Any]) -> Rendition:
    return Rendition(url=address_of(asset_id, told["name"]), **told)
