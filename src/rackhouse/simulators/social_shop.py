"""A social shop: it fetches product feeds over HTTP from the address that it was given, as the
schedules of Google Merchant Center and of Meta's catalog do.

Sources: RFC 9110, sections 8.8.3 (ETag), 13.1.2 (If-None-Match) and 15.4.5 (304);
RFC 9112, section 8 (incomplete messages).
"""

import aiohttp
import msgspec

from rackhouse.simulators.faults import NONE, Faults, Luck

__all__ = ["HeldFeed", "SocialShopSimulator"]

PIECE_BYTES = 1024


class HeldFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as it was fetched, whole."""

    content: bytes
    media_type: str
    tag: str


class SocialShopSimulator:
    """The fetching side. It keeps the last feed that it got whole, and asks with its tag. As luck
    will have it, it breaks off before the answer or within it, asks again at once, and asks with
    the tag of a feed that it no longer has."""

    def __init__(self, address: str, faults: Faults = NONE) -> None:
        self.address = address
        self.held: HeldFeed | None = None
        self.answers: dict[int, int] = {}
        self.broken_off = 0
        self._luck = Luck(faults)
        self._older: str | None = None

    async def fetch(self) -> bool:
        """Fetch what there is, once or twice; says whether it holds what there is now. Where it
        breaks off, what is held stays."""
        is_current = False
        async with aiohttp.ClientSession() as client:
            for _ in range(2 if self._luck.is_duplicated() else 1):
                try:
                    is_current = await self._fetched(client)
                except (aiohttp.ClientError, ConnectionError):
                    self.broken_off += 1
                    is_current = False
        return is_current

    async def _fetched(self, client: aiohttp.ClientSession) -> bool:
        tag = self.held.tag if self.held is not None else None
        if self._older is not None and self._luck.is_reordered():
            tag = self._older
        headers = {} if tag is None else {"if-none-match": tag}
        if self._luck.fails_before():
            raise ConnectionAbortedError
        async with client.get(self.address, headers=headers) as answer:
            self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
            if answer.status == 304:
                return self.held is not None and answer.headers["etag"] == self.held.tag
            answer.raise_for_status()
            content = await self._read(answer)
        if self.held is not None:
            self._older = self.held.tag
        self.held = HeldFeed(
            content=content, media_type=answer.content_type, tag=answer.headers["etag"]
        )
        return True

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        breaks_off = self._luck.fails_after()
        pieces = []
        async for piece in answer.content.iter_chunked(PIECE_BYTES):
            if breaks_off:
                answer.close()
                raise ConnectionAbortedError
            pieces.append(piece)
        return b"".join(pieces)
