"""Mapping files: what the rows of a file become by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.catalog.mapping import (
    BadRow,
    Draft,
    ReadProduct,
    Tally,
    drafts,
    load_mapping,
    products_of,
    read_rows,
)
from rackhouse.catalog.mapping.choices import DIFFERENT_VALUES_MAX
from rackhouse.catalog.types import built_in_types

pytest_plugins = ["mapped_files"]

PLAIN = """
[product]
id = "{Code}"
type = "goods"
name = "{Name}"
"""


def test_a_row_becomes_a_draft(outcome):
    assert outcome(PLAIN, "Code,Name\na1,Cup\n") == [
        Draft(1, {"id": "a1", "type": "goods", "name": "Cup"})
    ]


@pytest.mark.parametrize("name", ["file.csv", "file.csv.gz", "file.tsv", "file.jsonl.gz"])
def test_a_file_is_read_by_its_name(outcome, name):
    text = {"csv": "Code,Name\na,Cup\n", "tsv": "Code\tName\na\tCup\n"}
    text["jsonl"] = '{"Code": "a", "Name": "Cup"}\n'
    form = name.removesuffix(".gz").rpartition(".")[2]
    (draft,) = outcome(PLAIN, text[form], name)
    assert draft.product["name"] == "Cup"


def test_delimiter_quote_encoding_and_columns_can_be_said(outcome):
    settings = (
        '[file]\ndelimiter = ";"\nquote = "\'"\nencoding = "latin-1"\ncolumns = ["Code", "Name"]\n'
    )
    (draft,) = outcome(settings + PLAIN, "a;'Tasse; grün'".encode("latin-1"))
    assert draft.product["name"] == "Tasse; grün"


def test_a_bad_row_is_named_with_its_number_and_the_rest_goes_on(outcome):
    found = outcome(PLAIN, b"Code,Name\na,Cup\nb\nc,\xff\nd,\ne,Bowl\n")
    assert found == [
        Draft(1, {"id": "a", "type": "goods", "name": "Cup"}),
        BadRow(2, "has 1 values for 2 columns"),
        BadRow(3, "holds bytes that are not in the file's encoding"),
        BadRow(4, "name: nothing in the file says it"),
        Draft(5, {"id": "e", "type": "goods", "name": "Bowl"}),
    ]


def test_a_broken_quote_names_the_lines_it_spoils(outcome):
    found = outcome(PLAIN, 'Code,Name\na,"Cup"x\nb,Bowl\nc,"Dish\n')
    assert found[0].reason.startswith("lines 2 to 2 are not CSV")
    assert found[1].product["id"] == "b"
    assert found[2].reason.startswith("lines 4 to 4 are not CSV")


def test_a_line_that_is_not_json_is_a_bad_row(outcome):
    found = outcome(PLAIN, '{"Code"\n[1]\n{"Code": "a", "Name": "Cup"}', "file.jsonl")
    assert [row.row_number for row in found] == [1, 2, 3]
    assert found[0].reason.startswith("is not JSON")
    assert found[1].reason == "[1] is not an object; write it as {...}"


def test_a_line_nested_too_deep_is_a_bad_row(outcome):
    (found,) = outcome(PLAIN, "[" * 50_000, "file.jsonl")
    assert found.reason.startswith("is not JSON")


def test_inner_objects_are_reached_by_dots(outcome):
    map_text = PLAIN.replace("{Name}", "{title.en}")
    (draft,) = outcome(map_text, '{"Code": "a", "title": {"en": "Cup"}}', "file.jsonl")
    assert draft.product["name"] == "Cup"


def test_rows_that_match_are_refused_with_the_reason_given(outcome):
    rule = '[[refuse]]\nvalue = "{Code}"\nmatches = "^POST$"\nreason = "postage"\n'
    found = outcome(rule + PLAIN, "Code,Name\nPOST,Postage\na,Cup\n")
    assert found[0] == BadRow(1, "postage")
    assert found[1].product["id"] == "a"


def test_attributes_of_another_type_are_left_out(outcome):
    map_text = PLAIN.replace('"goods"', '"{Type}"') + (
        '[product.attributes_of.goods]\nkind = "{Kind}"\n'
        '[product.attributes_of.apparel]\ngarment_type = "{Kind}"\n'
    )
    found = outcome(map_text, "Code,Name,Type,Kind\na,A,goods,cup\nb,B,apparel,coat\n")
    assert [draft.product["attributes"] for draft in found] == [
        {"kind": "cup"},
        {"garment_type": "coat"},
    ]


def test_one_row_makes_a_variant_for_each_size(outcome):
    map_text = PLAIN + (
        '[[product.variants]]\neach = { value = "{Sizes}", separator = "|" }\n'
        'sku = "{Code}-{each}"\noptions = { size = "{each}" }\n'
    )
    (draft,) = outcome(map_text, "Code,Name,Sizes\na,Coat,S|M\n")
    assert draft.product["variants"] == [
        {"sku": "a-S", "options": {"size": "S"}},
        {"sku": "a-M", "options": {"size": "M"}},
    ]


def test_media_and_components_are_left_out_where_they_are_empty(outcome):
    map_text = PLAIN + (
        '[[product.media]]\nurl = "{Picture}"\nkind = "image"\n'
        '[[product.variants]]\nsku = "{Code}"\n'
        'components = [{ sku = "{One}", quantity = 2 }, { sku = "{Two}", quantity = "{Many}" }]\n'
    )
    found = outcome(map_text, "Code,Name,Picture,One,Two,Many\na,A,,x,,\nb,B,/b.png,x,y,3\n")
    assert "media" not in found[0].product
    assert found[0].product["variants"][0]["components"] == ({"sku": "x", "quantity": 2},)
    assert found[1].product["media"] == ({"url": "/b.png", "kind": "image"},)
    assert found[1].product["variants"][0]["components"][1] == {"sku": "y", "quantity": 3}


GROUPED = """
[group]
by = "{Style}"
[product]
id = "{Style}"
type = "goods"
tags = [{ value = "{Color}" }]
currency = "EUR"
price_minor = { value = "{Price}", choose = "smallest" }
[product.name]
value = "{Name}"
blank = ["?"]
choose = "most_frequent"
[[product.variants]]
sku = "{Style}-{Size}"
options = { size = "{Size}" }
"""


def test_rows_of_one_key_become_one_product_with_a_variant_each(outcome):
    lines = (
        "Style,Name,Size,Color,Price\na,?,S,red,9\nb,Hat,M,red,5\na,Coat,M,red,7\na,?,S,blue,8\n"
    )
    first, second = outcome(GROUPED, lines)
    assert (first.row_number, first.rows) == (1, 3)
    assert first.product["name"] == "Coat"
    assert first.product["price_minor"] == 700
    assert first.product["tags"] == ("red", "blue")
    assert [variant["sku"] for variant in first.product["variants"]] == ["a-S", "a-M"]
    assert (second.row_number, second.rows) == (2, 1)


def test_a_group_that_never_says_a_needed_field_is_bad_with_all_its_rows(outcome):
    found = outcome(GROUPED, "Style,Name,Size,Color,Price\na,?,S,,\na,,M,,\n")
    assert found == [BadRow(1, "name: nothing in the file says it", rows=2)]


def test_an_unfit_row_of_a_group_is_bad_by_itself(outcome):
    found = outcome(GROUPED, "Style,Name,Size,Color,Price\na,Coat,S,,x\na,Coat,M,,7\nb,B,S,,x\n")
    assert [type(row) for row in found] == [BadRow, BadRow, Draft]
    assert (found[2].row_number, found[2].rows) == (2, 1)


def test_of_equally_frequent_values_the_first_is_taken(outcome):
    lines = "Style,Name,Size,Color,Price\na,Coat,S,,\na,Cape,M,,\n"
    assert outcome(GROUPED, lines)[0].product["name"] == "Coat"


def test_a_group_with_more_names_than_are_counted_is_bad_as_a_whole(outcome):
    names = [f"a,Coat {number},S,,9" for number in range(DIFFERENT_VALUES_MAX + 1)]
    found = outcome(GROUPED, "\n".join(["Style,Name,Size,Color,Price", *names]))
    assert found == [
        BadRow(1, "more than 1000 different values under one key", rows=DIFFERENT_VALUES_MAX + 1)
    ]


@given(rows=st.lists(st.tuples(st.sampled_from("abc?"), st.sampled_from(["Coat", "?", "Cape"]))))
def test_every_row_ends_in_a_product_or_is_named_as_bad(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    (folder / "map.toml").write_text(GROUPED)
    lines = [f"{style},{name},S,red,9" for style, name in rows]
    (folder / "file.csv").write_text("\n".join(["Style,Name,Size,Color,Price", *lines]))
    mapping, tally = load_mapping(folder / "map.toml"), Tally()
    found = drafts(read_rows(folder / "file.csv", mapping), mapping)
    valid = [
        row
        for row in tally.counted(products_of(found, built_in_types()))
        if isinstance(row, ReadProduct)
    ]
    counts = tally.counts()
    assert counts.rows == counts.rows_in_products + counts.rows_bad == len(rows)
    assert counts.products == len(valid)


def test_a_second_product_with_an_id_or_sku_of_the_same_file_is_bad():
    one = {"id": "a", "type": "goods", "name": "A", "variants": [{"sku": "S"}]}
    found = list(
        products_of(
            [Draft(1, one), Draft(2, one), Draft(3, one | {"id": "b"}), Draft(4, {"type": "good"})],
            built_in_types(),
        )
    )
    assert isinstance(found[0], ReadProduct)
    assert found[1:] == [
        BadRow(2, "id: 'a' is that of row 1"),
        BadRow(3, "variants[0].sku: 'S' is that of row 1"),
        BadRow(4, "type: is not known; did you mean 'goods'?"),
    ]
