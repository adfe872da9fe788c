"""The picture of the map: channels on the left, locations on the right, and a line between them
that is the thicker the more was sold along it in the last hour."""

import math
from collections.abc import Sequence

import msgspec

from rackhouse.console.channel_map import MapChannel

__all__ = ["MapPicture", "picture_of"]

PLACES_SHOWN = 12
LABEL_LENGTH = 26
ROW, EDGE_LEFT, EDGE_RIGHT = 34, 236, 484
THINNEST, THICKEST = 1.5, 12.0


class Node(msgspec.Struct, frozen=True):
    """A channel or a location, and its height in the picture."""

    label: str
    figure: int
    y: float
    quiet: bool


class Line(msgspec.Struct, frozen=True):
    """A channel sells from a location."""

    path: str
    width: float
    sold: int


class MapPicture(msgspec.Struct, frozen=True):
    """What is drawn. ``left_out`` counts the locations for which there is no room."""

    height: int
    channels: list[Node]
    places: list[Node]
    lines: list[Line]
    left_out: int


def picture_of(channels: Sequence[MapChannel]) -> MapPicture:
    """The picture of some channels; locations stand beside the channels that sell from them."""
    heard: dict[str, list[int]] = {}
    sold: dict[str, int] = {}
    for index, each in enumerate(channels):
        for place in each.places:
            heard.setdefault(place.location, []).append(index)
            sold[place.location] = sold.get(place.location, 0) + place.sold
    kept = sorted(heard, key=lambda name: (-sold[name], -len(heard[name]), name))[:PLACES_SHOWN]
    kept.sort(key=lambda name: (sum(heard[name]) / len(heard[name]), name))
    height = ROW * max(len(channels), len(kept), 1)
    at_left = _heights(len(channels), height)
    at_right = dict(zip(kept, _heights(len(kept), height), strict=True))
    most = max((place.sold for each in channels for place in each.places), default=0)
    return MapPicture(
        height=height,
        channels=[
            Node(_short(each.channel.name), each.sold, y, not each.channel.enabled)
            for each, y in zip(channels, at_left, strict=True)
        ],
        places=[Node(_short(name), sold[name], y, not sold[name]) for name, y in at_right.items()],
        lines=sorted(
            (
                Line(_path(y, at_right[place.location]), _width(place.sold, most), place.sold)
                for each, y in zip(channels, at_left, strict=True)
                for place in each.places
                if place.location in at_right
            ),
            key=lambda line: line.sold,
        ),
        left_out=len(heard) - len(kept),
    )


def _heights(count: int, height: int) -> list[float]:
    step = height / max(count, 1)
    return [round(step * (index + 0.5), 1) for index in range(count)]


def _width(sold: int, most: int) -> float:
    if not sold:
        return THINNEST
    return round(THINNEST + 1 + (THICKEST - THINNEST - 1) * math.sqrt(sold / most), 1)


def _path(left: float, right: float) -> str:
    middle = (EDGE_LEFT + EDGE_RIGHT) / 2
    return f"M{EDGE_LEFT} {left}C{middle} {left} {middle} {right} {EDGE_RIGHT} {right}"


def _short(label: str) -> str:
    return label if len(label) <= LABEL_LENGTH else label[: LABEL_LENGTH - 1] + "…"
