"""Serving files: to anybody what a page shows, and originals to those who may read them. In parts
if asked for, with validators, and so that no browser takes a file for something else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import structlog

from rackhouse.media.assets import MediaAssets
from rackhouse.media.errors import MediaNotFound
from rackhouse.media.files import MediaFiles
from rackhouse.media.rules.files import Served, disposition, original_of, public_file
from rackhouse.media.rules.ranges import NoSuchPart, has_it_already, part_asked_for
from rackhouse.platform.errors import NotAuthenticated, Refusal
from rackhouse.platform.house import House
from rackhouse.platform.http import PROBLEM_MEDIA_TYPE, render_refusal
from rackhouse.platform.tasks import ended
from rackhouse.platform.telemetry import FAULTS, REFUSALS

__all__ = ["ORIGINAL_PATH", "PUBLIC_PATH", "media_file", "media_original"]

PUBLIC_PATH = "/media/{asset_id}/{name}"
ORIGINAL_PATH = "/api/v1/media/{asset_id}/original"
READ = "media:read"

Scope = dict[str, Any]
Headers = list[tuple[bytes, bytes]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Serve = Callable[[Scope, Any, Send], Awaitable[None]]

_log = structlog.get_logger(__name__)

# A file that is opened by itself runs nothing, loads nothing, and is of no origin.
_CAREFUL: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
    ),
]
# An address names bytes that never change. Pages of any origin may show them; web components that
# show models read them as data, which takes leave.
_FOR_ALL: Headers = [
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"accept-ranges, content-length, content-range, etag"),
    (b"cross-origin-resource-policy", b"cross-origin"),
]
_FOR_ONE: Headers = [(b"cache-control", b"private, no-cache")]


def media_file(house: House, _: Any) -> Serve:
    """A derived size of a picture, a video or a model, for everybody: what the address names never
    changes."""

    async def serve(scope: Scope, receive: Any, send: Send) -> None:
        async def answer(send: Send) -> None:
            _check_method(scope)
            parameters = scope["path_params"]
            row = await house.the(MediaAssets).row(parameters["asset_id"])
            served = public_file(row.asset, row.extension, parameters["name"])
            if served is None:
                raise MediaNotFound(asset_id=f"{row.asset.id}/{parameters['name']}")
            shown = disposition(served, row.asset.filename, attached=False)
            await _answer(house, served, shown, _FOR_ALL, scope, receive, send)

        await _settled(scope, receive, send, answer)

    return serve


def media_original(house: House, authenticate: Any) -> Serve:
    """The file of an asset as it came, to be saved. Needs `media:read`."""

    async def serve(scope: Scope, receive: Any, send: Send) -> None:
        async def answer(send: Send) -> None:
            caller = await authenticate(scope, dict(scope["headers"]), READ)
            caller.require(READ)
            _check_method(scope)
            row = await house.the(MediaAssets).row(scope["path_params"]["asset_id"])
            served = original_of(row.asset, row.extension)
            shown = disposition(served, row.asset.filename, attached=True)
            await _answer(house, served, shown, _FOR_ONE, scope, receive, send)

        await _settled(scope, receive, send, answer)

    return serve


def _check_method(scope: Scope) -> None:
    if scope["method"] not in ("GET", "HEAD"):
        raise MediaNotFound(asset_id=scope["path_params"]["asset_id"])


async def _answer(
    house: House,
    served: Served,
    shown: str,
    further: Headers,
    scope: Scope,
    receive: Any,
    send: Send,
) -> None:
    asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    tag = f'"{served.sha256[:40]}"'
    headers = [*_CAREFUL, *further, (b"etag", tag.encode()), (b"accept-ranges", b"bytes")]
    if has_it_already(asked, tag=tag):
        await _send(send, 304, headers)
        return
    try:
        wanted = asked if scope["method"] == "GET" else {}
        part = part_asked_for(wanted, size=served.bytes, tag=tag)
    except NoSuchPart:
        await _send(send, 416, [*headers, (b"content-range", b"bytes */%d" % served.bytes)])
        return
    start, end = part or (0, served.bytes)
    headers += [
        (b"content-type", served.media_type.encode()),
        (b"content-length", b"%d" % (end - start)),
        (b"content-disposition", shown.encode("latin-1")),
    ]
    if part is not None:
        headers.append((b"content-range", b"bytes %d-%d/%d" % (start, end - 1, served.bytes)))
    status = 200 if part is None else 206
    if scope["method"] == "HEAD":
        await _send(send, status, headers)
        return
    pieces = house.the(MediaFiles).files.read(served.key, start, end)
    start_of_answer = {"type": "http.response.start", "status": status, "headers": headers}
    try:
        await _stream(pieces, start_of_answer, receive, send)
    except FileNotFoundError:
        _log.error("media_file_missing", key=served.key)
        raise MediaNotFound(asset_id=served.key) from None


async def _stream(
    pieces: AsyncIterator[bytes], start: dict[str, Any], receive: Any, send: Send
) -> None:
    """Send a part of a file, for as long as somebody listens. Nothing is sent before its first
    piece was read, so that a store which does not answer is told as what it is."""
    begun = False
    gone = asyncio.create_task(_gone(receive))
    try:
        async for piece in pieces:
            if not begun:
                await send(start)
                begun = True
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if gone.done():
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        await ended(gone)


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _settled(
    scope: Scope, receive: Any, send: Send, answer: Callable[[Send], Awaitable[None]]
) -> None:
    if scope["type"] != "http":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    sending = _Sending(send)
    try:
        await answer(sending)
    except Refusal as refusal:
        REFUSALS.labels(refusal.type_name()).inc()
        await sending.refuse(refusal)
    except Exception:
        FAULTS.inc()
        _log.exception("fault", endpoint="media_file")
        await sending.fail()


async def _send(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


class _Sending:
    """An answer on its way, of which something may have been sent already."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = False

    async def __call__(self, message: dict[str, Any]) -> None:
        self._begun = True
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with the problem document, or break off what has begun."""
        rendered = render_refusal(refusal)
        headers: Headers = [(b"content-type", PROBLEM_MEDIA_TYPE), (b"cache-control", b"no-store")]
        if isinstance(refusal, NotAuthenticated):
            headers.append((b"www-authenticate", b'Bearer realm="rackhouse"'))
        await self._end(rendered.status, headers, rendered.body.encode())

    async def fail(self) -> None:
        """Answer that something failed, or break off what has begun."""
        await self._end(500, [], b"")

    async def _end(self, status: int, headers: Headers, body: bytes) -> None:
        if self._begun:
            return  # less than was promised: the server closes the connection
        length = (b"content-length", b"%d" % len(body))
        await self._send(
            {"type": "http.response.start", "status": status, "headers": [*headers, length]}
        )
        await self._send({"type": "http.response.body", "body": body})
