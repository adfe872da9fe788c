"""Filters and facets as they are written."""

import datetime

import pytest

from rackhouse.catalog import Attribute, ProductType, built_in_types
from rackhouse.search import FacetUnknown, FilterUnknown, FilterUnreadable
from rackhouse.search.rules.fields import fields_of
from rackhouse.search.rules.filters import Facet, Range, Wanted, facets_of, filters_of

FIELDS = fields_of(built_in_types().values())


def day(text: str) -> float:
    return float(datetime.date.fromisoformat(text).toordinal())


NEW_YEAR = day("2024-01-01")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ()),
        (" ; ", ()),
        ("brand:Ardbeg", (Wanted("brand", ("Ardbeg",)),)),
        ("brand: Ardbeg , Bowmore ;", (Wanted("brand", ("Ardbeg", "Bowmore")),)),
        ("brand:Ardbeg,Ardbeg", (Wanted("brand", ("Ardbeg",)),)),
        ('brand:"Smith; Sons, Ltd: x",y', (Wanted("brand", ("Smith; Sons, Ltd: x", "y")),)),
        (r'brand:"the \"Old\" \\ one"', (Wanted("brand", ('the "Old" \\ one',)),)),
        ("brand:12..18", (Wanted("brand", ("12..18",)),)),
        ("abv:46", (Wanted("abv", (46.0,)),)),
        ("abv:40..46,50..", (Wanted("abv", (), (Range(40, 46), Range(50, None))),)),
        ("abv:..<46", (Wanted("abv", (), (Range(None, 46, below=True),)),)),
        ("abv:-1..-0.5", (Wanted("abv", (), (Range(-1, -0.5),)),)),
        ("peated:true,false", (Wanted("peated", (True, False)),)),
        ("release_date:2024-05-01", (Wanted("release_date", (day("2024-05-01"),)),)),
        (
            "release_date:2024-01-01..<2025-01-01",
            (
                Wanted(
                    "release_date", (), (Range(day("2024-01-01"), day("2025-01-01"), below=True),)
                ),
            ),
        ),
        (
            "type:spirit;abv:40",
            (Wanted("type", ("spirit",)), Wanted("abv", (40.0,))),
        ),
    ],
)
def test_filters_are_read(text, wanted):
    assert filters_of(text, FIELDS) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "brand", "brand:", "brand:,", "brand:a,", 'brand:"a', 'brand:"a"b', 'brand:"a\\"',
        "abv:x", "abv:..", "abv:a..b", "abv:1..2..3", "abv:nan", "abv:..<", "abv:50..40",
        "abv:1e999", "peated:yes", "release_date:tomorrow", "brand:a;brand:b",
        "brand:" + ",".join(str(number) for number in range(101)),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_refused(text):
    with pytest.raises(FilterUnreadable) as refused:
        filters_of(text, FIELDS)
    assert refused.value.field == "filter"


def test_a_field_that_does_not_narrow_lists_is_not_known():
    for name in ("name", "tasting_notes", "nonsense"):
        with pytest.raises(FilterUnknown):
            filters_of(f"{name}:x", FIELDS)
    with pytest.raises(FilterUnknown, match="did you mean region"):
        filters_of("regoin:x", FIELDS)


def test_facets_are_read_with_their_bounds():
    facets = facets_of("brand, abv[50,40,46] ,release_date[2024-01-01]", FIELDS)
    assert facets == (
        Facet("brand"),
        Facet("abv", (40.0, 46.0, 50.0)),
        Facet("release_date", (day("2024-01-01"),), in_days=True),
    )
    assert [each.holds(46) for each in facets[1].ranges] == [False, False, True, False]


@pytest.mark.parametrize("text", ["brand[1]", "abv[]", "abv[x]", "abv[1", "a b"])
def test_facets_that_can_not_be_read_are_refused(text):
    with pytest.raises(FilterUnreadable) as refused:
        facets_of(text, FIELDS)
    assert refused.value.field == "facets"


def test_what_is_filterable_and_no_facet_is_not_counted():
    filters_of("bottled_year:2016", FIELDS)
    with pytest.raises(FacetUnknown):
        facets_of("bottled_year", FIELDS)


def test_every_value_is_in_just_one_range_between_bounds():
    ranges = Facet("abv", (40.0, 46.0)).ranges
    for value in (-1.0, 39.9, 40.0, 45.9, 46.0, 99.0):
        assert sum(each.holds(value) for each in ranges) == 1


def test_an_attribute_called_as_a_field_of_every_product_goes_by_another_name():
    attributes = (
        Attribute(name="brand", title="Brand", kind="text", filterable=True, facet=True),
        Attribute(name="price", title="Price", kind="integer", filterable=True, sortable=True),
    )
    fields = fields_of([ProductType(name="x", title="X", collection="x", attributes=attributes)])
    assert {"brand", "attributes.brand", "attributes.price"} <= set(fields.known)
    assert fields.orders[-2:] == ["attributes.price", "-attributes.price"]


def test_an_attribute_that_types_take_for_different_things_is_read_as_each():
    types = [
        ProductType(
            name=name,
            title=name,
            collection=name,
            attributes=(Attribute(name="size", title="Size", kind=kind, filterable=True),),
        )
        for name, kind in (("hat", "integer"), ("coat", "text"))
    ]
    fields = fields_of(types)
    assert filters_of("size:54,XL", fields) == (Wanted("size", ("54", 54.0, "XL")),)
