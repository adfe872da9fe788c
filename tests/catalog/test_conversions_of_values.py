"""What becomes of a product when its type changes: decided from what it says, without a
database."""

import pytest

from rackhouse.catalog.errors import InvalidTypeChange
from rackhouse.catalog.rules import validate_product_type
from rackhouse.catalog.rules.type_changes import Conversion, candidates_in, outcome_of, type_change


def a_type(*attributes):
    return validate_product_type(
        {
            "name": "tea",
            "title": "Teas",
            "collection": "teas",
            "attributes": [{"title": "Leaf"} | each for each in attributes],
        }
    )


def leaf(kind, **more):
    return {"name": "leaf", "kind": kind} | more


def changed(before, after, said, *conversions, on_misfit=None, known=()):
    """What becomes of a product that says ``said``, by a change of one attribute or of some."""
    before = a_type(*(before if isinstance(before, list) else [before]))
    after = a_type(*(after if isinstance(after, list) else [after]))
    said = said if isinstance(said, dict) and "leaf" in said else {"leaf": said}
    change = type_change(
        before, after, tuple(Conversion(**each) for each in conversions), on_misfit
    )
    return outcome_of(change, "one", said, set(known))


def value_after(*facts, **more):
    outcome, attributes = changed(*facts, **more)
    assert outcome.problems == ()
    return attributes.get("leaf")


def reason(*facts, **more):
    outcome, _ = changed(*facts, **more)
    assert (outcome.outcome, outcome.changes) == ("does_not_fit", ())
    (problem,) = outcome.problems
    return problem.problem


DE = {"default_language": "de"}
GRADES = {"values": ["low", "high"]}


@pytest.mark.parametrize(
    ("before", "after", "said", "becomes"),
    [
        (leaf("number"), leaf("text"), 43.5, "43.5"),
        (leaf("number"), leaf("text"), 40.0, "40"),
        (leaf("integer"), leaf("text"), 12, "12"),
        (leaf("boolean"), leaf("text"), True, "true"),
        (leaf("date"), leaf("text"), "2026-05-01", "2026-05-01"),
        (leaf("enum", **GRADES), leaf("text"), "low", "low"),
        (leaf("text"), leaf("enum", **GRADES), "high", "high"),
        (leaf("text"), leaf("number"), "43.5", 43.5),
        (leaf("text"), leaf("integer"), "12", 12),
        (leaf("text"), leaf("boolean"), "False", False),
        (leaf("text"), leaf("date"), "2026-05-01", "2026-05-01"),
        (leaf("number"), leaf("integer"), 40.0, 40),
        (leaf("integer"), leaf("number"), 40, 40),
        (leaf("text"), leaf("list", of="text"), "oak", ["oak"]),
        (leaf("list", of="text"), leaf("text"), ["oak"], "oak"),
        (leaf("list", of="integer"), leaf("list", of="text"), [1, 2], ["1", "2"]),
        (leaf("number"), leaf("range", of="number"), 2.5, {"from": 2.5, "to": 2.5}),
        (leaf("range", of="integer"), leaf("integer"), {"from": 2, "to": 2}, 2),
        (leaf("text"), leaf("localized", **DE), "Malz", {"de": "Malz"}),
        (leaf("localized", **DE), leaf("text"), {"de": "Malz"}, "Malz"),
        (leaf("number"), leaf("localized", **DE), 2, {"de": "2"}),
    ],
)
def test_a_value_goes_where_its_meaning_does(before, after, said, becomes):
    value = value_after(before, after, said)
    assert (value, type(value)) == (becomes, type(becomes))


