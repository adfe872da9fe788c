"""Ranges, references and localized texts: what is read, and what is refused with which remedy."""

import pytest

from rackhouse.catalog.draft_schemas import draft_schema
from rackhouse.catalog.errors import InvalidProduct, InvalidProductType
from rackhouse.catalog.rules import validate_product, validate_product_type


def a_type_with(**attribute):
    leaf = {"name": "leaf", "title": "Leaf"} | attribute
    return validate_product_type(
        {"name": "tea", "title": "Teas", "collection": "teas", "attributes": [leaf]}
    )


def read(value, **attribute):
    draft = {"id": "one", "type": "tea", "name": "One", "attributes": {"leaf": value}}
    return validate_product(draft, a_type_with(**attribute)).attributes.get("leaf")


def problems_of(value, **attribute):
    with pytest.raises(InvalidProduct) as refused:
        read(value, **attribute)
    return {each.field: each.problem for each in refused.value.problems}


STEEPING = {"kind": "range", "of": "integer", "unit": "min", "minimum": 0, "maximum": 20}
PICKED = {"kind": "range", "of": "date"}
NOTES = {"kind": "localized", "default_language": "de"}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (STEEPING, {"from": 2, "to": 3}),
        (STEEPING, {"from": 2, "to": 2}),
        ({"kind": "range", "of": "number"}, {"from": 0.5, "to": 1.5}),
        (PICKED, {"from": "2026-03-01", "to": "2026-04-15"}),
    ],
)
def test_a_range_has_two_ends_of_its_kind(attribute, value):
    assert read(value, **attribute) == value


@pytest.mark.parametrize(
    ("attribute", "value", "field"),
    [
        (STEEPING, {"from": 3, "to": 2}, "attributes.leaf"),
        (STEEPING, {"from": 3}, "attributes.leaf.to"),
        (STEEPING, {"from": 3, "to": 21}, "attributes.leaf.to"),
        (STEEPING, {"from": 3, "to": 4.5}, "attributes.leaf.to"),
        (STEEPING, {"from": 3, "to": 4, "by": 1}, "attributes.leaf.by"),
        (STEEPING, 3, "attributes.leaf"),
        (PICKED, {"from": "2026-02-30", "to": "2026-04-15"}, "attributes.leaf.from"),
    ],
)
def test_a_range_that_is_none_is_refused_at_its_end(attribute, value, field):
    assert field in problems_of(value, **attribute)


def test_a_localized_text_is_kept_by_language_with_the_tags_written_as_recommended():
    assert read({"EN-us": " Malty ", "de": "Malzig", "ZH-HANT": "麥香"}, **NOTES) == {
        "de": "Malzig",
        "en-US": "Malty",
        "zh-Hant": "麥香",
    }


def test_a_text_alone_is_in_the_default_language():
    assert read("Malzig", **NOTES) == {"de": "Malzig"}


@pytest.mark.parametrize(
    ("value", "field", "problem"),
    [
        ({"en": "Malty"}, "attributes.leaf", "says nothing in de"),
        ({"de": "Malzig", "english": "Malty"}, "attributes.leaf.english", "is not a language"),
        ({"de": "Malzig", "DE": "Malzig"}, "attributes.leaf.DE", "says de twice"),
        ({"de": " "}, "attributes.leaf.de", "is empty"),
        ({"de": "x" * 11}, "attributes.leaf.de", "shorten it to 10"),
        ({"de": "Malzig", "en": 4}, "attributes.leaf.en", "is not text"),
    ],
)
def test_a_localized_text_that_lacks_something_is_refused(value, field, problem):
    assert problem in problems_of(value, **NOTES, max_length=10)[field]


@pytest.mark.parametrize("tag", ["de", "pt-BR", "sr-Cyrl", "es-419", "sl-rozaj", "de-CH-1996"])
def test_a_tag_of_a_language_stays_as_it_is(tag):
    assert a_type_with(kind="localized", default_language=tag).attribute("leaf")


@pytest.mark.parametrize("tag", ["", "d", "german language", "de_DE", 7, None, "x" * 36])
def test_what_is_no_language_is_no_default_language(tag):
    with pytest.raises(InvalidProductType) as refused:
        a_type_with(kind="localized", default_language=tag)
    assert refused.value.problems[0].field == "attributes[0].default_language"


def test_a_reference_is_the_id_of_a_product_and_a_list_has_several():
    assert read("pier-rum", kind="reference") == "pier-rum"
    assert read(["pier-rum", "dock-gin"], kind="list", of="reference") == ["pier-rum", "dock-gin"]
    assert "attributes.leaf" in problems_of("Pier Rum", kind="reference")


def test_what_is_empty_counts_as_not_said():
    assert read({}, **NOTES) is None
    assert "fill it in" in problems_of({}, **STEEPING, required=True)["attributes.leaf"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "range"}, "of"),
        ({"kind": "range", "of": "text"}, "of"),
        ({"kind": "range", "of": "date", "unit": "g"}, "unit"),
        ({"kind": "reference", "max_length": 3}, "max_length"),
        ({"kind": "localized", "default_language": "de", "sortable": True}, "sortable"),
        ({"kind": "text", "default_language": "de"}, "default_language"),
        ({"kind": "list", "of": "localized"}, "of"),
    ],
)
def test_a_definition_that_contradicts_its_kind_is_refused(changes, field):
    with pytest.raises(InvalidProductType) as refused:
        a_type_with(**changes)
    assert f"attributes[0].{field}" in {each.field for each in refused.value.problems}


@pytest.mark.parametrize(
    ("attribute", "schema"),
    [
        (
            STEEPING,
            {
                "type": "object",
                "required": ["from", "to"],
                "additionalProperties": False,
                "properties": {
                    end: {"type": "integer", "minimum": 0, "maximum": 20} for end in ("from", "to")
                },
            },
        ),
        ({"kind": "enum", "values": ["a", "b"]}, {"enum": ["a", "b"]}),
    ],
)
def test_the_description_of_a_draft_says_the_same(attribute, schema):
    described = draft_schema(a_type_with(**attribute), ["tea"])
    assert described["properties"]["attributes"]["properties"]["leaf"]["anyOf"][0] == schema
