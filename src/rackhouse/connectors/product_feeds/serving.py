"""Serving product feeds: at an address that can not be guessed, with validators (RFC 9110,
sections 8.8 and 13.1) and compressed for those who take that."""

import asyncio
import datetime
import hmac
import re
import tempfile
import traceback
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path, PurePath
from typing import Any, BinaryIO

import msgspec
import structlog

from rackhouse.connectors.errors import ConnectionDisabled, ProductFeedNotFound
from rackhouse.connectors.lines import setup_of
from rackhouse.connectors.opening import reachable
from rackhouse.connectors.product_feeds.generating import FeedReport, write_feed
from rackhouse.connectors.product_feeds.google import google_layout
from rackhouse.connectors.product_feeds.layout import FeedLayout
from rackhouse.connectors.product_feeds.meta import meta_layout
from rackhouse.connectors.product_feeds.terms import KEY_LENGTH_MIN
from rackhouse.connectors.remote import ChannelTrouble, Setup
from rackhouse.connectors.rules import Connection, is_handle
from rackhouse.connectors.store import connections
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Refusal
from rackhouse.platform.house import House
from rackhouse.platform.http import PROBLEM_MEDIA_TYPE, render_refusal
from rackhouse.platform.store import server_time
from rackhouse.platform.telemetry import FAULTS, REFUSALS

__all__ = ["FEED_PATH", "product_feed", "report_of_feed"]

FEED_PATH = "/api/v1/connections/{connection_id}/product-feed/{key}"
CHUNK_BYTES = 262_144
GZIP_WINDOW = 31
PERMISSIONS = frozenset({"catalog:read", "channels:read", "inventory:read"})
LAYOUTS: Mapping[str, Callable[[Any, str], FeedLayout]] = {
    "google": google_layout,
    "meta": meta_layout,
}

Scope = dict[str, Any]
Headers = list[tuple[bytes, bytes]]

_log = structlog.get_logger(__name__)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as it was made, and where it is."""

    version: int
    path: Path
    media_type: str
    report: FeedReport


class ProductFeeds:
    """The feeds that this process has made. Of each connection one is kept, and one made at a
    time; who comes meanwhile waits for it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._made: dict[str, Made] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="rackhouse-feeds-")

    async def report(self, connection: Connection, setup: Setup) -> FeedReport:
        """What is in the feed of a connection."""
        async with self._turns.setdefault(connection.id, asyncio.Lock()):
            return (await self._fresh(connection, setup)).report

    async def opened(self, connection: Connection, setup: Setup) -> tuple[Made, BinaryIO]:
        """The feed of a connection and its file, which stays readable when there is a newer one."""
        async with self._turns.setdefault(connection.id, asyncio.Lock()):
            made = await self._fresh(connection, setup)
            return made, await asyncio.to_thread(made.path.open, "rb")

    async def _fresh(self, connection: Connection, setup: Setup) -> Made:
        """The feed of a connection, not older than its terms allow."""
        async with self._house.database("connectors").reading() as tx:
            now = await server_time(tx)
        made = self._made.get(connection.id)
        if made is not None and made.version == connection.version:
            age = (now - made.report.made_at).total_seconds()
            if age < setup.settings.refresh_seconds:
                return made
        made = self._made[connection.id] = await self._make(connection, setup, now, made)
        return made

    async def _make(
        self, connection: Connection, setup: Setup, now: datetime.datetime, before: Made | None
    ) -> Made:
        layout = LAYOUTS[connection.adapter](setup.settings, connection.name)
        path = Path(self._folder.name) / f"{connection.id}.gz"
        context = Context.of_service(self._house, "product-feeds", PERMISSIONS)
        report = await write_feed(
            context,
            channel=connection.channel,
            layout=layout,
            terms=setup.settings,
            path=path,
            now=now,
        )
        if before is not None and before.report.etag == report.etag:
            report = msgspec.structs.replace(report, changed_at=before.report.changed_at)
        _log.info("product_feed_made", connection=connection.id, items=report.items)
        return Made(
            version=connection.version, path=path, media_type=layout.media_type, report=report
        )


@operation("connections:read")
async def report_of_feed(*, context: Context, connection_id: str) -> FeedReport:
    """What is in the product feed of a connection, and what is left out of it and why.

    Refuses with `ConnectionNotFound`, `ConnectionDisabled` and `ProductFeedNotFound`.
    """
    house = context.house
    connection = await reachable(context, connection_id)
    if connection.adapter not in LAYOUTS:
        raise ProductFeedNotFound()
    if not connection.enabled:
        raise ConnectionDisabled(connection=connection_id)
    async with house.database("connectors").reading() as tx:
        setup = await setup_of(house, tx, connection)
    return await house.the(ProductFeeds).report(connection, setup)


