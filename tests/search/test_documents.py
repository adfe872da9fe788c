"""What of a product is searched."""

import datetime

from rackhouse.catalog import Attribute, Component, ListedProduct, ProductType, Variant
from rackhouse.search.rules.documents import document_of, tie_of
from rackhouse.search.rules.fields import fields_of

MOMENT = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)


def a_type(*attributes: Attribute) -> ProductType:
    return ProductType(name="tea", title="Teas", collection="teas", attributes=attributes)


def a_document(product_type: ProductType | None = None, **said: object):
    fields = {"id": "x", "type": "tea", "name": "High Oolong", **said}
    product = ListedProduct(version=1, created_at=MOMENT, updated_at=MOMENT, **fields)
    return document_of(product, product_type, frozenset())


def test_a_product_is_in_its_categories_and_in_all_above_them():
    document = a_document(categories=("tea/green/sencha", "tea/new"))
    assert document.values["category"] == ("tea", "tea/green", "tea/green/sencha", "tea/new")
    assert "tea green sencha" in document.texts["labels"]


def test_a_product_costs_what_its_variants_do_and_its_own_price_where_one_says_none():
    dear, cheap = Variant(sku="A", price_minor=900), Variant(sku="B", price_minor=500)
    plain = Variant(sku="C")
    priced = {"price_minor": 700, "currency": "EUR"}
    assert a_document(**priced).values["price_minor"] == (700.0,)
    of_variants = a_document(variants=(dear, cheap), **priced)
    assert of_variants.values["price_minor"] == (500.0, 900.0)
    assert (of_variants.orders["price"], of_variants.card.price_minor) == (500.0, 500)
    assert a_document(variants=(dear, plain), **priced).values["price_minor"] == (700.0, 900.0)
    assert "price" not in a_document(variants=(plain,)).orders


def test_skus_barcodes_and_options_are_found():
    variant = Variant(sku="TEA-1", barcode="4006381333931", options={"size": "100 g"})
    bundle = Variant(sku="SET-1", components=(Component(sku="TEA-1", quantity=2),))
    document = a_document(variants=(variant, bundle))
    assert document.texts["code"] == ("x", "TEA-1", "SET-1", "4006381333931")
    assert document.texts["facts"] == ("100 g",)


def test_texts_by_language_are_found_in_each_and_other_kinds_are_no_fields():
    product_type = a_type(
        Attribute(name="notes", title="Notes", kind="localized", searchable=True,
                  filterable=True, sortable=True),
        Attribute(name="steeping", title="Steeping", kind="range", of="integer",
                  filterable=True, sortable=True),
        Attribute(name="goes_with", title="Goes with", kind="list", of="reference",
                  filterable=True),
    )  # fmt: skip
    said = {
        "notes": {"en": "Malty", "de": "Malzig"},
        "steeping": {"from": 2, "to": 3},
        "goes_with": ["clay-pot"],
    }
    document = a_document(product_type, attributes=said)
    fields = fields_of([product_type])
    assert document.texts["facts"] == ("Malty", "Malzig")
    assert document.values["goes_with"] == ("clay-pot",)
    assert "goes_with" in fields.known
    assert not {"notes", "steeping"} & (set(fields.known) | set(document.values))
    assert fields.sortable == ()


def test_long_texts_are_apart_and_an_enum_is_ordered_as_its_type_lists_it():
    product_type = a_type(
        Attribute(name="story", title="Story", kind="text", max_length=3000, searchable=True),
        Attribute(name="leaf", title="Leaf", kind="enum", values=("white", "green", "black"),
                  filterable=True, sortable=True),
        Attribute(name="picked_on", title="Picked on", kind="date", sortable=True),
    )  # fmt: skip
    said = {"story": "Once", "leaf": "green", "picked_on": "2024-04-01"}
    document = a_document(product_type, attributes=said, description="Slow")
    assert document.texts["prose"] == ("Slow", "Once")
    assert document.orders["leaf"] == 1.0
    assert document.orders["picked_on"] == datetime.date(2024, 4, 1).toordinal()


def test_a_product_of_an_unknown_type_is_found_by_what_all_products_have():
    document = a_document(None, attributes={"leaf": "green"})
    assert document.texts["name"] == ("High Oolong",)
    assert "leaf" not in document.values


def test_ties_are_the_same_everywhere_and_fit_where_they_are_kept():
    assert tie_of("high-oolong") == 6219866104046861551 < 2**63
    assert tie_of("low-oolong") != tie_of("high-oolong")
