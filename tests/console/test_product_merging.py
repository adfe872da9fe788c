"""Two versions of a product: what differs, and taking over of either."""

from typing import Any

from rackhouse.catalog import Attribute, ListedType, ProductType
from rackhouse.console.products.merging import Versions, differences, in_words, label_of, merged
from rackhouse.console.products.query import ListQuery, facet_fields, orders_of

TYPE = ProductType(
    name="spirit",
    title="Spirits",
    collection="spirits",
    attributes=(Attribute(name="age", title="Age", kind="integer"),),
)


def draft(**facts: Any) -> dict[str, Any]:
    return {
        "id": "lagavulin-16",
        "type": "spirit",
        "name": "Lagavulin",
        "currency": "EUR",
        "price_minor": 6400,
        "attributes": {"age": 16},
        "variants": [{"sku": "A", "price_minor": None}, {"sku": "B", "price_minor": None}],
        **facts,
    }


def test_what_only_one_changed_is_theirs_and_what_both_changed_is_asked() -> None:
    versions = Versions(
        base=draft(),
        mine=draft(name="Mine", price_minor=7000),
        theirs=draft(name="Theirs", attributes={"age": 18}),
    )
    found = differences(versions, TYPE)
    assert [(each.piece, each.taken) for each in found] == [
        ("name", None),
        ("price_minor", "mine"),
        ("attributes.age", "theirs"),
    ]
    assert [each.label for each in found] == ["Name", "Price", "Age"]
    assert (found[1].mine, found[1].theirs) == ("70.00 EUR", "64.00 EUR")


def test_each_piece_is_taken_from_whom_it_was_chosen() -> None:
    versions = Versions(
        base=draft(),
        mine=draft(name="Mine", attributes={}, variants=[{"sku": "B"}, {"sku": "C"}]),
        theirs=draft(
            name="Theirs",
            brand="Diageo",
            attributes={"age": 18},
            variants=[{"sku": "A"}, {"sku": "B", "name": "Large"}, {"sku": "D"}],
        ),
    )
    theirs = {"brand", "attributes.age", "variants.B", "variants.D"}
    pieces = [each.piece for each in differences(versions, TYPE)]
    result = merged(versions, {each: "theirs" if each in theirs else "mine" for each in pieces})
    assert result == draft(
        name="Mine",
        brand="Diageo",
        attributes={"age": 18},
        variants=[{"sku": "B", "name": "Large"}, {"sku": "C"}, {"sku": "D"}],
    )


def test_taking_over_everything_is_what_others_made_and_nothing_is_what_one_wrote() -> None:
    mine = draft(name="Mine", variants=[{"sku": "C"}])
    theirs = draft(price_minor=None, attributes={"age": 18}, variants=[{"sku": "A"}])
    versions = Versions(draft(), mine, theirs)
    pieces = [each.piece for each in differences(versions, TYPE)]
    assert merged(versions, dict.fromkeys(pieces, "theirs")) == theirs
    assert merged(versions, dict.fromkeys(pieces, "mine")) == mine


def test_values_are_told_as_people_read_them() -> None:
    assert in_words({"from": 1, "to": 2.5}) == "1 to 2.5"
    assert in_words({"en": "Smoke", "de": "Rauch"}) == "en: Smoke; de: Rauch"
    assert in_words(["a", "b"]) == "a, b"
    assert (in_words(True), in_words(0), in_words(""), in_words(None)) == ("Yes", "0", "–", "–")


def test_a_piece_is_called_as_people_call_it() -> None:
    assert label_of("attributes.age", TYPE) == "Age"
    assert label_of("variants[A-1].price_minor", TYPE) == "Variant A-1: Price"
    assert label_of("variants.A-1", TYPE) == label_of("variants[A-1]", TYPE) == "Variant A-1"
    assert label_of("variants", TYPE) == "Variants"


def test_a_list_is_asked_for_as_search_takes_it_and_its_address_says_the_same() -> None:
    query = ListQuery.of(
        " oak ", ["brand:Smith, John", 'brand:"Q"', "tag", "type:spirit"], "price", "x"
    )
    assert query.filter == 'brand:"Smith, John","\\"Q\\"";type:"spirit"'
    assert query.only_type == "spirit"
    assert query.address() == (
        "/products?q=oak&f=brand%3ASmith%2C+John&f=brand%3A%22Q%22&f=type%3Aspirit&sort=price"
    )
    assert query.without("type", "spirit").count("f=") == 2
    assert ListQuery().address() == "/products"


def test_facets_and_orders_are_those_of_the_one_type_that_is_asked_for() -> None:
    attributes = (
        Attribute(name="age", title="Age", kind="integer", facet=True, sortable=True),
        Attribute(name="price", title="Price class", kind="enum", facet=True, sortable=True),
        Attribute(name="notes", title="Notes", kind="text", searchable=True),
    )
    listed = ListedType(
        name="t", title="T", collection="t", attributes=attributes, version=1, built_in=False
    )
    assert list(facet_fields(None)) == ["type", "category", "brand", "tag", "stage"]
    assert list(facet_fields(listed))[5:] == ["age", "attributes.price"]
    assert list(orders_of(listed))[4:] == ["age", "-age", "attributes.price"]
