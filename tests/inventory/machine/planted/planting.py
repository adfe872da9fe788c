"""How a bug is planted, and dug up again."""

import datetime
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

__all__ = ["AIMS", "BUGS", "SECOND", "bug", "everywhere", "planted", "put", "without"]

Plant: TypeAlias = Callable[[ExitStack], None]

BUGS: dict[str, Plant] = {}
"""The bugs, by their names."""

AIMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
"""The parts of the histories in which a bug shows soonest, and the SKUs, if that matters."""

SECOND = datetime.timedelta(seconds=1)


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The product, with a bug in it."""
    with ExitStack() as stack:
        BUGS[name](stack)
        yield


def bug(*parts: str, skus: str = "") -> Callable[[Plant], Plant]:
    """A bug that shows in histories of some parts, perhaps of certain SKUs."""

    def known(plant: Plant) -> Plant:
        BUGS[plant.__name__], AIMS[plant.__name__] = plant, (parts, tuple(skus))
        return plant

    return known


def put(stack: ExitStack, owner: Any, name: str, instead: Any) -> None:
    """Something else under a name, until the stack unwinds."""
    stack.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, instead)


def everywhere(stack: ExitStack, original: Callable[..., Any], instead: Any) -> None:
    """Something else wherever a function was imported."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("rackhouse.inventory"):
            for name, value in list(vars(module).items()):
                if value is original:
                    put(stack, module, name, instead)


def without(change: Sequence[int], at: int) -> tuple[int, ...]:
    """A change of figures that leaves one as it was."""
    return tuple(0 if index == at else each for index, each in enumerate(change))
