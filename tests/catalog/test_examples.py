"""The example maps, against the real data sets that they are made for."""

import csv
import gzip
import re
from functools import cache

import pytest

from rackhouse.catalog.mapping import BadRow, ReadProduct, Tally, load_mapping
from real_catalog import FILES, ROOT, found_in, real_file


@cache
def imported(name):
    """The products, the bad rows and the counts of a whole data set."""
    tally = Tally()
    outcomes = list(tally.counted(found_in(name)))
    products = {row.product.id: row.product for row in outcomes if isinstance(row, ReadProduct)}
    return products, [row for row in outcomes if isinstance(row, BadRow)], tally.counts()


@pytest.mark.parametrize("name", FILES)
def test_every_example_map_is_read_without_a_mistake(name):
    assert load_mapping(ROOT / "examples" / f"{name}.toml").columns


def test_every_one_of_the_wines_is_valid():
    products, bad, counts = imported("x-wines")
    assert not bad
    assert counts.products == counts.rows == 1_007
    wine = products["xwines-100001"]
    assert wine.attributes["non_vintage"] is True
    assert wine.attributes["vintages"][-1] == 1920
    assert wine.categories == ("wine/sparkling",)


def test_of_the_fashion_rows_only_the_nameless_and_one_test_record_are_refused():
    products, _, counts = imported("fashion")
    assert counts.rows == 44_446
    assert counts.products == 44_438
    assert counts.reasons == {
        "name: the file gives none": 7,
        "a test record, not a product": 1,
    }
    shirt = products["fashion-15970"]
    assert (shirt.type, shirt.attributes["garment_type"]) == ("apparel", "Shirts")
    assert shirt.categories == ("apparel/topwear/shirts",)


def test_every_order_line_belongs_to_a_product_or_is_named_with_a_reason():
    _, _, counts = imported("online-retail")
    assert counts.rows == 541_909
    assert counts.products == 3_811
    assert counts.rows_in_products == 538_746
    assert counts.rows_bad == 3_163


def test_a_stock_code_is_named_and_priced_by_what_its_lines_say_most_often():
    products, _, _ = imported("online-retail")
    holder = products["85123a"]
    assert holder.name == "WHITE HANGING HEART T-LIGHT HOLDER"
    assert (holder.price_minor, holder.currency) == (295, "GBP")
    assert [variant.sku for variant in holder.variants] == ["85123A"]


def test_no_note_of_a_stock_keeper_became_a_name():
    products, _, _ = imported("online-retail")
    notes = re.compile(r"damage|thrown|^check$|wrong|^found|adjust|\blost\b|\?", re.IGNORECASE)
    assert [product.name for product in products.values() if notes.search(product.name)] == []


def test_a_stock_code_that_became_no_product_was_never_named_or_is_no_good():
    products, _, _ = imported("online-retail")
    with gzip.open(real_file("online-retail"), "rt", newline="", encoding="utf-8") as file:
        named = {
            row["StockCode"].upper()
            for row in csv.DictReader(file)
            if re.fullmatch(r"[A-Z0-9 ,.'/&-]{15,}", row["Description"].strip())
        }
    missing = {code for code in named if code.lower() not in products}
    assert missing <= {"DOT"}
