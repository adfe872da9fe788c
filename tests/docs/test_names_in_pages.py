"""What the documentation names exists: pages, commands, endpoints, settings, files."""

import re
from collections.abc import Iterable
from pathlib import Path

import click
import pytest
from pages import ROOT, anchors, code, links, pages

from rackhouse.api.introspection import introspection_endpoints
from rackhouse.cli.command_line import command_line
from rackhouse.identity import PERMISSIONS
from rackhouse.modules import MODULES
from rackhouse.platform.environment import describe_settings
from rackhouse.platform.errors import refusal_types

PAGES = {path: (ROOT / path).read_text("utf-8") for path in pages()}
STARTS = (ROOT, ROOT / "src" / "rackhouse")
TEST_SETTINGS = {
    "RACKHOUSE_API_PHASES",
    "RACKHOUSE_CONFORMANCE_ROUNDS",
    "RACKHOUSE_CONFORMANCE_SEED",
    "RACKHOUSE_CRASH_ROUNDS",
    "RACKHOUSE_ISOLATION_ROUNDS",
    "RACKHOUSE_ISOLATION_SEED",
    "RACKHOUSE_MACHINE_HISTORIES",
    "RACKHOUSE_TEST_DATABASES",
    "RACKHOUSE_TEST_DATABASE_URL",
}
ENDPOINTS = [each for module in MODULES for each in module.endpoints] + introspection_endpoints()
MOUNTS = [path for module in MODULES for path in module.mounts]


def broken_links(page: Path, text: str, texts: dict[Path, str]) -> list[str]:
    """Links to pages, files or headings that are not there."""
    problems = []
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / page.parent / name).resolve() if name else ROOT / page
        if not target.exists():
            problems.append(f"{page}: {link} is not there")
        elif anchor and anchor not in anchors(texts[target.relative_to(ROOT)]):
            problems.append(f"{page}: {link} has no such heading")
    return problems


def unknown_settings(text: str) -> list[str]:
    """Variables that are not settings."""
    known = {each.variable for each in describe_settings()} | TEST_SETTINGS
    named = set(re.findall(r"\bRACKHOUSE_[A-Z][A-Z_]*[A-Z]\b", text))
    return sorted(
        each
        for each in named
        if each not in known and not each.startswith("RACKHOUSE_DATABASE_URL__")
    )


def unknown_commands(text: str) -> list[str]:
    """Commands and options that the command line does not know."""
    problems = []
    for piece in code(text):
        for line in piece.replace("\\\n", " ").splitlines():
            for called in re.findall(r"(?:^|[\s(=])rackhouse((?: +[^|;)#]+)?)", line):
                problems += _unknown_words(called.split())
    return sorted(set(problems))


def _unknown_words(words: list[str]) -> list[str]:
    command: click.Command | None = command_line
    problems = []
    for word in words:
        if word.startswith("--"):
            option = word.partition("=")[0]
            if option not in _options(command):
                problems.append(f"{getattr(command, 'name', '')} {option}")
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z]+", word):
            below = command.get_command(click.Context(command), word)
            if below is None:
                return [f"rackhouse {word}"]
            command = below
    return problems


def _options(command: click.Command | None) -> set[str]:
    assert command is not None
    own = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    return own | {"--help", "--version"}


def unknown_paths(text: str) -> list[str]:
    """Methods and paths that nobody serves."""
    served = {(each.method, each.path) for each in ENDPOINTS} | {("GET", path) for path in MOUNTS}
    asked = re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}.-]+)", "\n".join(code(text)))
    return sorted(
        f"{method} {path}"
        for method, path in set(asked)
        if not any(method == known and _is_at(path, at) for known, at in served)
    )


def _is_at(path: str, template: str) -> bool:
    pattern = re.sub(r"{\w+}", r"[^/]+", re.sub(r"([.])", r"\\\1", template))
    return path == template or re.fullmatch(pattern, path) is not None


def unknown_permissions(text: str) -> list[str]:
    """Words that look like permissions and are none."""
    named = re.findall(r"`([a-z]+:(?:read|write|use))`", text)
    return sorted(set(named) - set(PERMISSIONS))


def unknown_files(text: str) -> list[str]:
    """Files of the repository or of the package that are not there."""
    named = {piece for piece in code(text) if re.fullmatch(r"[\w./-]+\.(py|toml|sql|md)", piece)}
    return sorted(
        name
        for name in named
        if "/" in name
        and not any((start / name).exists() for start in (ROOT, ROOT / "src/rackhouse"))
    )


def unknown_problems(text: str) -> list[str]:
    """Types of problems that nobody raises."""
    known = {each.type_name() for each in refusal_types()}
    return sorted(set(re.findall(r"/problems/([a-z-]+)", text)) - known)


CHECKS = (
    unknown_settings,
    unknown_commands,
    unknown_paths,
    unknown_permissions,
    unknown_files,
    unknown_problems,
)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page, PAGES[page], PAGES) == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_everything_that_a_page_names_exists(page: Path) -> None:
    found = {check.__name__: check(PAGES[page]) for check in CHECKS}
    assert {name: names for name, names in found.items() if names} == {}


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [Path("README.md")]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        waiting += [each for each in _linked_pages(page) if each in PAGES]
    assert sorted(set(PAGES) - reached) == []


def _linked_pages(page: Path) -> Iterable[Path]:
    for link in links(PAGES[page]):
        target = (ROOT / page.parent / link.partition("#")[0]).resolve()
        if target.is_relative_to(ROOT):
            yield target.relative_to(ROOT)


def test_a_link_into_the_void_is_found() -> None:
    page = Path("docs/glossary.md")
    text = "# Here\n[a](nowhere.md) [b](#there) [c](#here) [d](README.md)"
    found = broken_links(page, text, {**PAGES, page: text})
    assert [each.split(": ")[1].split()[0] for each in found] == [
        "nowhere.md",
        "#there",
        "README.md",
    ]


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("`RACKHOUSE_SPEED`", unknown_settings),
        ("    rackhouse dance --fast", unknown_commands),
        ("`rackhouse token --colour red`", unknown_commands),
        ("`POST /api/v1/wishes`", unknown_paths),
        ("`DELETE /api/v1/inventory/{id}`", unknown_paths),
        ("`wishes:read`", unknown_permissions),
        ("`inventory/wishes.py`", unknown_files),
        ("`/problems/no-wish`", unknown_problems),
    ],
)
def test_a_name_of_nothing_is_found(text: str, check: object) -> None:
    assert callable(check)
    assert check(text)
