"""Formats: what is written is read again as exactly that, whatever it is."""

import csv
import gzip
import io

import hypothesis.strategies as st
import msgspec
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from made_products import TYPES, a_product, drafts_of

from rackhouse.catalog import Product, validate_product
from rackhouse.exchange.errors import ExchangeFileUnreadable, FormatUnknown
from rackhouse.exchange.formats import FORMS, form_of_name
from rackhouse.exchange.rules import Found, Head

MANY = st.lists(drafts_of, max_size=4, unique_by=lambda draft: draft["id"])


def written(form, products, head=None):
    """A file with some products."""
    file = io.BytesIO()
    writer = FORMS[form].writer(file, head or Head(), list(TYPES.values()))
    writer.write(products)
    writer.close()
    return file.getvalue()


def read(form, content):
    """What is read of a file."""
    return list(FORMS[form].reader(io.BytesIO(content), f"a.{form}").records(TYPES))


def as_products(found):
    assert all(isinstance(each, Found) for each in found), found
    return [validate_product(each.draft, TYPES[each.draft["type"]]) for each in found]


def exactly(products):
    """Products as text in which 43 and 43.0 are two."""
    return [msgspec.json.encode(each, order="deterministic") for each in products]


@pytest.mark.parametrize("form", sorted(FORMS))
@settings(max_examples=20)
@given(drafts=MANY)
def test_every_product_comes_back_exactly_as_it_was(form, drafts):
    products = [a_product(draft) for draft in drafts]
    assert exactly(as_products(read(form, written(form, products)))) == exactly(products)


@settings(max_examples=20)
@given(drafts=MANY)
def test_no_cell_of_a_spreadsheet_is_a_formula(drafts):
    content = written("csv", [a_product(draft) for draft in drafts]).decode()
    for row in csv.reader(io.StringIO(content, newline="")):
        for cell in row:
            if cell.startswith(("=", "+", "@", "\t", "\r")):
                pytest.fail(f"{cell!r} would be calculated")
            if cell.startswith("-"):
                float(cell)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_file_may_be_gzipped(form):
    product = a_product({"id": "a", "type": "everything", "name": "A"})
    assert as_products(read(form, gzip.compress(written(form, [product])))) == [product]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_the_head_comes_along(form):
    head = Head(only_type="everything", product_types=({"name": "everything"},))
    reader = FORMS[form].reader(io.BytesIO(written(form, [], head)), "a")
    assert reader.head == head


def test_a_file_of_a_later_form_is_refused_and_says_so():
    content = msgspec.json.encode({"rackhouse_catalog": 2}) + b"\n"
    with pytest.raises(ExchangeFileUnreadable, match="newer Rackhouse"):
        read("jsonl", content)


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.CSV", "csv"), ("b.jsonl.gz", "jsonl"), ("c.ndjson", "jsonl"), ("d.parquet", "parquet")],
)
def test_a_name_says_the_format(name, form):
    assert form_of_name(name).name == form


def test_a_name_that_says_no_format_is_refused():
    with pytest.raises(FormatUnknown):
        form_of_name("catalog.xlsx")


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("parquet", b"PAR1 this is none PAR1"),
        ("csv", b"name,price\nCup,3\n"),
        ("csv", b"id,type,id\na,b,c\n"),
        ("csv", b"id,type,colour\na,b,c\n"),
        ("csv", b""),
        ("jsonl", b'{"rackhouse_catalog": "one"}\n'),
        ("jsonl", gzip.compress(b'{"id": "a"}\n' * 9000)[:-20]),
    ],
)
def test_what_is_no_such_file_is_refused_in_a_sentence(form, content):
    with pytest.raises(ExchangeFileUnreadable, match=r"^a\.\w+ can not be read: "):
        read(form, content)


BROKEN_LINES = {
    "not JSON": ("jsonl", b'{"id": "a"\n', 1, "line", "is not JSON"),
    "a list": ("jsonl", b"[1]\n", 1, "line", "is no object"),
    "too few cells": ("csv", b"id,type,name\na,everything\n", 2, "row", "2 cells for 3 columns"),
    "not UTF-8": ("csv", b"id,type,name\na,everything,\xff\n", 2, "row", "not UTF-8"),
    "loose quotes": ("csv", b'id,type,name\na,everything,"x"y\n', 2, "row", "not CSV"),
    "no range": (
        "csv",
        b"id,type,attributes.ages\n\na,everything,2-3\n",
        3,
        "attributes.ages",
        "write it as 2..3",
    ),
    "no component": (
        "csv",
        b"id,type,variant.sku,variant.components\na,everything,S,T\n",
        2,
        "variant.components",
        "write it as 2*SKU-1",
    ),
    "another name below": (
        "csv",
        b"id,type,name,variant.sku\na,everything,A,S\na,,B,T\n",
        3,
        "name",
        "not what the first row",
    ),
    "a lone backslash": ("csv", b"id,type,tags\na,everything,x\\\n", 2, "tags", "backslash"),
    "no key": ("csv", b"id,type,attributes.label\na,everything,Malty\n", 2, "attributes.label", ""),
}


@pytest.mark.parametrize("case", BROKEN_LINES)
def test_a_broken_line_is_named_with_its_field_and_what_mends_it(case):
    form, content, line, field, problem = BROKEN_LINES[case]
    ((broken,),) = read(form, content)
    assert (broken.line, broken.field) == (line, field)
    assert problem in broken.problem


def test_the_line_of_a_variant_is_told():
    content = b'id,type,name,variant.sku\na,everything,"A\nB",S\na,,,T\n'
    (found,) = read("csv", content)
    assert (found.line, found.line_of("variants[1].sku")) == (2, 4)


def test_rows_that_leave_cells_empty_take_what_is_usual():
    content = b"\xef\xbb\xbfid,type,name,price_minor,currency\r\na,everything,A,,\r\n"
    assert as_products(read("csv", content)) == [Product(id="a", type="everything", name="A")]


def test_a_table_of_others_needs_no_column_that_it_says_nothing_in():
    file = io.BytesIO()
    rows = [{"id": "a", "type": "everything", "name": "A", "attributes.number": 2.0}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    (product,) = as_products(read("parquet", file.getvalue()))
    assert exactly([product.attributes["number"]]) == [b"2.0"]
