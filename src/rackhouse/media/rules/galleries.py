"""What a page of a product shows: its pictures in their sizes, its videos, and its models, each
with what every device needs."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.catalog import Media

from .assets import Asset, asset_in

__all__ = ["Gallery", "Picture", "ShownModel", "ShownVideo", "Source", "gallery_of", "is_usdz"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A picture in one size and format."""

    url: str
    media_type: str
    width: int
    height: int


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture. Without sources it lies elsewhere, or is not there any more."""

    url: str
    alt: str
    role: str
    width: int | None = None
    height: int | None = None
    sources: tuple[Source, ...] = ()


class ShownVideo(msgspec.Struct, frozen=True, kw_only=True):
    """A video, and the picture that stands for it until it plays."""

    url: str
    alt: str
    media_type: str | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    poster: Picture | None = None


class ShownModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model: as GLB for web components and Android, as USDZ for the devices of Apple."""

    alt: str
    glb_url: str | None = None
    usdz_url: str | None = None
    poster: Picture | None = None


class Gallery(msgspec.Struct, frozen=True, kw_only=True):
    """All that a product shows. The main picture is the first."""

    product_id: str
    version: int
    pictures: tuple[Picture, ...]
    videos: tuple[ShownVideo, ...]
    models: tuple[ShownModel, ...]


def gallery_of(
    product_id: str, version: int, media: Sequence[Media], assets: Mapping[str, Asset]
) -> Gallery:
    """What a product shows. A poster is that of the video or model before it; a GLB and a USDZ
    that follow one another are one model."""
    pictures: list[Picture] = []
    videos: list[ShownVideo] = []
    models: list[ShownModel] = []
    before = ""
    for medium in media:
        asset = assets.get(asset_in(medium.url) or "")
        if medium.kind == "video":
            videos.append(_video(medium, asset))
        elif medium.kind == "model":
            _add_model(models, medium, follows=before == "model")
        elif medium.role == "poster" and before in ("video", "model"):
            poster = _picture(medium, asset)
            if before == "video":
                videos[-1] = msgspec.structs.replace(videos[-1], poster=poster)
            else:
                models[-1] = msgspec.structs.replace(models[-1], poster=poster)
            continue
        else:
            pictures.append(_picture(medium, asset))
        before = medium.kind
    pictures.sort(key=lambda each: each.role != "main")
    return Gallery(
        product_id=product_id,
        version=version,
        pictures=tuple(pictures),
        videos=tuple(videos),
        models=tuple(models),
    )


def is_usdz(url: str) -> bool:
    """Whether an address is that of a USDZ."""
    return url.partition("?")[0].partition("#")[0].lower().endswith(".usdz")


def _picture(medium: Media, asset: Asset | None) -> Picture:
    sources = [
        Source(url=each.url, media_type=each.media_type, width=each.width, height=each.height)
        for each in (asset.renditions if asset else ())
    ]
    return Picture(
        url=medium.url,
        alt=medium.alt,
        role=medium.role,
        width=asset.width if asset else None,
        height=asset.height if asset else None,
        sources=tuple(sources),
    )


def _video(medium: Media, asset: Asset | None) -> ShownVideo:
    if asset is None:
        return ShownVideo(url=medium.url, alt=medium.alt)
    return ShownVideo(
        url=medium.url,
        alt=medium.alt,
        media_type=asset.media_type,
        width=asset.width,
        height=asset.height,
        duration_seconds=asset.duration_seconds,
    )


def _add_model(models: list[ShownModel], medium: Media, *, follows: bool) -> None:
    form = "usdz_url" if is_usdz(medium.url) else "glb_url"
    same = follows and getattr(models[-1], form) is None
    model = models.pop() if same else ShownModel(alt=medium.alt)
    changed: dict[str, Any] = {form: medium.url, "alt": model.alt or medium.alt}
    models.append(msgspec.structs.replace(model, **changed))
