"""Rules are pure: what they decide depends on what they are given and on nothing else."""

import ast
from collections.abc import Iterable

import pytest
from sources import Source, example, imports, package_sources

FORBIDDEN_IMPORTS = (
    "asyncio",
    "http",
    "io",
    "os",
    "pathlib",
    "psycopg",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "sys",
    "threading",
    "time",
    "uuid",
    "rackhouse.platform.cache",
    "rackhouse.platform.database",
    "rackhouse.platform.group_commit",
    "rackhouse.platform.house",
    "rackhouse.platform.ids.new_id",
    "rackhouse.platform.environment",
    "rackhouse.platform.settings",
    "rackhouse.platform.store",
    "rackhouse.platform.tail",
)
FORBIDDEN_CALLS = ("now", "utcnow", "today", "open", "print", "input")


def impure(sources: Iterable[Source]) -> list[str]:
    """Rules that reach for a clock, a file, chance, a database or the network."""
    return [problem for source in sources if source.is_rules for problem in _impure(source)]


def _impure(source: Source) -> list[str]:
    found = [
        f"{source.path}:{line} imports {name}"
        for line, name in imports(source)
        if _is_below(name, FORBIDDEN_IMPORTS) or ".store" in name
    ]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)
            if name in FORBIDDEN_CALLS and not _is_own(source, called):
                found.append(f"{source.path}:{node.lineno} calls {ast.unparse(called)}")
        elif isinstance(node, ast.AsyncFunctionDef | ast.Await):
            found.append(f"{source.path}:{node.lineno} waits")
    return found


def _is_below(name: str, forbidden: Iterable[str]) -> bool:
    return any(name == each or name.startswith(each + ".") for each in forbidden)


def _is_own(source: Source, called: ast.expr) -> bool:
    defined = {node.name for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)}
    return isinstance(called, ast.Name) and called.id in defined


def test_rules_depend_on_nothing_but_what_they_are_given() -> None:
    sources = package_sources()
    assert {source.part for source in sources if source.is_rules} >= {"inventory", "orders"}
    assert impure(sources) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "import random",
        "from rackhouse.platform.database import Transaction",
        "from rackhouse.inventory import store",
        "import datetime\nnow = datetime.datetime.now(datetime.UTC)",
        "async def decide(): ...",
        "def decide(path): return open(path)",
    ],
)
@pytest.mark.parametrize("module", ["rackhouse.inventory.rules", "rackhouse.catalog.rules.sizes"])
def test_rules_that_reach_outside_are_found(text: str, module: str) -> None:
    assert impure([example(text, module)])


def test_what_is_not_a_rule_may_read_the_clock() -> None:
    assert not impure([example("import time", "rackhouse.inventory.jobs")])
