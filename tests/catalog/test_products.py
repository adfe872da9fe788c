import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.catalog.errors import InvalidProduct
from rackhouse.catalog.rules import SKU_LENGTH_MAX, Product, validate_product
from rackhouse.catalog.types import built_in_types

SPIRIT = built_in_types()["spirit"]
APPAREL = built_in_types()["apparel"]


def a_spirit(**changes):
    draft = {
        "id": "lagavulin-16",
        "type": "spirit",
        "name": "Lagavulin 16",
        "price_minor": 8900,
        "currency": "EUR",
        "attributes": {"spirit_type": "single malt whisky", "abv": 43},
        "variants": [{"sku": "LAG16-70"}],
    }
    return draft | changes


def problems_of(draft, product_type=SPIRIT):
    with pytest.raises(InvalidProduct) as refused:
        validate_product(draft, product_type)
    return {problem.field: problem.problem for problem in refused.value.problems}


def test_a_sound_draft_becomes_a_product():
    product = validate_product(a_spirit(), SPIRIT)
    assert isinstance(product, Product)
    assert product.variants[0].sku == "LAG16-70"
    assert product.attributes["abv"] == 43


def test_all_problems_are_told_at_once_each_with_its_path():
    found = problems_of(
        a_spirit(
            id="Not A Handle",
            attributes={"spirit_type": "single malt whisky", "abv": 143},
            variants=[{"sku": "A"}, {"sku": "B", "name": "b"}, {"sku": "a/b", "name": "c"}],
        )
    )
    assert set(found) == {"id", "attributes.abv", "variants[2].sku"}
    assert found["attributes.abv"] == "143 is out of bounds; use 0 to 100 % vol"


def test_the_message_counts_the_problems_and_names_each():
    with pytest.raises(InvalidProduct) as refused:
        validate_product(a_spirit(name="", currency=None), SPIRIT)
    assert str(refused.value) == (
        "The product is not valid (2 to mend): name: is empty; fill it in; "
        "currency: a price needs one; write it as EUR"
    )


def test_a_misspelt_attribute_is_answered_with_the_one_that_was_likely_meant():
    found = problems_of(a_spirit(attributes={"spirit_type": "gin", "tasting_note": "juniper"}))
    assert found["attributes.tasting_note"].endswith("did you mean 'tasting_notes'?")


def test_a_misspelt_field_is_answered_with_the_one_that_was_likely_meant():
    assert problems_of(a_spirit(nmae="x"))["nmae"] == "is not known; did you mean 'name'?"


def test_a_required_attribute_is_missed():
    assert "attributes.spirit_type" in problems_of(a_spirit(attributes={}))


def test_a_choice_outside_the_list_is_refused():
    found = problems_of(a_spirit(attributes={"spirit_type": "single malt wisky"}))
    assert "did you mean 'single malt whisky'?" in found["attributes.spirit_type"]


def test_null_and_empty_attributes_count_as_not_said():
    attributes = {"spirit_type": "gin", "abv": None, "awards": [], "region": ""}
    assert validate_product(a_spirit(attributes=attributes), SPIRIT).attributes == {
        "spirit_type": "gin"
    }


@pytest.mark.parametrize("value", [True, "43", float("nan"), float("inf"), [43]])
def test_what_is_not_a_number_is_no_strength(value):
    attributes = {"spirit_type": "gin", "abv": value}
    assert "attributes.abv" in problems_of(a_spirit(attributes=attributes))


def test_items_of_a_list_are_checked_one_by_one():
    attributes = {"spirit_type": "gin", "botanicals": ["juniper", 7]}
    assert set(problems_of(a_spirit(attributes=attributes))) == {"attributes.botanicals[1]"}


@pytest.mark.parametrize("price", [-1, 8.5, "8900", True, 10**13])
def test_a_price_is_a_whole_number_of_minor_units(price):
    assert "price_minor" in problems_of(a_spirit(price_minor=price))


def test_a_price_of_a_variant_needs_a_currency_too():
    draft = a_spirit(price_minor=None, currency=None, variants=[{"sku": "A", "price_minor": 1}])
    assert "currency" in problems_of(draft)