@pytest.mark.parametrize(
    ("before", "after", "said", "told"),
    [
        (leaf("text"), leaf("number"), "a lot", "is not a number"),
        (leaf("number"), leaf("integer"), 40.5, "is not a whole number"),
        (leaf("text"), leaf("enum", **GRADES), "hihg", "did you mean 'high'?"),
        (leaf("enum", values=["mid"]), leaf("enum", **GRADES), "mid", "can not be chosen"),
        (leaf("text"), leaf("text", max_length=3), "oaken", "shorten it to 3"),
        (leaf("integer"), leaf("integer", maximum=3), 4, "out of bounds"),
        (leaf("list", of="text"), leaf("text"), ["oak", "ash"], "has 2 values"),
        (leaf("range", of="integer"), leaf("integer"), {"from": 1, "to": 2}, "one value is wanted"),
        (leaf("localized", **DE), leaf("text"), {"de": "a", "en": "b"}, "in 2 languages (de, en)"),
        (
            leaf("localized", **DE),
            leaf("localized", default_language="en"),
            {"de": "a"},
            "says nothing in en",
        ),
        (leaf("text"), leaf("reference"), "dock-gin", "is not in the catalog"),
        (leaf("boolean"), leaf("date"), True, "is not a date"),
    ],
)
def test_a_value_that_has_no_way_there_does_not_fit_for_a_reason(before, after, said, told):
    assert told in reason(before, after, said)


def test_what_is_not_touched_fits_as_it_is():
    outcome, attributes = changed(leaf("text"), leaf("text", required=True), "oak")
    assert (outcome.outcome, attributes) == ("fits", {"leaf": "oak"})


def test_another_unit_is_reached_by_a_factor_to_the_letter():
    to_ml = {"attribute": "leaf", "factor": 1000}
    litres, millilitres = leaf("number", unit="l"), leaf("integer", unit="ml")
    assert value_after(litres, millilitres, 0.7, to_ml) == 700
    assert value_after(litres, leaf("number", unit="cl"), 0.57, to_ml | {"factor": 100}) == 57
    ends = {"from": 0.1, "to": 0.3}
    inner = leaf("range", of="number", unit="l"), leaf("range", of="integer", unit="ml")
    assert value_after(*inner, ends, to_ml) == {"from": 100, "to": 300}


def test_another_unit_without_a_factor_is_no_change_that_makes_sense():
    with pytest.raises(InvalidTypeChange) as refused:
        changed(leaf("number", unit="l"), leaf("number", unit="ml"), 0.7)
    assert "from l to ml" in refused.value.problems[0].problem


def test_a_mapping_says_what_single_values_become():
    mapped = {"attribute": "leaf", "mapping": {"strong": "high", "weak": "low"}}
    assert value_after(leaf("text"), leaf("enum", **GRADES), "strong", mapped) == "high"
    assert value_after(leaf("text"), leaf("enum", **GRADES), "low", mapped) == "low"
    several = leaf("list", of="text"), leaf("list", of="enum", **GRADES)
    assert value_after(*several, ["weak", "strong"], mapped) == ["low", "high"]


def test_a_renamed_attribute_keeps_its_value():
    after = {"name": "foliage", "kind": "text"}
    moved = {"attribute": "foliage", "from_attribute": "leaf"}
    outcome, attributes = changed(leaf("text"), after, "oak", moved)
    assert (outcome.outcome, attributes) == ("converted", {"foliage": "oak"})
    assert [(each.attribute, each.before, each.after) for each in outcome.changes] == [
        ("foliage", None, "oak"),
        ("leaf", "oak", None),
    ]


def test_two_attributes_may_change_places():
    both = [leaf("text"), {"name": "bud", "kind": "text"}]
    swapped = (
        {"attribute": "bud", "from_attribute": "leaf"},
        {"attribute": "leaf", "from_attribute": "bud"},
    )
    _, attributes = changed(both, both, {"leaf": "a", "bud": "b"}, *swapped)
    assert attributes == {"leaf": "b", "bud": "a"}


def test_a_value_whose_place_is_taken_by_another_would_be_lost():
    both = [leaf("text"), {"name": "bud", "kind": "text"}]
    taken = {"attribute": "leaf", "from_attribute": "bud"}
    outcome, _ = changed(both, leaf("text"), {"leaf": "a", "bud": "b"}, taken)
    assert [each.field for each in outcome.problems] == ["attributes.leaf"]


