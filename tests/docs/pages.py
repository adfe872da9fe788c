"""Pages of the documentation, as the tests of this folder read them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


class Step(NamedTuple):
    """A command block that is run, and the answers that must follow."""

    line: int
    commands: str
    answers: list[tuple[str, str]]


def pages() -> list[Path]:
    """Every page, by its place in the repository."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")]
    return sorted(path.relative_to(ROOT) for path in found)


def steps(text: str) -> list[Step]:
    """The blocks marked ``bash run``, each with the ``answer`` blocks below it."""
    found: list[Step] = []
    for fence in _FENCE.finditer(text):
        info = fence["info"].split()
        if info == ["bash", "run"]:
            line = text.count("\n", 0, fence.start()) + 1
            found.append(Step(line, fence["text"], []))
        elif info[1:] == ["answer"]:
            found[-1].answers.append((info[0], fence["text"]))
    return found


def links(text: str) -> list[str]:
    """Where a page points to, outside of its code."""
    return _LINK.findall(_without_code(text))


def anchors(text: str) -> set[str]:
    """The names that headings get."""
    plain = (re.sub(r"[^\w\- ]", "", each.lower()) for each in _HEADING.findall(text))
    return {each.replace(" ", "-") for each in plain}


def code(text: str) -> Iterator[str]:
    """What a page shows as code: its fenced and indented blocks, and each piece in backticks."""
    for fence in _FENCE.finditer(text):
        yield fence["text"]
    rest = _FENCE.sub("", text)
    yield from re.findall(r"(?:^ {4}.+\n?)+", rest, re.MULTILINE)
    yield from re.findall(r"`([^`\n]+)`", rest)


def unlike(wanted: Any, given: Any, place: str = "$") -> list[str]:
    """Where an answer is not what was promised: what is promised must be there, more may be, and
    ``"..."`` stands for anything."""
    if wanted == "...":
        return [] if given not in (None, "") else [f"{place} is missing"]
    if isinstance(wanted, dict) and isinstance(given, dict):
        return [
            problem
            for key, value in wanted.items()
            for problem in (
                unlike(value, given[key], f"{place}.{key}")
                if key in given
                else [f"{place}.{key} is missing"]
            )
        ]
    if isinstance(wanted, list) and isinstance(given, list) and len(wanted) <= len(given):
        pairs = enumerate(zip(wanted, given, strict=False))
        return [each for at, (one, two) in pairs for each in unlike(one, two, f"{place}[{at}]")]
    return [] if wanted == given else [f"{place} is {given!r}, not {wanted!r}"]


def last_json(output: str) -> Any:
    """The last JSON value of what commands printed, one after the other."""
    decoder, found, at = json.JSONDecoder(), None, 0
    while at < len(output):
        if output[at].isspace():
            at += 1
            continue
        found, at = decoder.raw_decode(output, at)
    return found


def _without_code(text: str) -> str:
    return re.sub(r"`[^`\n]+`", "", _FENCE.sub("", text))