def test_a_product_without_prices_needs_no_currency():
    assert validate_product(a_spirit(price_minor=None, currency=None), SPIRIT).currency is None


@pytest.mark.parametrize("category", ["Whisky", "whisky//malt", "/whisky", "a/b/c/d/e/f/g", "ä"])
def test_a_category_is_a_path_of_small_letters(category):
    assert "categories[0]" in problems_of(a_spirit(categories=[category]))


def test_a_category_may_be_several_steps_deep():
    product = validate_product(a_spirit(categories=["whisky/single-malt"]), SPIRIT)
    assert product.categories == ("whisky/single-malt",)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x/y", "x.jpg", "https:// x", "//x"])
def test_media_are_reached_over_https_or_by_a_path_here(url):
    found = problems_of(a_spirit(media=[{"kind": "image", "url": url}]))
    assert "media[0].url" in found


@pytest.mark.parametrize("day", ["2024-02-30", "01.05.2024", "2024-5-1", 20240501, "٢٠٢٤-٠٥-٠١"])
def test_a_release_date_is_a_day_of_the_calendar(day):
    assert "release_date" in problems_of(a_spirit(release_date=day))


def test_a_uuid_is_an_id_and_is_written_small():
    written = "018F4E9A-7C1B-7E3A-9F00-0123456789AB"
    assert validate_product(a_spirit(id=written), SPIRIT).id == written.lower()


@pytest.mark.parametrize("sku", ["", " A", "A ", "A@B", "A/B", "A\nB", "A" * 65, None, 7])
def test_a_sku_that_can_not_stand_in_an_address_is_refused(sku):
    assert "variants[0].sku" in problems_of(a_spirit(variants=[{"sku": sku}]))


@given(st.text(max_size=SKU_LENGTH_MAX + 3))
def test_a_sku_is_kept_exactly_or_refused(sku):
    try:
        product = validate_product(a_spirit(variants=[{"sku": sku}]), SPIRIT)
    except InvalidProduct as refused:
        assert {problem.field for problem in refused.problems} == {"variants[0].sku"}
    else:
        assert product.variants[0].sku == sku == sku.strip()
        assert sku.isprintable() and "@" not in sku and "/" not in sku


def test_two_variants_may_not_share_a_sku_nor_a_form():
    variants = [
        {"sku": "A", "options": {"size": "M"}},
        {"sku": "A", "options": {"size": "L"}},
        {"sku": "B", "options": {"size": "M"}},
    ]
    draft = {"id": "a", "type": "apparel", "name": "Shirt", "attributes": {"garment_type": "shirt"}}
    assert problems_of(draft | {"variants": variants}, APPAREL) == {
        "variants[1].sku": "'A' is that of variants[0]; give it its own",
        "variants[2].options": "are those of variants[0]; say how they differ",
    }


def test_a_bundle_takes_a_number_of_other_skus():
    components = [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 2}]
    product = validate_product(a_spirit(variants=[{"sku": "S", "components": components}]), SPIRIT)
    assert product.variants[0].is_bundle


@pytest.mark.parametrize("quantity", [0, -1, 1.5, None, True, 1_001])
def test_a_component_is_taken_at_least_once(quantity):
    variants = [{"sku": "S", "components": [{"sku": "A", "quantity": quantity}]}]
    assert "variants[0].components[0].quantity" in problems_of(a_spirit(variants=variants))


def test_a_bundle_is_not_made_of_itself():
    variants = [{"sku": "S", "components": [{"sku": "S", "quantity": 1}]}]
    assert "variants[0].components[0].sku" in problems_of(a_spirit(variants=variants))


def test_control_characters_never_reach_a_name():
    assert "name" in problems_of(a_spirit(name="Laga\x00vulin"))
    assert "name" in problems_of(a_spirit(name="Laga\ud800vulin"))


def test_a_description_keeps_its_lines():
    assert validate_product(a_spirit(description="a\n\nb"), SPIRIT).description == "a\n\nb"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(Product.__struct_fields__), json_values) | json_values)
def test_whatever_is_sent_is_answered_with_a_product_or_with_problems(draft):
    try:
        validate_product(draft, SPIRIT)
    except InvalidProduct as refused:
        assert refused.problems and all(problem.field for problem in refused.problems)
