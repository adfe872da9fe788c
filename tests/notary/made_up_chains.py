"""Events as a chain sees them, made up."""

from collections.abc import Sequence

from rackhouse.platform.events import GENESIS, Link

__all__ = ["BEGINNING", "alter", "chain", "rehashed"]

BEGINNING = "2026-01-31 12:00:00+00"


def chain(stream: str, length: int, *, first_position: int = 1, every: int = 1) -> list[Link]:
    """A sound stream, with its events at positions that are so far apart."""
    links: list[Link] = []
    for version in range(1, length + 1):
        said = ("Moved", f'{{"number":{version}}}', "somebody", None, f"request-{version}")
        previous = links[-1].hash if links else GENESIS
        position = first_position + (version - 1) * every
        at = f"2026-01-31 12:00:00.{position:06}+00"
        unhashed = Link(7, position, b"", at, stream, version, *said)
        links.append(unhashed._replace(hash=unhashed.after(previous)))
    return links


def rehashed(links: Sequence[Link], *, start: int, end: int | None = None) -> list[Link]:
    """The events with the hashes of some of them computed anew, as somebody would who hides what
    they did."""
    made = list(links)
    for at in range(start, len(links) if end is None else end):
        previous = made[at - 1].hash if at else GENESIS
        made[at] = made[at]._replace(hash=made[at].after(previous))
    return made


def alter(links: Sequence[Link], at: int, **changed: object) -> list[Link]:
    """The events with one of them saying something else."""
    return [each._replace(**changed) if i == at else each for i, each in enumerate(links)]
