"""What is told about a map that can not be used, and a file that can not be read."""

import gzip

import pytest

from rackhouse.catalog.errors import InvalidMapping, UnreadableFile
from rackhouse.catalog.mapping import load_mapping, read_rows

pytest_plugins = ["mapped_files"]

PLAIN = """
[product]
id = "{Code}"
type = "goods"
name = "{Name}"
"""


@pytest.fixture
def mistake(tmp_path):
    """The refusal of a mapping file, as (key, problem)."""

    def read(map_text):
        path = tmp_path / "map.toml"
        path.write_text(map_text)
        with pytest.raises(InvalidMapping) as refused:
            load_mapping(path)
        assert str(path) in str(refused.value)
        return refused.value.key, refused.value.problem

    return read


@pytest.mark.parametrize(
    ("map_text", "key", "problem"),
    [
        ("[product", "the file", "is not TOML"),
        ("[prodct]\n", "prodct", "did you mean 'product'?"),
        ('[product]\nid = "{A}"\ntype = "goods"\n', "product.name", "is missing"),
        (PLAIN + 'nmae = "{A}"\n', "product.nmae", "did you mean 'name'?"),
        (PLAIN + 'brand = "{A"\n', "product.brand", "a brace without a column"),
        (PLAIN + 'brand = { vlaue = "{A}" }\n', "product.brand.vlaue", "did you mean 'value'?"),
        (PLAIN + 'brand = { value = "{A}", as = "nubmer" }\n', "product.brand.as", "'number'"),
        (
            PLAIN + 'brand = { value = "{A}", lookup = "x" }\n',
            "product.brand.lookup",
            "[lookups.x]",
        ),
        (PLAIN + 'brand = { value = "{A}", choose = "last" }\n', "product.brand.choose", "[group]"),
        (
            PLAIN + 'brand = { value = "{A}", blank_matching = "(" }\n',
            "product.brand.blank_matching",
            "regular expression",
        ),
        (PLAIN + "categories = 'a'\n", "product.categories", "is not a list"),
        (PLAIN + "[[product.variants]]\nname = 'a'\n", "product.variants[0].sku", "is missing"),
        (PLAIN + "[file]\nencoding = 'utf-9'\n", "file.encoding", "is not known"),
        (PLAIN + "[file]\ndelimiter = ';;'\n", "file.delimiter", "is not one character"),
        (PLAIN + "[[refuse]]\nvalue = '{A}'\n", "refuse[0].matches", "is missing"),
        (PLAIN + "[group]\n", "group.by", "is missing"),
    ],
)
def test_a_mistake_in_a_map_names_its_key_and_a_remedy(mistake, map_text, key, problem):
    found_key, found_problem = mistake(map_text)
    assert found_key == key
    assert problem in found_problem


def test_a_column_that_the_file_does_not_have_is_a_mistake_of_the_map(outcome):
    with pytest.raises(InvalidMapping) as refused:
        outcome(PLAIN, "code,Title\na,Cup\n")
    assert refused.value.key == "product.id"
    assert refused.value.problem.startswith(
        "column 'Code' is not in file.csv; did you mean 'code'?"
    )


@pytest.mark.parametrize(
    ("name", "written", "problem"),
    [
        ("file.csv", b"", "names no columns"),
        ("file.csv", b"Code,Code\n", "two columns are called 'Code'"),
        ("file.xls", b"x", "set file.form"),
    ],
)
def test_a_file_that_can_not_be_read_at_all_says_why(outcome, name, written, problem):
    with pytest.raises(UnreadableFile) as refused:
        outcome(PLAIN, written, name)
    assert problem in str(refused.value)


def test_a_file_that_was_cut_off_says_so(outcome, tmp_path):
    outcome(PLAIN, "Code,Name\na,Cup\n")
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"Code,Name\na,Cup\n" * 99)[:-9])
    with pytest.raises(UnreadableFile, match="cut off"):
        list(read_rows(path, load_mapping(tmp_path / "map.toml")))
