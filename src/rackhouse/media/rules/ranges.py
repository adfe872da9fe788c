"""Which part of a file is asked for, and whether the asker has it already (RFC 9110, sections 13
and 14)."""

import re
from collections.abc import Mapping

__all__ = ["NoSuchPart", "has_it_already", "part_asked_for"]


class NoSuchPart(Exception):
    """The file does not reach so far."""


_RANGE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*")


def part_asked_for(headers: Mapping[str, str], *, size: int, tag: str) -> tuple[int, int] | None:
    """The first byte and the one after the last, or None for the whole file; raises `NoSuchPart`.

    More than one part at once is answered with the whole file, as is a part of another version
    (`If-Range`), and what can not be read.
    """
    found = _RANGE.fullmatch(headers.get("range", ""))
    if found is None or found.groups() == ("", ""):
        return None
    if headers.get("if-range", tag) != tag:
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    if start >= size:
        raise NoSuchPart
    return (start, min(int(last) + 1, size) if first and last else size)


def has_it_already(headers: Mapping[str, str], *, tag: str) -> bool:
    """Whether `If-None-Match` names the file as it is."""
    given = [
        each.strip().removeprefix("W/") for each in headers.get("if-none-match", "").split(",")
    ]
    return "*" in given or tag in given
