"""What a walk along a log and a look at one stream find, without a database."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_chains import BEGINNING, alter, chain, rehashed

from rackhouse.notary.rules import Diagnosis, Finding, Head, Start, Walk
from rackhouse.platform.events import Link


def walked(links: Sequence[Link], starts: dict[str, Start] | None = None) -> Walk:
    walk = Walk(starts or {})
    walk.follow(sorted(links, key=lambda each: each.place))
    return walk


def diagnosed(links: Sequence[Link], start: Start | None = None) -> list[tuple[int | None, str]]:
    """The versions and kinds of what is wrong with a stream."""
    return [(each.version, each.kind) for each in findings_in(links, start)]


def findings_in(links: Sequence[Link], start: Start | None = None) -> list[Finding]:
    diagnosis = Diagnosis("inventory", "s", start)
    ordered = sorted(links, key=lambda each: each.version)
    diagnosis.show(ordered[:2])
    diagnosis.show(ordered[2:])
    return diagnosis.findings()


def head_of(links: Sequence[Link]) -> Head:
    return Head(links[-1].stream, links[-1].version, links[-1].hash)


def exchanged(links: Sequence[Link], one: int, two: int, *fields: str) -> list[Link]:
    """The events with two of them having some fields of each other."""
    first, second = links[one], links[two]
    made = list(links)
    made[one] = first._replace(**{name: getattr(second, name) for name in fields})
    made[two] = second._replace(**{name: getattr(first, name) for name in fields})
    return made


CONTENT = ("type", "data", "actor", "channel", "correlation_id", "recorded_at")


def test_sound_streams_are_not_in_doubt() -> None:
    links = [*chain("a", 5, every=2), *chain("b", 4, first_position=2, every=2)]
    walk = walked(links)
    assert not walk.in_doubt
    assert (walk.events, walk.streams) == (9, 2)
    assert diagnosed(chain("s", 5)) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"data": '{"number":4}'},
        {"type": "Lost"},
        {"actor": "nobody"},
        {"channel": "web"},
        {"correlation_id": "other"},
        {"recorded_at": BEGINNING},
        {"hash": bytes(32)},
    ],
    ids=lambda changed: next(iter(changed)),
)
@pytest.mark.parametrize("at", [0, 2, 4])
def test_an_event_that_was_altered_is_named(at: int, changed: dict[str, Any]) -> None:
    links = alter(chain("s", 5), at, **changed)
    assert list(walked(links).in_doubt) == ["s"]
    found = findings_in(links)
    assert found[0].version == at + 1
    assert {each.kind for each in found} == {"altered"}


def test_an_event_that_was_altered_with_its_hash_is_found_by_the_next() -> None:
    links = rehashed(alter(chain("s", 5), 2, data="{}"), start=2, end=3)
    (finding,) = findings_in(links)
    assert (finding.version, finding.kind) == (4, "altered")
    assert "or event 3 was and its hash made to fit" in finding.finding


def test_a_chain_that_was_rewritten_to_its_end_is_found_by_a_checkpoint_only() -> None:
    sound = chain("s", 5)
    rewritten = walked(rehashed(alter(sound, 2, data="{}"), start=2))
    assert not rewritten.in_doubt
    (finding,) = rewritten.differences(
        "inventory", "inventory-1", [head_of(sound)], all_of_them=True
    )
    assert (finding.stream, finding.version, finding.kind) == ("s", 5, "altered")


@pytest.mark.parametrize(
    ("removed", "words"), [([2], "it is missing"), ([1, 2, 3], "events 2 to 4 are missing")]
)
def test_events_that_were_removed_from_the_middle_are_named(removed: list[int], words: str) -> None:
    links = [each for at, each in enumerate(chain("s", 6)) if at not in removed]
    assert walked(links).in_doubt
    (finding,) = findings_in(links)
    assert (finding.version, finding.kind, finding.finding) == (removed[0] + 1, "removed", words)


def test_a_stream_that_lost_its_first_events_is_found() -> None:
    assert diagnosed(chain("s", 5)[2:]) == [(1, "removed")]


def test_events_that_were_removed_from_the_end_are_found_by_a_checkpoint() -> None:
    sound = chain("s", 5)
    other = chain("other", 1, first_position=9)
    walk = walked([*sound[:3], *other])
    assert not walk.in_doubt
    heads = [head_of(chain("gone", 2)), head_of(sound), head_of(other)]
    found = walk.differences("inventory", "inventory-1", heads, all_of_them=True)
    assert [(each.stream, each.version, each.kind) for each in found] == [
        ("gone", 2, "removed"),
        ("s", 5, "removed"),
    ]
    assert "event 3 is the newest" in found[1].finding
    assert "there is none" in found[0].finding


@pytest.mark.parametrize(("one", "two"), [(1, 2), (0, 1), (1, 4), (3, 4)])
@pytest.mark.parametrize(
    "fields",
    [CONTENT, (*CONTENT, "hash"), (*CONTENT, "hash", "position"), ("data",), ("type", "data")],
    ids=["contents", "contents and hashes", "versions", "data", "types and data"],
)
def test_two_events_that_have_changed_places_are_named(
    one: int, two: int, fields: tuple[str, ...]
) -> None:
    links = exchanged(chain("s", 5), one, two, *fields)
    assert walked(links).in_doubt
    (finding,) = findings_in(links)
    assert (finding.version, finding.kind) == (one + 1, "reordered")
    assert f"events {one + 1} and {two + 1}" in finding.finding


def test_two_that_changed_places_do_not_hide_a_third_that_was_altered() -> None:
    links = alter(exchanged(chain("s", 8), 1, 2, *CONTENT), 5, actor="nobody")
    assert diagnosed(links) == [(2, "reordered"), (6, "altered")]


def test_events_whose_positions_were_exchanged_are_named() -> None:
    links = exchanged(chain("s", 5), 1, 2, "position")
    assert walked(links).in_doubt
    assert diagnosed(links) == [(3, "reordered")]


def test_an_event_behind_the_place_of_a_checkpoint_is_found() -> None:
    sound = chain("s", 5)
    found = walked(sound).differences(
        "inventory", "inventory-1", [head_of(sound[:4])], all_of_them=True
    )
    assert [(each.version, each.kind) for each in found] == [(4, "reordered")]


def test_a_stream_that_a_checkpoint_does_not_know_was_added() -> None:
    sound, added = chain("s", 2), chain("t", 2, first_position=7)
    walk = walked([*sound, *added])
    found = walk.differences("inventory", "inventory-1", [head_of(sound)], all_of_them=True)
    assert [(each.stream, each.version, each.kind) for each in found] == [("t", 2, "added")]
    assert walk.differences("inventory", "inventory-1", [head_of(sound)], all_of_them=False) == []


def test_a_checkpoint_is_compared_with_what_has_grown_since_the_one_before() -> None:
    early, late = chain("s", 2), chain("t", 2, first_position=7)
    walk = walked(early)
    walk.rest()
    walk.follow(late)
    assert walk.grown_heads() == [head_of(late)]
    assert walk.differences("inventory", "inventory-2", [head_of(late)], all_of_them=True) == []


def test_a_log_may_start_behind_events_that_were_archived() -> None:
    whole = chain("s", 6)
    start = Start(4, whole[3].hash)
    walk = walked(whole[4:], {"s": start})
    assert not walk.in_doubt
    assert diagnosed(whole[4:], start) == []
    assert (
        walk.differences("inventory", "inventory-1", [head_of(whole[:3])], all_of_them=False) == []
    )
    assert walked(whole[4:], {"s": Start(4, bytes(32))}).in_doubt
    assert diagnosed(whole[4:], Start(4, bytes(32))) == [(5, "altered")]
    assert diagnosed(whole[5:], start) == [(5, "removed")]


def tampered(links: list[Link], how: str, at: int, to: int) -> list[Link]:
    match how:
        case "remove":
            return links[:at] + links[at + 1 :]
        case "exchange":
            return exchanged(links, at, to, *CONTENT)
        case "move":
            return exchanged(links, at, to, "position")
    if how == "recorded_at":
        return alter(links, at, recorded_at=BEGINNING)
    return alter(links, at, **{how: f"{getattr(links[at], how)}."})


@given(
    st.integers(2, 12),
    st.sampled_from(["remove", "exchange", "move", *CONTENT]),
    st.data(),
)
def test_whatever_is_done_to_one_event_is_found(length: int, how: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, length - 1))
    to = data.draw(st.integers(0, length - 1).filter(lambda other: other != at))
    sound = chain("s", length)
    links = tampered(list(sound), how, at, to)
    walk = walked(links)
    by_checkpoint = walk.differences("log", "log-1", [head_of(sound)], all_of_them=True)
    assert bool(walk.in_doubt) == bool(findings_in(links))
    assert walk.in_doubt or by_checkpoint
