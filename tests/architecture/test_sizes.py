"""Sizes: a function fits a screen, a file fits a sitting. What is longer may only get rarer."""

import ast
import tomllib
from collections.abc import Iterable
from pathlib import Path

from sources import ROOT, Source, example, package_sources

FILE_LINES_LIMIT = 400
FUNCTION_LINES_LIMIT = 70
FILE_LINES_USUAL = 300
FUNCTION_LINES_USUAL = 25

RECORDED = tomllib.loads((Path(__file__).parent / "sizes.toml").read_text("utf-8"))


def lines_of_functions(sources: Iterable[Source]) -> dict[str, int]:
    """The length of every function, from its `def` to its end, by place."""
    return {
        f"{source.path}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def lines_of_files(sources: Iterable[Source]) -> dict[str, int]:
    """The length of every file."""
    return {source.path: len(source.text.splitlines()) for source in sources}


def longer(lines: dict[str, int], limit: int) -> list[str]:
    """What is longer than a limit, the longest in front."""
    found = sorted(lines.items(), key=lambda each: -each[1])
    return [f"{place} has {count} lines" for place, count in found if count > limit]


def beyond(lines: dict[str, int], limit: int, excepted: dict[str, int]) -> list[str]:
    """What is longer than the limit, or than the length that was recorded for it."""
    return [
        problem
        for place, count in lines.items()
        for problem in longer({place: count}, excepted.get(place, limit))
    ]


def all_sources() -> list[Source]:
    others = [
        Source(str(path.relative_to(ROOT)), "", path.read_text("utf-8"))
        for folder in ("tests", "benchmarks", "scripts", "clients")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    return package_sources() + others


def test_no_function_is_longer_than_a_screen_can_show() -> None:
    assert longer(lines_of_functions(all_sources()), FUNCTION_LINES_LIMIT) == []


def test_no_file_is_longer_than_a_sitting() -> None:
    excepted = RECORDED["files_beyond_the_limit"]
    assert beyond(lines_of_files(all_sources()), FILE_LINES_LIMIT, excepted) == []


def test_what_was_split_is_no_longer_excepted() -> None:
    lines = lines_of_files(all_sources())
    excepted = RECORDED["files_beyond_the_limit"]
    assert [path for path in excepted if lines.get(path, 0) <= FILE_LINES_LIMIT] == []


def test_long_functions_only_get_rarer() -> None:
    lines = lines_of_functions(package_sources())
    found = longer(lines, FUNCTION_LINES_USUAL)
    limit = RECORDED["functions_over_25_lines_in_a_thousand"] * len(lines) / 1000
    assert len(found) <= limit, "\n".join(found)


def test_long_files_only_get_rarer() -> None:
    lines = lines_of_files(package_sources())
    found = longer(lines, FILE_LINES_USUAL)
    limit = RECORDED["files_over_300_lines_in_a_thousand"] * len(lines) / 1000
    assert len(found) <= limit, "\n".join(found)


def test_a_long_function_and_a_long_file_are_found() -> None:
    text = "def place():\n" + "    pass\n" * 70
    long = example(text, "rackhouse.inventory.holds")
    path = "src/rackhouse/inventory/holds.py"
    assert longer(lines_of_functions([long]), 70) == [f"{path}:1 place has 71 lines"]
    assert beyond(lines_of_files([long]), 70, {}) == [f"{path} has 71 lines"]
    assert beyond(lines_of_files([long]), 70, {path: 71}) == []
    assert beyond(lines_of_files([long]), 60, {path: 70}) == [f"{path} has 71 lines"]
