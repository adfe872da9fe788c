"""Products as forms and back: every kind of attribute, rows, and what can not be read."""

from typing import Any

import pytest

from rackhouse.catalog import Attribute, ProductType
from rackhouse.catalog.rules import ATTRIBUTE_KINDS, validate_product
from rackhouse.catalog.rules.attributes import LIST_ITEM_KINDS, RANGE_KINDS
from rackhouse.console.money import amount_in_words, amount_text, minor_units_in
from rackhouse.console.product_types.fields import KINDS
from rackhouse.console.products.fields import form_shown, problems_by_field
from rackhouse.console.products.reading import draft_in, draft_of, field_of, form_of
from rackhouse.console.products.rows import moved_up, row_count, without_blank_rows
from rackhouse.platform.errors import FieldProblem

NUMBERS = {"kind": "number", "unit": "% vol", "minimum": 0, "maximum": 100}
VALUES = ("peat", "smoke", "fruit")
SAID: dict[str, tuple[dict[str, Any], Any]] = {
    "text": ({"kind": "text", "max_length": 80}, "Islay & <b>sea</b>"),
    "long_text": ({"kind": "text", "max_length": 3000}, 'It says "smoke", at length'),
    "number": (NUMBERS, 43.5),
    "whole_as_number": (NUMBERS, 40),
    "point_zero": (NUMBERS, 40.0),
    "tiny": ({"kind": "number"}, 1.5e-7),
    "negative": ({"kind": "integer"}, -12),
    "integer": ({"kind": "integer", "unit": "years"}, 16),
    "no": ({"kind": "boolean"}, False),
    "yes": ({"kind": "boolean"}, True),
    "date": ({"kind": "date"}, "2024-02-29"),
    "enum": ({"kind": "enum", "values": VALUES}, "smoke"),
    "texts": ({"kind": "list", "of": "text"}, ["ex-bourbon, first fill", "sherry"]),
    "numbers": ({"kind": "list", "of": "number"}, [1, 2.0, 2.5]),
    "integers": ({"kind": "list", "of": "integer"}, [1990, 1989]),
    "truths": ({"kind": "list", "of": "boolean"}, [True, False, True]),
    "dates": ({"kind": "list", "of": "date"}, ["2024-01-01", "2023-12-31"]),
    "choices": ({"kind": "list", "of": "enum", "values": VALUES}, ["fruit", "peat"]),
    "products": ({"kind": "list", "of": "reference"}, ["lagavulin-16", "ardbeg-10"]),
    "between": ({"kind": "range", "of": "number"}, {"from": 1.5, "to": 2}),
    "whole_between": ({"kind": "range", "of": "integer"}, {"from": -3, "to": 12}),
    "days": ({"kind": "range", "of": "date"}, {"from": "2024-01-01", "to": "2024-12-31"}),
    "reference": ({"kind": "reference"}, "lagavulin-16"),
    "localized": (
        {"kind": "localized", "default_language": "en"},
        {"en": "Smoke", "de": "Rauch", "pt-BR": "Fumaça"},
    ),
}
TYPE = ProductType(
    name="everything",
    title="Everything",
    collection="everything",
    attributes=tuple(
        Attribute(name=name, title=name, **definition) for name, (definition, _) in SAID.items()
    ),
)
DRAFT: dict[str, Any] = {
    "id": "all-kinds",
    "type": "everything",
    "name": "All kinds",
    "brand": "Long Rail",
    "description": "Two lines\nof text",
    "categories": ["whisky/single-malt", "gifts"],
    "tags": ["peated", "a tag, with a comma"],
    "price_minor": 123450,
    "currency": "EUR",
    "release_date": "2024-05-01",
    "stage": "live",
    "goes_live_at": "2027-05-01T10:00:00Z",
    "archives_at": "2028-05-01T10:00:00.250000Z",
    "media": [{"kind": "image", "url": "/media/one.jpg", "alt": "A bottle"}],
    "attributes": {name: value for name, (_, value) in SAID.items()},
    "variants": [
        {
            "sku": "ALL-1",
            "name": "Large",
            "options": {"size": "L: long", "color": "red"},
            "barcode": "4006381333931",
            "price_minor": 0,
            "components": [],
        },
        {
            "sku": "ALL SET 2",
            "name": None,
            "options": {},
            "barcode": None,
            "price_minor": None,
            "components": [{"sku": "2 × NICE", "quantity": 3}, {"sku": "B", "quantity": 1}],
        },
    ],
}


