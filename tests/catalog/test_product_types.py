import msgspec
import pytest

from rackhouse.catalog.errors import InvalidProductType
from rackhouse.catalog.rules import validate_product_type
from rackhouse.catalog.types import built_in_types


def a_type(*attributes, **changes):
    return {
        "name": "tea",
        "title": "Teas",
        "collection": "teas",
        "attributes": list(attributes),
    } | changes


def an_attribute(**changes):
    return {"name": "leaf", "title": "Leaf", "kind": "text"} | changes


def problems_of(draft):
    with pytest.raises(InvalidProductType) as refused:
        validate_product_type(draft)
    return {problem.field: problem.problem for problem in refused.value.problems}


@pytest.mark.parametrize("name", ["apparel", "bundle", "goods", "spirit", "wine"])
def test_a_built_in_type_is_still_valid_after_it_was_written_out(name):
    product_type = built_in_types()[name]
    assert validate_product_type(msgspec.to_builtins(product_type)) == product_type


def test_a_type_of_ones_own_is_accepted():
    product_type = validate_product_type(a_type(an_attribute()))
    assert product_type.attribute("leaf").kind == "text"
    assert product_type.attribute("cup") is None


def test_a_misspelt_kind_is_answered_with_the_one_that_was_likely_meant():
    found = problems_of(a_type(an_attribute(kind="nubmer")))
    assert found["attributes[0].kind"] == "'nubmer' is not a kind; did you mean 'number'?"


def test_two_attributes_may_not_share_a_name():
    assert "attributes[1].name" in problems_of(a_type(an_attribute(), an_attribute()))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "enum"}, "values"),
        ({"kind": "enum", "values": ["a", "a"]}, "values[1]"),
        ({"values": ["a"]}, "values"),
        ({"kind": "list"}, "of"),
        ({"kind": "list", "of": "list"}, "of"),
        ({"of": "text"}, "of"),
        ({"minimum": 1}, "minimum"),
        ({"unit": "g"}, "unit"),
        ({"kind": "number", "minimum": 2, "maximum": 1}, "minimum"),
        ({"kind": "number", "max_length": 5}, "max_length"),
        ({"max_length": 0}, "max_length"),
        ({"required": "yes"}, "required"),
        ({"kind": "list", "of": "text", "sortable": True}, "sortable"),
        ({"name": "Leaf Size"}, "name"),
        ({"titel": "Leaf"}, "titel"),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused(changes, field):
    assert f"attributes[0].{field}" in problems_of(a_type(an_attribute(**changes)))


def test_all_problems_of_a_type_are_told_at_once():
    assert set(problems_of({"name": "Tea!"})) == {"name", "title", "collection"}


def test_a_facet_is_filterable_without_saying_so():
    leaf = validate_product_type(a_type(an_attribute(facet=True))).attribute("leaf")
    assert (leaf.facet, leaf.filterable, leaf.sortable) == (True, True, False)


@pytest.mark.parametrize("name", ["apparel", "bundle", "goods", "spirit", "wine"])
def test_numbers_dates_choices_and_yes_or_no_of_a_built_in_type_narrow_and_order_lists(name):
    for each in built_in_types()[name].attributes:
        plain = each.item_kind in {"number", "integer", "boolean", "date", "enum"}
        assert not plain or each.filterable, each.name
        assert each.sortable == (plain and each.kind != "list"), each.name
