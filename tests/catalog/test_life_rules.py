"""The rules of a product's life: its state by the clock, patches, and what differs."""

import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.catalog import InvalidProduct, built_in_types
from rackhouse.catalog.rules import validate_product
from rackhouse.catalog.rules.comparing import differences
from rackhouse.catalog.rules.life import Life
from rackhouse.catalog.rules.patching import merged
from rackhouse.catalog.writing import fingerprint_of

NOON = datetime.datetime(2027, 5, 1, 12, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
GOODS = built_in_types()["goods"]

moments = st.none() | st.datetimes(timezones=st.just(datetime.UTC))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2)
    ),
    max_leaves=6,
)


def product(**said):
    draft = {"id": "tumbler", "type": "goods", "name": "Tumbler", **said}
    return validate_product(draft, GOODS)


@pytest.mark.parametrize(
    ("life", "before", "at", "after"),
    [
        (Life("live", NOON), "scheduled", "live", "live"),
        (Life("live", None, NOON), "live", "archived", "archived"),
        (Life("draft", NOON), "draft", "draft", "draft"),
        (Life("archived", NOON), "archived", "archived", "archived"),
        (Life("live", NOON - SECOND, NOON), "live", "archived", "archived"),
    ],
)
def test_a_product_is_what_it_is_to_the_second(life, before, at, after):
    tick = datetime.timedelta(microseconds=1)
    assert life.state_at(NOON - tick) == before
    assert life.state_at(NOON) == at
    assert life.state_at(NOON + tick) == after


@given(goes=moments, ends=moments, now=st.datetimes(timezones=st.just(datetime.UTC)))
def test_the_next_turn_is_when_the_state_changes_and_not_before(goes, ends, now):
    if goes is not None and ends is not None and ends <= goes:
        return
    life = Life("live", goes, ends)
    turn = life.turns_after(now)
    if turn is None:
        assert life.state_at(datetime.datetime.max.replace(tzinfo=datetime.UTC)) == (
            life.state_at(now)
        )
    else:
        assert life.state_at(turn - datetime.timedelta(microseconds=1)) == life.state_at(now)
        assert life.state_at(turn) != life.state_at(now)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"stage": "scheduled"}, "stage"),
        ({"stage": None}, "stage"),
        ({"goes_live_at": "2027-05-01T10:00:00"}, "goes_live_at"),
        ({"goes_live_at": "tomorrow"}, "goes_live_at"),
        ({"archives_at": 5.0}, "archives_at"),
        (
            {"goes_live_at": "2027-05-01T12:00:00+02:00", "archives_at": "2027-05-01T10:00:00Z"},
            "archives_at",
        ),
    ],
)
def test_what_is_no_stage_or_moment_is_refused_with_its_field(said, field):
    with pytest.raises(InvalidProduct) as refused:
        product(**said)
    assert [each.field for each in refused.value.problems] == [field]


def test_the_digest_of_most_products_is_what_it_was_before_they_had_a_life():
    assert fingerprint_of(product()) == fingerprint_of(product(stage="live", goes_live_at=None))
    assert fingerprint_of(product()) != fingerprint_of(product(stage="draft"))


# The examples of RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_patch_merges_as_its_specification_shows(target, patch, result):
    assert merged(target, patch) == result


@given(target=values, patch=values)
def test_patching_twice_is_patching_once(target, patch):
    once = merged(target, patch)
    assert merged(once, patch) == once


def test_two_descriptions_are_compared_field_by_field():
    before = product(
        attributes={"color": "clear"},
        currency="EUR",
        variants=[
            {"sku": "A", "price_minor": 5, "options": {"n": "1"}},
            {"sku": "B", "options": {"n": "2"}},
        ],
    )
    after = product(
        name="Goblet",
        attributes={"weight_g": 210},
        currency="EUR",
        variants=[
            {"sku": "C", "options": {"n": "3"}},
            {"sku": "A", "price_minor": 6, "options": {"n": "1"}},
        ],
    )
    found = differences(msgspec.to_builtins(before), msgspec.to_builtins(after))
    told = {each.field: (each.before, each.after) for each in found}
    assert told.pop("variants[B]")[1] is None
    assert told.pop("variants[C]")[0] is None
    assert told == {
        "name": ("Tumbler", "Goblet"),
        "attributes.color": ("clear", None),
        "attributes.weight_g": (None, 210),
        "variants[A].price_minor": (5, 6),
    }


def test_another_order_of_the_same_variants_is_a_difference():
    one, other = {"sku": "A"}, {"sku": "B"}
    (found,) = differences({"variants": [one, other]}, {"variants": [other, one]})
    assert (found.field, found.after) == ("variants", ["B", "A"])
