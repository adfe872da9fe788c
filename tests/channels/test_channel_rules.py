"""What may happen to a channel, without a database."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.channels.errors import ChannelAlreadyOpen, ChannelNotFound, InvalidChannel
from rackhouse.channels.events import ChannelChanged, ChannelClosed, ChannelOpened
from rackhouse.channels.rules import (
    LOCATIONS_LIMIT,
    NAME_LENGTH_LIMIT,
    State,
    Terms,
    apply,
    change,
    close,
    is_handle,
    open_,
)
from rackhouse.platform.http.endpoint import VersionIsStale

TERMS = Terms(
    name="Web shop", kind="web_shop", locations=("warehouse-1", "shop-berlin"), enabled=True
)
DISABLED = msgspec.structs.replace(TERMS, enabled=False)


def opened() -> State:
    return apply(None, open_(None, "web", TERMS))


def test_a_channel_opens_with_its_first_version() -> None:
    assert open_(None, "web", TERMS) == ChannelOpened(id="web", **msgspec.structs.asdict(TERMS))
    state = opened()
    assert (state.channel.id, state.channel.version, state.closed) == ("web", 1, False)
    assert state.channel.terms() == TERMS


def test_an_open_channel_is_not_opened_again() -> None:
    with pytest.raises(ChannelAlreadyOpen):
        open_(opened(), "web", DISABLED)


def test_other_terms_make_the_next_version() -> None:
    changed = change(opened(), "web", DISABLED, expected_version=1)
    assert changed == ChannelChanged(id="web", **msgspec.structs.asdict(DISABLED))
    state = apply(opened(), changed)
    assert (state.channel.version, state.channel.enabled) == (2, False)


@pytest.mark.parametrize("other", [{"sourcing": "spread"}, {"split": False}])
def test_how_it_is_sourced_is_a_difference(other: dict[str, object]) -> None:
    changed = change(opened(), "web", msgspec.structs.replace(TERMS, **other), expected_version=1)
    assert changed is not None
    state = apply(opened(), changed)
    assert {name: getattr(state.channel, name) for name in other} == other


def test_channels_opened_before_they_said_how_they_are_sourced_are_still_read() -> None:
    old = b'{"id":"web","name":"Web","kind":"pos","locations":["shop"],"enabled":true}'
    for kind in (ChannelOpened, ChannelChanged):
        channel = apply(None, msgspec.json.decode(old, type=kind)).channel
        assert (channel.sourcing, channel.split) == ("channel_order", True)


def test_the_order_of_the_locations_is_a_difference() -> None:
    turned = msgspec.structs.replace(TERMS, locations=TERMS.locations[::-1])
    assert change(opened(), "web", turned, expected_version=None) is not None


def test_the_same_terms_change_nothing() -> None:
    assert change(opened(), "web", TERMS, expected_version=1) is None


@pytest.mark.parametrize("expected_version", [0, 2])
def test_an_edit_of_another_version_is_refused(expected_version: int) -> None:
    with pytest.raises(VersionIsStale) as refused:
        change(opened(), "web", DISABLED, expected_version=expected_version)
    assert refused.value.current == 1
    with pytest.raises(VersionIsStale):
        close(opened(), "web", expected_version=expected_version)


def test_what_is_not_open_can_be_neither_changed_nor_closed() -> None:
    closed = apply(opened(), ChannelClosed(id="web"))
    for state in (None, closed):
        with pytest.raises(ChannelNotFound):
            change(state, "web", TERMS, expected_version=None)
        with pytest.raises(ChannelNotFound):
            close(state, "web", expected_version=None)


def test_a_channel_opened_again_goes_on_counting() -> None:
    closed = apply(opened(), close(opened(), "web", expected_version=1))
    assert (closed.closed, closed.channel.version) == (True, 2)
    again = apply(closed, open_(closed, "web", DISABLED))
    assert (again.closed, again.channel.version) == (False, 3)
    assert again.channel.terms() == DISABLED


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("name", {"name": ""}),
        ("name", {"name": " "}),
        ("name", {"name": "a\x00b"}),
        ("name", {"name": "x" * (NAME_LENGTH_LIMIT + 1)}),
        ("locations", {"locations": ()}),
        ("locations", {"locations": tuple(f"l-{i}" for i in range(LOCATIONS_LIMIT + 1))}),
        ("locations[1]", {"locations": ("a", "a")}),
        ("locations[0]", {"locations": ("Not A Handle",)}),
        ("locations[0]", {"locations": ("a\n",)}),
    ],
)
def test_what_can_not_be_is_refused_by_field(field: str, terms: dict[str, object]) -> None:
    invalid = msgspec.structs.replace(TERMS, **terms)
    with pytest.raises(InvalidChannel) as refused:
        open_(None, "web", invalid)
    assert refused.value.field == field
    with pytest.raises(InvalidChannel):
        change(opened(), "web", invalid, expected_version=None)


@pytest.mark.parametrize("handle", ["", "-web", "Web", "we b", "w" * 65, "wéb", "web\n", "\x00"])
def test_what_is_no_handle_names_no_channel(handle: str) -> None:
    assert not is_handle(handle)
    with pytest.raises(InvalidChannel):
        open_(None, handle, TERMS)


@given(
    st.lists(
        st.sampled_from(
            [
                lambda state: open_(state, "web", TERMS),
                lambda state: change(state, "web", TERMS, expected_version=None),
                lambda state: change(state, "web", DISABLED, expected_version=None),
                lambda state: close(state, "web", expected_version=None),
            ]
        ),
        max_size=30,
    )
)
def test_every_event_is_one_version_and_nothing_else_is(requests: list) -> None:
    state, versions = None, []
    for decide in requests:
        try:
            event = decide(state)
        except (ChannelAlreadyOpen, ChannelNotFound):
            continue
        if event is not None:
            state = apply(state, event)
            versions.append(state.channel.version)
    assert versions == list(range(1, len(versions) + 1))