def test_every_kind_goes_into_a_form_and_comes_back_the_same() -> None:
    product = validate_product(DRAFT, TYPE)
    said = draft_of(product)
    submitted = draft_in(without_blank_rows(form_of(said, TYPE)), TYPE)
    assert submitted.problems == ()
    assert submitted.draft == said
    assert repr(submitted.draft["attributes"]) == repr(said["attributes"])  # 40 stays no 40.0


def test_every_kind_of_the_catalog_was_tried_and_has_a_name_in_the_console() -> None:
    tried = {each.kind for each in TYPE.attributes}
    assert tried == set(ATTRIBUTE_KINDS)
    made_of = {f"list:{of}" for of in LIST_ITEM_KINDS} | {f"range:{of}" for of in RANGE_KINDS}
    plain = set(ATTRIBUTE_KINDS) - {"list", "range"}
    assert set(KINDS) == plain | made_of


def test_what_the_form_has_no_field_for_stays() -> None:
    draft = {**DRAFT, "warranty": "none", "media": [{**DRAFT["media"][0], "role": "main"}]}
    submitted = draft_in(form_of(draft, TYPE), TYPE).draft
    assert submitted["warranty"] == "none"
    assert submitted["media"] == draft["media"]


def test_a_form_that_says_nothing_says_nothing() -> None:
    submitted = draft_in(form_of({"type": "everything"}, TYPE), TYPE)
    assert submitted.draft["attributes"] == {}
    assert submitted.draft["variants"] == []
    assert submitted.draft["brand"] is None


def test_line_ends_of_browsers_are_those_of_the_catalog() -> None:
    form = {"description": ["one\r\ntwo"], "tags": ["a\r\n\r\n b "]}
    submitted = draft_in(form, TYPE).draft
    assert (submitted["description"], submitted["tags"]) == ("one\ntwo", ["a", "b"])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-05-01T10:00", "2027-05-01T10:00:00Z"),
        ("2027-05-01T10:00:07", "2027-05-01T10:00:07Z"),
        ("2027-05-01T10:00:00+02:00", "2027-05-01T10:00:00+02:00"),
        ("tomorrow", "tomorrow"),
        (" ", None),
    ],
)
def test_a_moment_without_a_zone_is_in_utc(text: str, moment: str | None) -> None:
    assert draft_in({"goes_live_at": [text]}, TYPE).draft["goes_live_at"] == moment


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"price": ["12,5"], "currency": ["EUR"]}, "price", "write it as 12.00"),
        ({"price": ["12.50"], "currency": ["JPY"]}, "price", "no price in JPY"),
        ({"variants[0].options": ["large"]}, "variants[0].options", "write it as size: L"),
        ({"variants[0].options": ["a: 1\na: 2"]}, "variants[0].options", "twice"),
        (
            {"attributes.localized[0].text": ["x"], "attributes.localized[0].language": [""]},
            "attributes.localized[0].language",
            "write its tag",
        ),
    ],
)
def test_what_no_draft_can_hold_is_told_with_a_remedy(
    form: dict[str, list[str]], field: str, words: str
) -> None:
    (problem,) = draft_in(form, TYPE).problems
    assert problem.field == field
    assert words in problem.problem


def test_what_is_not_of_its_kind_is_left_for_the_catalog_to_refuse() -> None:
    form = {"attributes.number": ["strong"], "attributes.integer": ["12.5"]}
    said = draft_in(form, TYPE).draft["attributes"]
    assert said == {"number": "strong", "integer": "12.5"}


