"""Assets over HTTP: files taken in, listed, described and removed."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.media.adding import add_media
from rackhouse.media.assets import (
    AssetPlace,
    describe_media,
    media_asset,
    media_page,
    remove_media,
)
from rackhouse.media.errors import (
    MediaDamaged,
    MediaInUse,
    MediaMoves,
    MediaNotFound,
    MediaRefersOutside,
    MediaTooLarge,
    MediaTypeNotTaken,
    TooManyPixels,
    TooManyUploads,
    UploadStalled,
)
from rackhouse.media.files import FilesUnavailable
from rackhouse.media.rules.assets import Alt, Asset, Filename, Kind, Role, Terms
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)

__all__ = ["ENDPOINTS"]

PATH = "/api/v1/media"
_ID = {"asset_id": "The asset's id: the first 40 letters of its SHA-256."}


class UploadQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a file that is sent."""

    filename: Filename | None = None
    alt: Alt = ""
    role: Role = "gallery"


class MediaQuery(PageQuery, frozen=True, kw_only=True):
    """Which assets to list."""

    kind: Annotated[Kind | None, Meta(description="Only assets of this kind.")] = None


async def post_media(call: Call) -> Answer:
    """The body is the file itself: JPEG, PNG, WebP, AVIF, a still GIF, MP4, WebM, GLB or USDZ. It
    is known by its bytes; a Content-Type may be sent and is not believed. The same bytes are the
    same asset, so a retry needs no key: it is answered 200 instead of 201."""
    query: UploadQuery = call.query
    length = call.headers.get(b"content-length", b"")
    added = await add_media(
        context=call.context,
        pieces=call.body,
        announced_bytes=int(length) if length.isdigit() else None,
        filename=query.filename,
        terms=Terms(alt=query.alt, role=query.role),
    )
    location = (b"location", f"{PATH}/{added.asset.id}".encode())
    headers = (entity_tag(added.asset.version), location)
    return Answer(201 if added.is_new else 200, added.asset, headers)


async def get_media(call: Call) -> Answer:
    query: MediaQuery = call.query
    found = await media_page(
        context=call.context,
        kind=query.kind,
        after=query.after(AssetPlace),
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, lambda last: AssetPlace(last.added_at, last.id)))


async def get_media_asset(call: Call) -> Answer:
    return _told(await media_asset(context=call.context, asset_id=call.path["asset_id"]))


async def put_media_asset(call: Call) -> Answer:
    """What products say of it themselves stays."""
    asset = await describe_media(
        context=call.context,
        asset_id=call.path["asset_id"],
        terms=call.body,
        expected_version=version_matched(call),
    )
    return _told(asset)


async def delete_media_asset(call: Call) -> Answer:
    """Refused while a product shows it. What browsers and caches have of it, they keep."""
    await remove_media(
        context=call.context,
        asset_id=call.path["asset_id"],
        expected_version=version_matched(call),
    )
    return Answer(204)


def _told(asset: Asset) -> Answer:
    return Answer(200, asset, (entity_tag(asset.version),))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path=PATH,
        handler=get_media,
        permission="media:read",
        summary="Pictures, videos and models, the newest first",
        query=MediaQuery,
        answers={200: Page[Asset]},
    ),
    Endpoint(
        method="POST",
        path=PATH,
        handler=post_media,
        permission="media:write",
        summary="Send a picture, a video or a model",
        query=UploadQuery,
        streamed_body=True,
        answers={200: Asset, 201: Asset},
        refusals=(
            MediaTypeNotTaken,
            MediaTooLarge,
            MediaDamaged,
            MediaRefersOutside,
            MediaMoves,
            TooManyPixels,
            TooManyUploads,
            UploadStalled,
            FilesUnavailable,
        ),
    ),
    Endpoint(
        method="GET",
        path=PATH + "/{asset_id}",
        handler=get_media_asset,
        permission="media:read",
        summary="An asset: what it is, and where its sizes are",
        answers={200: Asset},
        refusals=(MediaNotFound,),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="PUT",
        path=PATH + "/{asset_id}",
        handler=put_media_asset,
        permission="media:write",
        summary="Say something else of an asset",
        body=Terms,
        answers={200: Asset},
        refusals=(MediaNotFound,),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/{asset_id}",
        handler=delete_media_asset,
        permission="media:write",
        summary="Remove an asset that no product shows",
        answers={204: None},
        refusals=(MediaNotFound, MediaInUse),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
)
