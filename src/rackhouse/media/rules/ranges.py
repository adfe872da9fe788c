"""Which part of a file is asked for, and whether the asker has it already (RFC 9110, sections 13
and 14)."""

import re
from collections.abc import Mapping

__all__ = ["has_it_already", "part_asked_for"]

_RANGE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*")


def part_asked_for(
    headers: Mapping[str, str], *, size: int, tag: str
) -> tuple[int, int] | None | bool:
    """The first byte and the one after the last, or None for the whole file; False where there is
    no such part.

    More than one part at once is answered with the whole file, as is a part of another version
    (`If-Range`), and what can not be read.
    """
    found = _RANGE.fullmatch(headers.get("range", ""))
    if found is None or found.groups() == ("", ""):
        return None
    if headers.get("if-range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) and size else False
    start = int(first)
    if last and int(last) < start:
        return None
    return (start, min(int(last) + 1 if last else size, size)) if start < size else False


def has_it_already(headers: Mapping[str, str], *, tag: str) -> bool:
    """Whether `If-None-Match` names the file as it is."""
    given = [each.strip().removeprefix("W/") for each in headers.get("if-none-match", "").split(",")]
    return "*" in given or tag in given
