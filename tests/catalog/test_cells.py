"""How one cell is read: numbers, money, dates, lists, lookups, and what can not be read."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.catalog.mapping import BadRow
from rackhouse.catalog.mapping.conversions import Unfit, money_from, number_from, slug_of

pytest_plugins = ["mapped_files"]

PLAIN = """
[product]
id = "{Code}"
type = "goods"
name = "{Name}"
"""


def the_value(outcome, setting, cell, column="Cell"):
    """What one cell becomes in the attribute that ``setting`` describes."""
    map_text = PLAIN + f"[product.attributes]\nkind = {setting}\n"
    line = json.dumps({"Code": "a", "Name": "A", column: cell})
    (found,) = outcome(map_text, line, "file.jsonl")
    if isinstance(found, BadRow):
        return found.reason
    return found.product.get("attributes", {}).get("kind")


@pytest.mark.parametrize(
    ("setting", "cell", "value"),
    [
        ('"{Cell} of {Code}"', "cup", "cup of a"),
        ('"{{{Cell}}}"', "cup", "{cup}"),
        ('"  {Cell} "', "a  b", "a b"),
        ('{ value = "{Cell}", as = "number" }', "1,234.5", 1234.5),
        ('{ value = "{Cell}", as = "number", decimal_mark = "," }', "1.234,5", 1234.5),
        ('{ value = "{Cell}", as = "number" }', 7, 7.0),
        ('{ value = "{Cell}", as = "integer" }', "2012.0", 2012),
        ('{ value = "{Cell}", as = "money" }', "£2.55", 255),
        ('{ value = "{Cell}", as = "money", decimals = 0 }', "1200", 1200),
        ('{ value = "{Cell}", as = "money", rounded = true }', "0.126", 13),
        ('{ value = "{Cell}", as = "money" }', 0.1, 10),
        ('{ value = "{Cell}", as = "boolean" }', "Yes", True),
        ('{ value = "{Cell}", as = "boolean" }', False, False),
        ('{ value = "{Cell}", as = "date", format = "%d/%m/%Y" }', "01/05/2024", "2024-05-01"),
        ('{ value = "{Cell}", as = "list" }', "['a', \"b\"]", ("a", "b")),
        ('{ value = "{Cell}", as = "list" }', '["a"]', ("a",)),
        ('{ value = "{Cell}", as = "list", separator = "|" }', "a| |b", ("a", "b")),
        (
            '{ value = "{Cell}", as = "list", of = "integer", without = ["N.V."] }',
            "[2020, 'N.V.']",
            (2020,),
        ),
        ('{ value = "{Cell}", as = "list", contains = "N.V." }', "[2020, 'N.V.']", True),
        ('{ value = "{Cell}", as = "list", contains = "N.V." }', "[2020]", False),
        ('{ value = "{Cell}", case = "upper" }', "a", "A"),
        ('{ value = "{Cell}", case = "handle" }', "Île d'Or_1.2", "ile-d-or_1.2"),
        ('{ value = "{Cell}", case = "path" }', "Rosé & Co/Still", "rose-co/still"),
        ('{ value = "{Cell}", blank = ["NA"] }', "NA", None),
        ('{ value = "{Cell}", blank = ["NA"], default = "none" }', "NA", "none"),
        ('{ value = "{Cell}", blank_matching = "^-+$" }', "--", None),
        ('{ value = "{Cell}", as = "prose" }', "a\r\nb", "a\nb"),
        ('{ default = "said" }', "", "said"),
        ("12", "", 12),
        ('["a"]', "", ("a",)),
    ],
)
def test_a_cell_is_read_as_the_map_says(outcome, setting, cell, value):
    assert the_value(outcome, setting, cell) == value


@pytest.mark.parametrize(
    ("setting", "cell"),
    [
        ('{ value = "{Cell}", as = "number" }', "12,5"),
        ('{ value = "{Cell}", as = "number" }', "NaN"),
        ('{ value = "{Cell}", as = "number" }', "1e999"),
        ('{ value = "{Cell}", as = "integer" }', "12.5"),
        ('{ value = "{Cell}", as = "integer" }', "9" * 41),
        ('{ value = "{Cell}", as = "money" }', "0.126"),
        ('{ value = "{Cell}", as = "money" }', "cheap"),
        ('{ value = "{Cell}", as = "boolean" }', "perhaps"),
        ('{ value = "{Cell}", as = "date" }', "01/05/2024"),
        ('{ value = "{Cell}", as = "list" }', "a, b"),
        ('{ value = "{Cell}", as = "list" }', "[" * 5000),
        ('{ value = "{Cell}", as = "list" }', "__import__('os').getcwd()"),
    ],
)
def test_a_cell_that_can_not_be_read_makes_its_row_bad(outcome, setting, cell):
    assert the_value(outcome, setting, cell).startswith("attributes.kind: ")


def test_a_lookup_translates_and_what_it_does_not_list_is_refused_kept_or_blank(outcome):
    def by(unlisted):
        setting = f'{{ value = "{{Cell}}", lookup = "color", unlisted = "{unlisted}" }}'
        return setting + '\n[lookups.color]\n"BLK" = "black"\n'

    assert the_value(outcome, by("refuse"), "BLK") == "black"
    assert (
        the_value(outcome, by("refuse"), "RED")
        == "attributes.kind: 'RED' is not in [lookups.color]"
    )
    assert the_value(outcome, by("keep"), "RED") == "RED"
    assert the_value(outcome, by("blank"), "RED") is None


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_money_written_with_two_decimals_comes_back_to_the_minor_unit(minor):
    sign, whole, cents = "-" if minor < 0 else "", *divmod(abs(minor), 100)
    for mark in (".", ","):
        written = f"{sign}{whole}{mark}{cents:02}"
        assert money_from(written, decimal_mark=mark, decimals=2, rounded=False) == minor


@given(st.text())
def test_whatever_a_cell_says_is_a_number_or_unfit(cell):
    with suppress(Unfit):
        assert isinstance(number_from(cell, decimal_mark="."), float)


@given(st.text())
def test_a_slug_of_a_slug_is_itself(text):
    assert slug_of(slug_of(text)) == slug_of(text)