def test_a_new_required_attribute_needs_a_default():
    both = [leaf("text"), {"name": "origin", "kind": "text", "required": True}]
    assert "give a default" in reason(leaf("text"), both, "oak")
    _, attributes = changed(
        leaf("text"), both, "oak", {"attribute": "origin", "default": "unknown"}
    )
    assert attributes == {"leaf": "oak", "origin": "unknown"}


def test_what_has_no_place_any_more_is_lost_only_where_that_was_said():
    after = {"name": "bud", "kind": "text"}
    assert "'oak' would be lost" in reason(leaf("text"), after, "oak")
    drop = {"attribute": "leaf", "on_misfit": "drop"}
    for lost in (
        changed(leaf("text"), after, "oak", drop),
        changed(leaf("text"), after, "oak", on_misfit="drop"),
    ):
        outcome, attributes = lost
        assert (outcome.outcome, attributes) == ("converted", {})
        assert [(each.before, each.after) for each in outcome.changes] == [("oak", None)]


def test_a_value_that_does_not_fit_is_dropped_or_replaced_as_was_said():
    facts = leaf("text"), leaf("number"), "a lot"
    assert value_after(*facts, {"attribute": "leaf", "on_misfit": "drop"}) is None
    replaced = {"attribute": "leaf", "on_misfit": "default", "default": 1}
    assert value_after(*facts, replaced) == 1
    assert value_after(*facts, {"attribute": "leaf", "default": 1}, on_misfit="default") == 1
    assert "is not a number" in reason(*facts, on_misfit="default")


def test_what_is_required_is_never_dropped():
    facts = leaf("text"), leaf("number", required=True), "a lot"
    assert "is not a number" in reason(*facts, on_misfit="drop")


def test_a_reference_leads_to_another_product_that_there_is():
    facts = leaf("text"), leaf("reference"), "dock-gin"
    change = type_change(a_type(leaf("text")), a_type(leaf("reference")), (), None)
    assert list(candidates_in(change, {"leaf": "dock-gin"})) == ["dock-gin"]
    assert value_after(*facts, known=["dock-gin"]) == "dock-gin"
    assert "names this product itself" in reason(*facts[:2], "one", known=["one"])


@pytest.mark.parametrize(
    ("conversion", "field"),
    [
        ({"attribute": "laef"}, "conversions[0].attribute"),
        ({"attribute": "leaf", "from_attribute": "bud"}, "conversions[0].from_attribute"),
        ({"attribute": "leaf", "factor": 2}, "conversions[0].factor"),
        ({"attribute": "leaf", "default": 3}, "conversions[0].default"),
        ({"attribute": "leaf", "on_misfit": "default"}, "conversions[0].default"),
        ({"attribute": "leaf", "mapping": {"a": 3}}, "conversions[0].mapping.a"),
        ({"attribute": "size", "default": 3}, "conversions[0].attribute"),
        ({"attribute": "count", "factor": 0}, "conversions[0].factor"),
        ({"attribute": "count", "on_misfit": "drop"}, "conversions[0].on_misfit"),
    ],
)
def test_a_conversion_that_makes_no_sense_is_refused_at_its_field(conversion, field):
    count = {"name": "count", "kind": "integer", "required": True}
    with pytest.raises(InvalidTypeChange) as refused:
        changed(
            [leaf("text"), {"name": "size", "kind": "text"}, count],
            [leaf("text"), count],
            "oak",
            conversion,
        )
    assert refused.value.problems[0].field == field


def test_no_attribute_is_converted_twice_or_taken_twice():
    both = [leaf("text"), {"name": "bud", "kind": "text"}]
    for conversions in (
        [{"attribute": "leaf"}, {"attribute": "leaf"}],
        [
            {"attribute": "leaf", "from_attribute": "leaf"},
            {"attribute": "bud", "from_attribute": "leaf"},
        ],
    ):
        with pytest.raises(InvalidTypeChange) as refused:
            changed(both, both, "oak", *conversions)
        assert "is in an earlier conversion" in refused.value.problems[0].problem
