"""The order in which products are written: what others name first, circles together."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

__all__ = ["Step", "circles_of", "steps_of"]


class Step(msgspec.Struct, frozen=True):
    """Products that are written together. Those that name some of a later step are written
    without these references first, and once more at the end (``again``)."""

    ids: tuple[str, ...]
    again: frozenset[str] = frozenset()


def steps_of(ids: Iterable[str], needs: Mapping[str, frozenset[str]], limit: int) -> list[Step]:
    """The steps, each of at most ``limit`` products. ``needs`` says which others are to be there
    before a product is. Products that need each other in a circle are in one step, unless there
    are too many of them for one."""
    steps: list[Step] = []
    together: list[str] = []
    for circle in circles_of(ids, needs):
        if len(circle) > limit:
            if together:
                steps.append(Step(tuple(together)))
                together = []
            steps += _cut(circle, needs, limit)
            continue
        if len(together) + len(circle) > limit:
            steps.append(Step(tuple(together)))
            together = []
        together += circle
    if together:
        steps.append(Step(tuple(together)))
    return steps


def circles_of(ids: Iterable[str], needs: Mapping[str, frozenset[str]]) -> Iterator[list[str]]:
    """The products in an order in which each comes after what it needs; those that need each
    other are one circle (Tarjan's strongly connected components, without recursion)."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    is_open: set[str] = set()
    for start in ids:
        if start in numbers:
            continue
        path = [(start, _first_visit(start, needs, numbers, lowest, open_, is_open))]
        while path:
            node, rest = path[-1]
            following = next((each for each in rest if each not in numbers), None)
            if following is not None:
                visit = _first_visit(following, needs, numbers, lowest, open_, is_open)
                path.append((following, visit))
                continue
            path.pop()
            near = (lowest[each] for each in needs.get(node, ()) if each in is_open)
            lowest[node] = min(lowest[node], *near, lowest[node])
            if lowest[node] == numbers[node]:
                yield _closed(node, open_, is_open)


def _first_visit(
    node: str,
    needs: Mapping[str, frozenset[str]],
    numbers: dict[str, int],
    lowest: dict[str, int],
    open_: list[str],
    is_open: set[str],
) -> Iterator[str]:
    numbers[node] = lowest[node] = len(numbers)
    open_.append(node)
    is_open.add(node)
    return iter(sorted(needs.get(node, ())))


def _closed(node: str, open_: list[str], is_open: set[str]) -> list[str]:
    circle: list[str] = []
    while not circle or circle[-1] != node:
        circle.append(open_.pop())
    is_open.difference_update(circle)
    return circle[::-1]


def _cut(circle: list[str], needs: Mapping[str, frozenset[str]], limit: int) -> Iterator[Step]:
    written: set[str] = set()
    of_circle = frozenset(circle)
    for start in range(0, len(circle), limit):
        ids = circle[start : start + limit]
        written.update(ids)
        again = {each for each in ids if (needs.get(each, frozenset()) & of_circle) - written}
        yield Step(tuple(ids), frozenset(again))
