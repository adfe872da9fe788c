"""What the example shop decides by itself: ages, seals, questions to the house, and words."""

import datetime
import json
import struct

import pytest

from examples.storefront.age import birth_date_of, is_of_age
from examples.storefront.checkout import Basket
from examples.storefront.house import Attribute, FacetCount, ProductType
from examples.storefront.listing import facets_shown, wish_of
from examples.storefront.models import bottle_model
from examples.storefront.pictures import picture_of
from examples.storefront.sealed import seal, unsealed
from examples.storefront.words import amount, facet_value_in_words, stock_in_words
from rackhouse_client import Product

SECRET = b"one secret"
TODAY = datetime.date(2026, 11, 22)
TYPES = {
    "spirit": ProductType(
        "spirit",
        "Spirits",
        [
            Attribute("country", "Country", "text", None, True),
            Attribute("abv", "Alcohol", "number", "% vol", True),
            Attribute("peated", "Peated", "boolean", None, True),
        ],
    ),
    "apparel": ProductType("apparel", "Apparel"),
}
GIN = Product(
    "quay-gin",
    "spirit",
    'Quay <Gin> & "Tonic"',
    1,
    brand="Quay",
    attributes={"spirit_type": "gin", "abv": 46.5, "volume_ml": 700, "age_years": 3},
)


def test_somebody_is_of_age_on_their_birthday_and_not_the_day_before() -> None:
    assert is_of_age(datetime.date(2008, 11, 22), TODAY, 18)
    assert not is_of_age(datetime.date(2008, 11, 23), TODAY, 18)
    leap = datetime.date(2008, 2, 29)
    assert not is_of_age(leap, datetime.date(2026, 2, 28), 18)
    assert is_of_age(leap, datetime.date(2026, 3, 1), 18)


@pytest.mark.parametrize(
    "said",
    [("30", "2", "1980"), ("", "", ""), ("1", "1", "1800"), ("1", "1", "2030"), ("a", "b", "c")],
)
def test_what_is_no_date_of_birth_is_none(said: tuple[str, str, str]) -> None:
    assert birth_date_of(*said, today=TODAY) is None


def test_a_seal_is_good_for_its_text_and_purpose_only() -> None:
    sealed = seal(SECRET, "visitor", "mia")
    assert unsealed(SECRET, "visitor", sealed) == "mia"
    assert unsealed(SECRET, "adult", sealed) is None
    assert unsealed(b"another", "visitor", sealed) is None
    assert unsealed(SECRET, "visitor", sealed.replace("mia", "leo")) is None
    assert unsealed(SECRET, "visitor", "mia") is None


def test_a_basket_is_the_same_purchase_however_often_it_is_shown() -> None:
    one = Basket.of(SECRET, "mia", ["b", "a"], 900)
    two = Basket.of(SECRET, "mia", ["a", "b"], 900)
    assert one.number == two.number
    assert one.number != Basket.of(SECRET, "leo", ["a", "b"], 900).number
    sealed = one.sealed(SECRET, "mia")
    assert Basket.unsealed(SECRET, "mia", sealed) == one
    assert Basket.unsealed(SECRET, "leo", sealed) is None
    assert Basket.unsealed(SECRET, "mia", sealed.replace("900", "1")) is None


def test_an_address_becomes_a_question_in_which_nothing_can_be_smuggled() -> None:
    wish = wish_of(
        [
            ("q", " smoke "),
            ("type", "spirit"),
            ("country", 'Scot"land;type:apparel'),
            ("abv", "40..<43"),
            ("abv", "43;type:apparel"),
            ("peated", "true"),
            ("unheard", "of"),
            ("sort", "sideways"),
        ],
        TYPES,
    )
    asked = wish.asked(TYPES, None)
    assert asked["q"] == "smoke"
    assert asked["sort"] == "relevance"
    assert asked["filter"] == (
        'type:"spirit";country:"Scot\\"land;type:apparel";abv:40..<43;peated:true'
    )


def test_who_is_no_adult_asks_only_for_what_may_be_shown() -> None:
    wish = wish_of([("type", "spirit")], TYPES)
    assert wish.asked(TYPES, ["apparel"])["filter"] == 'type:"apparel"'
    counts = {"type": [FacetCount("spirit", 7), FacetCount("apparel", 2)]}
    shown = facets_shown(counts, wish_of([("type", "apparel")], TYPES), TYPES, {"spirit"})
    assert [each.words for each in shown[0].choices] == ["Apparel"]


def test_choices_and_prices_and_stock_are_told_in_words() -> None:
    assert facet_value_in_words("price_minor", "..<3000", "EUR") == "Under €30"
    assert facet_value_in_words("price_minor", "3000..<6000", "EUR") == "€30 to €60"
    assert facet_value_in_words("abv", "55..") == "55 and more"
    assert facet_value_in_words("volume_ml", "700") == "70 cl"
    assert amount(123450, "EUR") == "€1,234.50"
    assert amount(500, "JPY") == "¥500"
    assert amount(None, "EUR") == "Price on request"
    assert stock_in_words(0, 0) == ("out", "Sold out")
    assert stock_in_words(0, 1)[0] == "bagged"
    assert stock_in_words(3, 9) == ("few", "Only 3 left")
    assert stock_in_words(17, 0, 200) == ("in", "17 of 200 left")
    assert stock_in_words(812, 0) == ("in", "In stock")


def test_a_picture_says_what_the_product_says_and_runs_nothing() -> None:
    svg = picture_of(GIN)
    assert "&lt;Gin&gt; &amp;" in svg
    assert "<script" not in svg
    assert "46.5 % · 70 cl" in svg


def test_a_model_is_a_binary_gltf_whose_lengths_agree() -> None:
    data = bottle_model(GIN)
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    text_length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + text_length])
    binary_length = struct.unpack_from("<I", data, 20 + text_length)[0]
    assert document["buffers"] == [{"byteLength": binary_length}]
    last = document["bufferViews"][-1]
    assert last["byteOffset"] + last["byteLength"] == binary_length
    heights = document["accessors"][0]
    assert heights["min"][1] == 0
    assert 0.2 < heights["max"][1] < 0.4