def test_blank_rows_and_those_to_be_taken_out_are_left_out() -> None:
    form = {
        "media[0].kind": ["image"],
        "media[0].url": [" "],
        "media[1].kind": ["video"],
        "media[1].url": ["/film.mp4"],
        "variants[0].sku": ["A"],
        "variants[0].remove": ["yes"],
        "variants[7].sku": ["B"],
    }
    left = without_blank_rows(form)
    assert left == {
        "media[0].kind": ["video"],
        "media[0].url": ["/film.mp4"],
        "variants[0].sku": ["B"],
    }
    assert row_count(left, "variants") == 1
    assert row_count(left, "attributes.localized") == 0


def test_a_row_moves_up_with_all_that_stands_in_it() -> None:
    form = {"media[0].url": ["a"], "media[1].url": ["b"], "media[1].alt": ["B"], "name": ["n"]}
    moved = moved_up(form, "media", 1)
    assert moved == {
        "media[1].url": ["a"],
        "media[0].url": ["b"],
        "media[0].alt": ["B"],
        "name": ["n"],
    }
    assert moved_up(form, "media", 0) == form


def test_a_problem_stands_beside_its_field_or_the_nearest_one_around_it() -> None:
    form = form_of(DRAFT, TYPE)
    names = form_shown(form, TYPE, is_new=False, blank={}, wrong={}).names
    assert field_of("variants[1].price_minor", names) == "variants[1].price"
    assert field_of("attributes.between.from", names) == "attributes.between"
    assert field_of("type", names) is None
    wrong, elsewhere = problems_by_field(
        [
            FieldProblem("attributes.texts[1]", "is empty; fill it in"),
            FieldProblem("variants[1].components[0].sku", "is not in the catalog"),
            FieldProblem("attributes.unknown", "is not known"),
        ],
        names,
    )
    assert wrong == {
        "attributes.texts": ["Line 2: is empty; fill it in"],
        "variants[1].components": ["Line 1: is not in the catalog"],
    }
    assert elsewhere == ["attributes.unknown: is not known"]


def test_what_is_chosen_keeps_its_order_and_what_may_be_chosen_follows() -> None:
    shown = form_shown(form_of(DRAFT, TYPE), TYPE, is_new=False, blank={}, wrong={})
    choices = next(each for each in shown.attributes if each.name == "attributes.choices")
    assert [value for value, _ in choices.choices] == ["fruit", "peat", "smoke"]
    assert choices.values == ("fruit", "peat")


def test_what_is_no_date_is_shown_as_it_was_typed() -> None:
    form = {"attributes.date": ["first of May"], "release_date": ["2024-05-01"]}
    shown = form_shown(form, TYPE, is_new=True, blank={}, wrong={})
    controls = {each.name: each.control for each in (*shown.general, *shown.attributes)}
    assert controls["attributes.date"] == "text"
    assert controls["release_date"] == "date"


def test_a_localized_text_has_its_default_language_and_a_blank_row() -> None:
    shown = form_shown({}, TYPE, is_new=True, blank={"attributes.localized": 2}, wrong={})
    localized = next(each for each in shown.attributes if each.control == "localized")
    assert [(row.language, row.fixed) for row in localized.languages] == [
        ("en", True),
        ("", False),
        ("", False),
        ("", False),
    ]


@pytest.mark.parametrize(
    ("minor", "currency", "text", "words"),
    [
        (123450, "EUR", "1234.50", "1,234.50 EUR"),
        (1200, "JPY", "1200", "1,200 JPY"),
        (1234567, "KWD", "1234.567", "1,234.567 KWD"),
        (5, None, "0.05", "0.05"),
        (0, "USD", "0.00", "0.00 USD"),
    ],
)
def test_a_price_is_written_in_its_currency_and_read_again(
    minor: int, currency: str | None, text: str, words: str
) -> None:
    assert amount_text(minor, currency) == text
    assert minor_units_in(text, currency) == minor
    assert amount_in_words(minor, currency) == words
