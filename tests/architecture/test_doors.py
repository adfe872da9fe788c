"""Doors: a module is entered through its `__init__` only, which says exactly what it offers."""

import importlib
import inspect
from collections.abc import Iterable, Iterator, Set
from dataclasses import is_dataclass

import pytest
from sources import Source, example, imports, listed_names, modules_of_the_house, package_sources

from rackhouse.modules import MODULES


def back_doors(sources: Iterable[Source], modules: Set[str]) -> list[str]:
    """Imports of what lies behind another module's door."""
    sources = list(sources)
    offered = {f"{source.module}.{name}" for source in sources for name in listed_names(source)}
    insides = {source.module for source in sources} - offered
    return [
        f"{source.path}:{line} imports {name}; import it from rackhouse.{name.split('.')[1]}"
        for source in sources
        for line, name in imports(source)
        if _is_inside(name, source, modules, insides)
    ]


def _is_inside(name: str, source: Source, modules: Set[str], insides: Set[str]) -> bool:
    """Manifests are for the list of modules, and for commands that need a few modules only."""
    root, _, inside = name.partition(".")
    module, _, inside = inside.partition(".")
    if root != "rackhouse" or module not in modules or module == source.part:
        return False
    if inside == "module" or inside.startswith("module."):
        return source.module != "rackhouse.modules" and source.part != "cli"
    return "." in inside or f"rackhouse.{module}.{inside}" in insides


def unsorted_or_inexact(source: Source) -> list[str]:
    """What is wrong with a door's `__all__`: it names each import once, in isort's order."""
    imported = [name.rpartition(".")[2] for _, name in imports(source)]
    listed = listed_names(source)
    problems = [f"{source.path} does not list {name}" for name in sorted({*imported} - {*listed})]
    problems += [f"{source.path} lists {name}" for name in sorted({*listed} - {*imported})]
    if listed != sorted(listed, key=_isort_key):
        problems.append(f"{source.path}: __all__ is not sorted")
    return problems


def _isort_key(name: str) -> tuple[int, str]:
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return (kind, name)


def undocumented(door: object) -> Iterator[str]:
    """The functions and classes of a door that do not say what they do."""
    for name in getattr(door, "__all__", ()):
        offered = getattr(door, name)
        if not (inspect.isclass(offered) or inspect.isfunction(offered)):
            continue
        text = offered.__dict__.get("__doc__") if inspect.isclass(offered) else offered.__doc__
        generated = is_dataclass(offered) and (text or "").startswith(f"{name}(")
        if not text or generated:
            yield f"{_name_of(door)}.{name} has no docstring"


def positional(door: object) -> Iterator[str]:
    """Operations and questions whose arguments can be mixed up: more than one may be given by
    place. What is computed without waiting may take its one or two arguments so, and what
    receives events takes them as every receiver does."""
    receivers = {each.receive for module in MODULES for each in module.subscriptions}
    for name in getattr(door, "__all__", ()):
        offered = getattr(door, name)
        if inspect.iscoroutinefunction(inspect.unwrap(offered)) and offered not in receivers:
            kinds = [each.kind for each in inspect.signature(offered).parameters.values()]
            if len(kinds) > 1 and any(kind is not inspect.Parameter.KEYWORD_ONLY for kind in kinds):
                yield f"{_name_of(door)}.{name} takes arguments by place"


def _name_of(door: object) -> str:
    return str(getattr(door, "__name__", door))


def doors() -> list[Source]:
    names = {f"rackhouse.{module}" for module in modules_of_the_house()}
    return [source for source in package_sources() if source.module in names]


def test_nobody_enters_a_module_by_the_back_door() -> None:
    found = back_doors(package_sources(), modules_of_the_house())
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "from rackhouse.inventory.rules import Stock",
        "from rackhouse.inventory import rules",
        "import rackhouse.inventory.rules",
        "from rackhouse.inventory.module import MODULE",
    ],
)
def test_an_import_by_the_back_door_is_found(line: str) -> None:
    inside = example("", "rackhouse.inventory.rules")
    assert back_doors([inside, example(line, "rackhouse.orders.placing")], {"inventory", "orders"})


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("from rackhouse.inventory import place_hold", "rackhouse.orders.placing"),
        ("from rackhouse.inventory import rules", "rackhouse.inventory.holds"),
        ("from rackhouse.inventory.module import MODULE", "rackhouse.modules"),
    ],
)
def test_what_may_be_imported_is_left_alone(line: str, module: str) -> None:
    inside = example("", "rackhouse.inventory.rules")
    assert not back_doors([inside, example(line, module)], {"inventory", "orders"})


def test_every_door_says_exactly_what_it_offers() -> None:
    assert [problem for door in doors() for problem in unsorted_or_inexact(door)] == []


def test_a_door_that_says_too_little_too_much_or_in_disorder_is_found() -> None:
    text = "from rackhouse.inventory.rules import Hold, Stock\n__all__ = ['b', 'Hold', 'A']"
    assert unsorted_or_inexact(example(text, "rackhouse.inventory")) == [
        "src/rackhouse/inventory.py does not list Stock",
        "src/rackhouse/inventory.py lists A",
        "src/rackhouse/inventory.py lists b",
        "src/rackhouse/inventory.py: __all__ is not sorted",
    ]


def test_everything_at_a_door_is_documented() -> None:
    found = [importlib.import_module(source.module) for source in doors()]
    assert [problem for door in found for problem in undocumented(door)] == []


def test_no_two_arguments_of_a_door_function_can_be_mixed_up() -> None:
    found = [importlib.import_module(source.module) for source in doors()]
    assert [problem for door in found for problem in positional(door)] == []


def test_a_silent_function_and_one_with_places_are_found() -> None:
    class Door:
        __all__ = ("move",)

        @staticmethod
        async def move(source: str, target: str) -> None: ...

    assert list(undocumented(Door)) == ["Door.move has no docstring"]
    assert list(positional(Door)) == ["Door.move takes arguments by place"]
