"""Where an asset stands among the media of a product."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.catalog import Media

from .assets import Alt, Asset, Role, asset_in

__all__ = ["Placing", "placed", "without"]

POSITION_MAX = 50


class Placing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a product shows an asset; what is not said stays, or is as the asset says."""

    alt: Alt | None = None
    role: Role | None = None
    position: Annotated[
        Annotated[int, Meta(ge=0, le=POSITION_MAX)] | None,
        Meta(description="Its place, from 0; without one it keeps its own, or is put last."),
    ] = None


def placed(media: Sequence[Media], asset: Asset, placing: Placing) -> list[Media]:
    """The media with an asset among them, once. Another one that was the main one is so no more."""
    at = next((n for n, each in enumerate(media) if asset_in(each.url) == asset.id), None)
    before = None if at is None else media[at]
    others = [each for each in media if asset_in(each.url) != asset.id]
    shown = Media(
        kind=asset.kind,
        url=asset.url,
        alt=_said(placing.alt, before.alt if before else None, asset.alt),
        role=_said(placing.role, before.role if before else None, asset.role),
    )
    if shown.role == "main":
        others = [
            msgspec.structs.replace(each, role="gallery") if each.role == "main" else each
            for each in others
        ]
    place = _first(placing.position, at, len(others))
    others.insert(min(place, len(others)), shown)
    return others


def without(media: Sequence[Media], asset_id: str) -> list[Media]:
    """The media without an asset."""
    return [each for each in media if asset_in(each.url) != asset_id]


def _said(*texts: str | None) -> str:
    return next(each for each in texts if each is not None)


def _first(*places: int | None) -> int:
    return next(each for each in places if each is not None)