def product_feed(house: House, _: Any) -> Callable[..., Any]:
    """The product feed of a connection, for whoever knows its address: a file of what the channel
    sells, for Google Merchant Center or the Meta catalog."""

    async def serve(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            made, file = await _found(house, scope)
        except Refusal as refusal:
            await _refuse(send, refusal)
        except Exception as fault:
            await _tell_fault(send, fault)
        else:
            with file:
                await _answer(made, file, scope, send)

    return serve


async def _tell_fault(send: Any, fault: Exception) -> None:
    """Answer and log a fault; without what stands in variables, where the key is."""
    FAULTS.inc()
    place = traceback.extract_tb(fault.__traceback__)[-1]
    where = f"{PurePath(place.filename).name}:{place.lineno}"
    _log.error("fault", endpoint="product_feed", at=where, fault=type(fault).__name__)
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _found(house: House, scope: Scope) -> tuple[Made, BinaryIO]:
    """The feed at an address. Whether the connection or the key is wrong is not told apart."""
    connection_id, key = scope["path_params"]["connection_id"], scope["path_params"]["key"]
    if scope["method"] not in ("GET", "HEAD"):
        raise ProductFeedNotFound()
    async with house.database("connectors").reading() as tx:
        known = None
        if is_handle(connection_id):
            known = await connections.connection_of(tx, connection_id)
        if known is None or known.closed or not known.enabled or known.adapter not in LAYOUTS:
            raise ProductFeedNotFound()
        setup = await setup_of(house, tx, known)
    try:
        wanted = setup.secret("address_key")
    except ChannelTrouble:
        raise ProductFeedNotFound() from None
    if len(wanted) < KEY_LENGTH_MIN or not hmac.compare_digest(wanted.encode(), key.encode()):
        raise ProductFeedNotFound()
    return await house.the(ProductFeeds).opened(known, setup)


async def _answer(made: Made, file: BinaryIO, scope: Scope, send: Any) -> None:
    asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    packed = _takes_gzip(asked.get("accept-encoding", ""))
    # Compressed it is another representation, which must not share a strong validator.
    tag = f'"{made.report.etag}{"-gzip" if packed else ""}"'
    headers: Headers = [
        (b"etag", tag.encode()),
        (b"last-modified", format_datetime(_whole_seconds(made), usegmt=True).encode()),
        (b"vary", b"accept-encoding"),
        (b"cache-control", b"private, no-cache"),
        (b"x-robots-tag", b"noindex"),
    ]
    if _is_known(asked, tag, _whole_seconds(made)):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    headers.append((b"content-type", made.media_type.encode()))
    if packed:
        headers.append((b"content-encoding", b"gzip"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if scope["method"] == "GET":
        async for chunk in _chunks(file, packed):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _chunks(file: BinaryIO, packed: bool) -> AsyncIterator[bytes]:
    """The file piece by piece; uncompressed, a piece is as small as if it were not."""
    unpacking = zlib.decompressobj(GZIP_WINDOW)
    while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
        if packed:
            yield piece
            continue
        while piece:
            yield await asyncio.to_thread(unpacking.decompress, piece, CHUNK_BYTES)
            piece = unpacking.unconsumed_tail
    if not packed:
        yield unpacking.flush()


def _is_known(asked: Mapping[str, str], tag: str, changed_at: datetime.datetime) -> bool:
    """Whether the client has this already: by its tags, or else by its time."""
    if "if-none-match" in asked:
        given = [each.strip().removeprefix("W/") for each in asked["if-none-match"].split(",")]
        return "*" in given or tag in given
    try:
        since = parsedate_to_datetime(asked["if-modified-since"])
    except (KeyError, ValueError):
        return False
    if since.tzinfo is None:
        since = since.replace(tzinfo=datetime.UTC)
    return changed_at <= since


def _takes_gzip(accepted: str) -> bool:
    for each in accepted.lower().split(","):
        coding, _, parameters = each.strip().partition(";")
        if coding.strip() in ("gzip", "x-gzip", "*"):
            return re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", parameters) is None
    return False


def _whole_seconds(made: Made) -> datetime.datetime:
    return made.report.changed_at.astimezone(datetime.UTC).replace(microsecond=0)


async def _refuse(send: Any, refusal: Refusal) -> None:
    REFUSALS.labels(refusal.type_name()).inc()
    rendered = render_refusal(refusal)
    body = rendered.body.encode()
    headers = [(b"content-type", PROBLEM_MEDIA_TYPE), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": rendered.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
