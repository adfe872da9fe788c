"""What a checkpoint says and how one follows from another."""

import datetime
import json
from hashlib import sha256

import pytest
from made_up_chains import chain

from rackhouse.notary.rules import Checkpoint, Grown, Head, is_due, next_checkpoint, read_payload
from rackhouse.notary.rules import root_of as root_by_rule
from rackhouse.platform.events import GENESIS, Growth, Link, Position

NOW = datetime.datetime(2026, 1, 31, 12, 0, 0, 654321, datetime.UTC)


def growth_of(links: list[Link]) -> list[Growth]:
    return [Growth(*each[:2], each.stream, each.version, each.hash) for each in links]


def by_hand(previous: bytes, heads: list[tuple[str, int, str]]) -> bytes:
    """A root as the documentation says it, with other tools than the program's."""
    told = [json.dumps(head, separators=(",", ":"), ensure_ascii=False) for head in heads]
    return sha256(previous + "".join(told).encode()).digest()


def signed(links: list[Link], since: Checkpoint | None = None) -> Checkpoint:
    grown = Grown(since)
    grown.add(growth_of(links))
    return next_checkpoint("inventory", since, grown, NOW)


def test_the_first_checkpoint_covers_all_there_is() -> None:
    a, b = chain("b ü", 3), chain("a", 2, first_position=10)
    found = signed([*a, *b])
    assert (found.id, found.number, found.events, found.streams) == ("inventory-1", 1, 5, 2)
    assert found.position == Position(7, 11)
    assert found.previous_root == GENESIS
    heads = [("a", 2, b[-1].hash.hex()), ("b ü", 3, a[-1].hash.hex())]
    assert found.root == by_hand(GENESIS, heads)


def test_the_next_one_builds_on_it_and_names_only_what_has_grown() -> None:
    first = signed(chain("a", 3))
    links = chain("b", 2, first_position=5)
    second = signed(links, first)
    assert (second.number, second.events, second.streams) == (2, 5, 1)
    assert second.previous_root == first.root
    assert second.root == by_hand(first.root, [("b", 2, links[-1].hash.hex())])


@pytest.mark.parametrize(
    "heads",
    [
        [Head("a", 2, b"h"), Head("b", 1, b"h")],
        [Head("b", 1, b"h")],
        [Head("a", 1, b"h"), Head("b", 1, b"i")],
        [Head("a", 11, b"h"), Head("b", 1, b"h")],
        [],
    ],
)
def test_other_heads_have_another_root(heads: list[Head]) -> None:
    known = [Head("a", 1, b"h"), Head("b", 1, b"h")]
    assert root_by_rule(GENESIS, known) != root_by_rule(GENESIS, heads)
    assert root_by_rule(GENESIS, known) != root_by_rule(bytes([1] * 32), known)


def test_what_was_signed_can_be_read_again() -> None:
    first = signed(chain("a", 3))
    assert first.signed_at == NOW.replace(microsecond=0)
    read = read_payload(first.payload("https://stock.example"), "")
    assert read == first
    said = json.loads(first.payload("https://stock.example"))
    assert said["iss"] == "https://stock.example"
    assert said["root"] == first.root.hex()


@pytest.mark.parametrize(
    "payload",
    [b"", b"{}", b"[]", b'{"log":1}', "position", "root", "iat"],
)
def test_what_is_no_checkpoint_is_refused(payload: bytes | str) -> None:
    if isinstance(payload, str):
        said = json.loads(signed(chain("a", 1)).payload("x"))
        payload = json.dumps({**said, payload: 10**30 if payload == "iat" else "x"}).encode()
    with pytest.raises(ValueError, match="does not say what a checkpoint says"):
        read_payload(payload, "")


def test_a_checkpoint_is_due_when_the_newest_is_old_enough() -> None:
    newest = signed(chain("a", 1))
    later = newest.signed_at + datetime.timedelta(seconds=60)
    assert is_due(None, NOW, every_seconds=60)
    assert is_due(newest, later, every_seconds=60)
    assert not is_due(newest, later, every_seconds=61)
