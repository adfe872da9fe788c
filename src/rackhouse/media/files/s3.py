"""Files on a store that speaks S3, by the library obstore (the extra ``media-s3``)."""

import datetime
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from rackhouse.media.files.seam import PIECE_BYTES, FilesUnavailable, Kept

__all__ = ["S3Files"]

PART_BYTES = 4_194_304
"""How much is asked for at once. A client that reads slowly keeps no connection to the store busy,
where it would be cut."""

RETRIES: Any = {"max_retries": 3, "retry_timeout": datetime.timedelta(seconds=20)}
IMMUTABLE = "public, max-age=31536000, immutable"


class S3Files:
    """Files in a bucket, below a prefix. Keys, region and endpoint are those of the environment:
    ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, ``AWS_ENDPOINT_URL``, and
    ``AWS_ALLOW_HTTP`` for an endpoint without TLS."""

    def __init__(self, url: str, **config: Any) -> None:
        parts = urlsplit(url)
        prefix = parts.path.strip("/") or None
        self._store = S3Store(parts.netloc, prefix=prefix, retry_config=RETRIES, **config)

    async def put(self, key: str, path: Path, *, media_type: str) -> None:
        """Write a file; a large one in several parts, which S3 puts together at the end."""
        attributes: Any = {"Content-Type": media_type, "Cache-Control": IMMUTABLE}
        with _refusals():
            await obstore.put_async(self._store, key, path, attributes=attributes)

    async def find(self, key: str) -> Kept | None:
        """What is known of a file."""
        with _refusals():
            try:
                return _kept(await obstore.head_async(self._store, key))
            except FileNotFoundError:
                return None

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from one place to before another."""
        while start < end:
            until = min(start + PART_BYTES, end)
            with _refusals():
                try:
                    part = await obstore.get_range_async(self._store, key, start=start, end=until)
                except FileNotFoundError as error:
                    raise FileNotFoundError(key) from error
            for at in range(0, len(part), PIECE_BYTES):
                yield bytes(memoryview(part)[at : at + PIECE_BYTES])
            start = until

    async def remove(self, keys: Sequence[str]) -> None:
        """Remove files."""
        if not keys:
            return
        with _refusals(), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, list(keys))

    async def page(self, *, after: str, limit: int) -> list[Kept]:
        """Files in the order of their keys."""
        found: list[Kept] = []
        with _refusals():
            stream = obstore.list(self._store, offset=after or None, chunk_size=limit)
            async for batch in stream:
                found += [_kept(each) for each in batch]
                if len(found) >= limit:
                    break
        return sorted(found, key=lambda each: each.key)[:limit]


@contextmanager
def _refusals() -> Iterator[None]:
    """Turns the library's ways to fail into the refusal."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        raise FilesUnavailable(reason=type(error).__name__) from error


def _kept(told: Any) -> Kept:
    changed_at: datetime.datetime = told["last_modified"]
    return Kept(told["path"], told["size"], changed_at.astimezone(datetime.UTC))
