"""Names and words: what has no name has no place yet; what is unfinished is not left behind."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from sources import ROOT, Source, example, package_sources, tracked_files

from rackhouse.modules import MODULES

EMPTY_WORDS = (
    "base",
    "common",
    "handler",
    "helper",
    "helpers",
    "manager",
    "misc",
    "processor",
    "service",
    "util",
    "utils",
)
# Put together here, so that this file does not name them itself.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")
MACHINE = re.compile(
    r"(?<![\w.<{}])/(wo" + r"rk|ho" + r"me|ro" + r"ot|Us" + r"ers)/\w"
    r"|\b(registry\.\w|py" + r"pi\.org|python" + r"hosted|npm" + r"js\.|artifact" + r"ory)",
    re.IGNORECASE,
)
WORDS_ARE_READ_IN = {
    "",
    ".cfg",
    ".css",
    ".html",
    ".js",
    ".json",
    ".md",
    ".py",
    ".sql",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
}


def empty_names(sources: Iterable[Source]) -> list[str]:
    """Files and classes whose name ends in a word that says nothing."""
    problems = []
    for source in sources:
        stem = source.module.rpartition(".")[2]
        if stem.rpartition("_")[2] in EMPTY_WORDS:
            problems.append(f"{source.path}: {stem} says nothing")
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and _last_word(node.name) in EMPTY_WORDS:
                problems.append(f"{source.path}:{node.lineno}: {node.name} says nothing")
    return problems


def _last_word(name: str) -> str:
    return re.split(r"(?<!^)(?=[A-Z])", name)[-1].lower()


def sleeps(source: Source) -> list[str]:
    """Sleeps that wait and hope. Polling with a bound is left alone: a sleep in a `for`, or in a
    `while` that compares with a limit; so is `asyncio.sleep(0)`, which lets others go on."""
    tree = source.tree
    bounded = {
        id(inside)
        for loop in ast.walk(tree)
        if isinstance(loop, ast.For | ast.AsyncFor)
        or (isinstance(loop, ast.While) and _compares(loop))
        for inside in ast.walk(loop)
    }
    return [
        f"{source.path}:{node.lineno} sleeps; wait on a signal"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("time.sleep", "asyncio.sleep", "sleep")
        and id(node) not in bounded
        and not (node.args and ast.unparse(node.args[0]) == "0")
    ]


def _compares(loop: ast.While) -> bool:
    return any(isinstance(node, ast.Compare) for node in ast.walk(loop))


def sources_of_tests() -> list[Source]:
    return [
        Source(str(path.relative_to(ROOT)), path.stem, path.read_text("utf-8"))
        for path in sorted((ROOT / "tests").rglob("*.py"))
    ]


def lines_with(pattern: re.Pattern[str], files: Iterable[Path]) -> list[str]:
    """The lines of text files in which a pattern occurs."""
    return [
        f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name}:{number}: {line}"
        for path in files
        if path.suffix in WORDS_ARE_READ_IN
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def thawed(types: Iterable[type]) -> list[str]:
    """Structs that can be changed after they were made."""
    return [each.__name__ for each in types if not each.__struct_config__.frozen]  # type: ignore[attr-defined]


def test_every_name_says_something() -> None:
    assert empty_names(package_sources() + sources_of_tests()) == []


@pytest.mark.parametrize(
    ("text", "module"),
    [
        ("", "rackhouse.inventory.utils"),
        ("", "rackhouse.inventory.stock_helpers"),
        ("class StockManager: ...", "rackhouse.inventory.stock"),
        ("class Base: ...", "rackhouse.inventory.stock"),
    ],
)
def test_a_name_that_says_nothing_is_found(text: str, module: str) -> None:
    assert empty_names([example(text, module)])


def test_tests_wait_on_signals() -> None:
    assert [problem for source in sources_of_tests() for problem in sleeps(source)] == []


def test_a_sleep_that_hopes_is_found() -> None:
    hoping = "import time\ntime.sleep(1)\nwhile True:\n    time.sleep(0.1)"
    polling = "while time.monotonic() < deadline:\n    time.sleep(0.01)\nasyncio.sleep(0)"
    assert len(sleeps(example(hoping, "test_hoping"))) == 2
    assert not sleeps(example(polling, "test_polling"))


def test_nothing_unfinished_is_left_behind() -> None:
    assert lines_with(UNFINISHED, tracked_files()) == []


def test_nothing_names_the_machine_that_it_was_written_on() -> None:
    assert lines_with(MACHINE, tracked_files()) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (UNFINISHED, "# TO" + "DO: later"),
        (MACHINE, "see /wo" + "rk/notes"),
        (MACHINE, "https://regis" + "try.example/simple"),
    ],
)
def test_an_unfinished_or_local_line_is_found(
    tmp_path: Path, pattern: re.Pattern[str], text: str
) -> None:
    (tmp_path / "notes.md").write_text(f"fine\n{text}\n")
    assert lines_with(pattern, [tmp_path / "notes.md"]) == [f"notes.md:2: {text}"]


def test_what_happened_can_not_be_changed() -> None:
    assert thawed(each for module in MODULES for each in module.event_types.values()) == []


def test_an_event_that_can_be_changed_is_found() -> None:
    assert thawed([msgspec.defstruct("HoldPlaced", [("hold_id", str)])]) == ["HoldPlaced"]


def test_every_event_type_is_named_by_its_class() -> None:
    for module in MODULES:
        assert (module.event_log is None) == (not module.event_types)
        assert all(name == each.__name__ for name, each in module.event_types.items())
