"""Pictures of lag and of the map, and what happened to channels in words."""

import datetime

import msgspec
import pytest

from rackhouse.channels import Channel
from rackhouse.console.channel_history import told_of_channel
from rackhouse.console.channel_map import MapChannel, MapPlace
from rackhouse.console.lag_picture import lag_picture
from rackhouse.console.lag_view import LagPoint
from rackhouse.console.map_picture import PLACES_SHOWN, picture_of
from rackhouse.outlets import LagRule
from rackhouse.outlets.events import EVENT_TYPES
from rackhouse.platform.events import Event, Position

NOW = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.UTC)
RULE = LagRule(within_seconds=5.0, limit_seconds=60.0)
FACTS = {
    "reason": "the shop moves",
    "letters": 2,
    "within_seconds": 2.0,
    "share": 0.99,
    "limit_seconds": 6.0,
    "lag_seconds": 7.5,
    "measure": "buffer",
    "rows": 3,
    "restored": 2,
    "left": 1,
    "cursor": None,
}


def seen(seconds_ago: float, seconds: float) -> LagPoint:
    at = NOW - datetime.timedelta(seconds=seconds_ago)
    return LagPoint(at, seconds, 1, seconds > RULE.limit_seconds)


def sells(name: str, *places: tuple[str, int]) -> MapChannel:
    channel = Channel(
        id=name,
        name=name,
        kind="pos",
        locations=tuple(place for place, _ in places),
        enabled=True,
        version=1,
    )
    shown = tuple(MapPlace(place, 1, sold) for place, sold in places)
    return MapChannel(name, channel, None, "", shown, 1, 0, 0, 0, 0, (0,) * 60)


def test_a_gap_in_what_was_seen_breaks_the_line() -> None:
    points = [seen(ago, 1.0) for ago in (60, 57, 54, 20, 17)]
    picture = lag_picture(points, RULE, now=NOW, width=900, height=100)
    assert [line.count("L") for line in picture.lines] == [2, 1]
    assert picture.most_seconds == 1.0 and picture.limit is None


def test_what_is_older_than_the_picture_is_left_out_and_the_limit_stands_where_there_is_room() -> (
    None
):
    picture = lag_picture([seen(2000, 500.0), seen(3, 80.0)], RULE, now=NOW, width=900, height=100)
    assert picture.most_seconds == 80.0 and len(picture.lines) == 1
    assert picture.limit is not None and picture.limit < picture.promised


def test_nothing_seen_is_an_empty_sheet() -> None:
    picture = lag_picture([], RULE, now=NOW, width=120, height=24)
    assert (picture.lines, picture.most_seconds) == ([], 0.0)


def test_the_line_along_which_most_was_sold_is_the_thickest() -> None:
    picture = picture_of([sells("web", ("cellar", 9), ("shop", 0)), sells("till", ("shop", 4))])
    assert [line.sold for line in picture.lines] == [0, 4, 9]
    assert [line.width for line in picture.lines] == sorted(line.width for line in picture.lines)
    assert {node.label: node.quiet for node in picture.places} == {"cellar": False, "shop": False}


def test_locations_for_which_there_is_no_room_are_left_out_those_that_sold_least_first() -> None:
    places = [(f"place-{index:02}", index) for index in range(PLACES_SHOWN + 3)]
    picture = picture_of([sells("web", *places)])
    assert picture.left_out == 3 and "place-00" not in {node.label for node in picture.places}
    assert picture_of([]).lines == []


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_every_event_of_an_outlet_is_told_in_words(kind: str) -> None:
    event = Event(
        position=Position(1, 1),
        stream="lag:web" if kind.startswith("Lag") else "outlet:o-1",
        version=1,
        type=kind,
        data=msgspec.json.encode(FACTS).decode(),
        actor="ada",
        channel="web",
        correlation_id="c",
        recorded_at=NOW,
        hash=b"",
    )
    happening = told_of_channel(event, {"o-1": "Shelf display"})
    assert kind not in happening.text and happening.text[0].isalnum()
    assert kind.startswith("Lag") or happening.text.startswith("Shelf display: ")
