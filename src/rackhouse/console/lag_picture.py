"""Pictures of lag: how late a channel was told in the last minutes."""

import datetime
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from rackhouse.console.lag_view import LagPoint
from rackhouse.outlets import LagRule

__all__ = ["LagPicture", "lag_picture"]

WINDOW_SECONDS = 900.0
GAP_SECONDS = 15.0
"""Where nothing was looked at for longer, the line is broken."""
ROOM = 1.15
MARGIN = 2.0


class LagPicture(msgspec.Struct, frozen=True):
    """What is drawn, on a sheet of some width and height. ``promised`` and ``limit`` are the
    heights of what the lag rule says, where there is room for them."""

    width: int
    height: int
    lines: list[str]
    areas: list[str]
    promised: float
    limit: float | None
    most_seconds: float


def lag_picture(
    points: Sequence[LagPoint],
    rule: LagRule,
    *,
    now: datetime.datetime,
    width: int,
    height: int,
) -> LagPicture:
    """The picture of what was seen in the last quarter of an hour."""
    since = now - datetime.timedelta(seconds=WINDOW_SECONDS)
    seen = [each for each in points if each.at >= since]
    most = max((each.seconds for each in seen), default=0.0)
    top = max(most, rule.within_seconds) * ROOM
    floor = height - MARGIN

    def drawn(each: LagPoint) -> tuple[float, float]:
        x = width * (each.at - since).total_seconds() / WINDOW_SECONDS
        return round(min(x, width), 1), _height(each.seconds, top, floor)

    stretches = [[drawn(each) for each in stretch] for stretch in _stretches(seen)]
    return LagPicture(
        width=width,
        height=height,
        lines=[_line(places) for places in stretches],
        areas=[
            f"{_line(places)}L{places[-1][0]} {floor}L{places[0][0]} {floor}Z"
            for places in stretches
        ],
        promised=_height(rule.within_seconds, top, floor),
        limit=_height(rule.limit_seconds, top, floor) if rule.limit_seconds <= top else None,
        most_seconds=most,
    )


def _height(seconds: float, top: float, floor: float) -> float:
    return round(floor - (floor - MARGIN) * seconds / top, 1)


def _line(places: Iterable[tuple[float, float]]) -> str:
    text = "L".join(f"{x} {y}" for x, y in places)
    return f"M{text}h0.1"  # or a single point would not be seen


def _stretches(points: Iterable[LagPoint]) -> Iterator[list[LagPoint]]:
    stretch: list[LagPoint] = []
    for each in points:
        if stretch and (each.at - stretch[-1].at).total_seconds() > GAP_SECONDS:
            yield stretch
            stretch = []
        stretch.append(each)
    if stretch:
        yield stretch
