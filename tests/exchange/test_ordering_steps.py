"""The order in which products are written: after what they need, circles together."""

import itertools

import hypothesis.strategies as st
from hypothesis import given

from rackhouse.exchange.rules import steps_of
from rackhouse.exchange.rules.ordering import circles_of

NAMES = st.integers(0, 14).map(str)
NEEDS = st.dictionaries(NAMES, st.frozensets(NAMES, max_size=4), max_size=15)


def places(steps):
    return {id_: number for number, step in enumerate(steps) for id_ in step.ids}


@given(needs=NEEDS, limit=st.integers(1, 6))
def test_each_is_written_once_and_after_what_it_needs_or_once_more(needs, limit):
    ids = sorted({*needs, *(each for some in needs.values() for each in some)})
    steps = steps_of(ids, needs, limit)
    assert sorted(id_ for step in steps for id_ in step.ids) == ids
    assert all(len(step.ids) <= limit for step in steps)
    place = places(steps)
    for number, step in enumerate(steps):
        for id_ in step.ids:
            ahead = [each for each in needs.get(id_, ()) if place[each] > number]
            assert bool(ahead) == (id_ in step.again)


def test_a_circle_is_one_and_comes_after_what_it_needs():
    needs = {
        "a": frozenset({"b", "x"}),
        "b": frozenset({"a"}),
        "x": frozenset({"y"}),
    }
    found = [sorted(each) for each in circles_of(["a", "b", "x", "y"], needs)]
    assert found == [["y"], ["x"], ["a", "b"]]


def test_a_long_chain_needs_no_deep_recursion():
    ids = [str(number) for number in range(5_000)]
    needs = {one: frozenset({other}) for one, other in itertools.pairwise(ids)}
    assert [each for (each,) in circles_of(ids, needs)] == ids[::-1]


def test_what_needs_nothing_keeps_the_order_of_the_file():
    (step,) = steps_of(["c", "a", "b"], {}, 10)
    assert step.ids == ("c", "a", "b")
