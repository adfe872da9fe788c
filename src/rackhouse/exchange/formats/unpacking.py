"""Files as they come: plain or gzipped, line by line, each line with a limit."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from rackhouse.exchange.errors import ExchangeFileUnreadable

__all__ = ["LINE_BYTES_MAX", "lines_of", "unpacked", "unreadable"]

LINE_BYTES_MAX = 16 * 1024 * 1024
GZIP_MARK = b"\x1f\x8b"


def unpacked(file: BinaryIO) -> BinaryIO:
    """A file from its beginning, as it is without compression."""
    file.seek(0)
    mark = file.read(len(GZIP_MARK))
    file.seek(0)
    return cast(BinaryIO, gzip.GzipFile(fileobj=file)) if mark == GZIP_MARK else file


def lines_of(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Every line of a file. Refuses with `ExchangeFileUnreadable`."""
    with unreadable(name):
        while line := file.readline(LINE_BYTES_MAX):
            if len(line) == LINE_BYTES_MAX:
                raise ExchangeFileUnreadable(name, f"a line has {LINE_BYTES_MAX} bytes or more")
            yield line


@contextmanager
def unreadable(name: str) -> Iterator[None]:
    """Turns the ways in which a file can fail to be read into the refusal."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ExchangeFileUnreadable(name, "it is cut off or damaged; fetch it again") from None
    except OSError as error:
        raise ExchangeFileUnreadable(name, error.strerror or str(error)) from None
