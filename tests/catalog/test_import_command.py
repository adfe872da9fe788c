"""``rackhouse import``: what it prints, and the exit code that says whether it could be done."""

import os

import msgspec
import pytest
from click.testing import CliRunner
from making import a_draft

from rackhouse.cli.command_line import command_line

MAP = """
[product]
id = "{Code}"
type = "goods"
name = "{Name}"
"""


@pytest.fixture
def run(settings, tmp_path):
    """Run the command on the house of the tests."""
    environment = {
        **{name: None for name in os.environ if name.startswith("RACKHOUSE_")},
        "RACKHOUSE_DATABASE_URL": settings.database_url,
        "RACKHOUSE_DATA": str(tmp_path / "data"),
        **{
            f"RACKHOUSE_DATABASE_URL__{name.upper()}": url
            for name, url in settings.database_urls.items()
        },
    }

    def run(*arguments):
        return CliRunner(env=environment).invoke(command_line, ["import", *map(str, arguments)])

    return run


@pytest.fixture
def mapped(tmp_path):
    """A map and a CSV file with two rows, the second of which is bad."""
    map_path, path = tmp_path / "map.toml", tmp_path / "goods.csv"
    map_path.write_text(MAP)
    code = a_draft()["id"]
    path.write_text(f"Code,Name\n{code},Cup\nNo Code,Mug\n")
    return path, map_path


def test_rows_are_imported_once_and_bad_ones_are_named(run, mapped, tmp_path):
    path, map_path = mapped
    report_path = tmp_path / "report.json"
    told = run(path, "--map", map_path, "--report", report_path)
    assert told.exit_code == 0, told.output
    assert "2 rows in" in told.stdout
    assert "1 products created" in told.stdout
    report = msgspec.json.decode(report_path.read_bytes())
    assert [row["row_number"] for row in report["bad_rows"]] == [2]
    again = run(path, "--map", map_path, "--json")
    assert msgspec.json.decode(again.stdout)["unchanged"] == 1


def test_a_file_of_products_needs_no_map(run, tmp_path):
    path = tmp_path / "products.jsonl"
    path.write_bytes(msgspec.json.encode(a_draft()) + b"\n")
    report = msgspec.json.decode(run(path, "--json").stdout)
    assert (report["created"], report["rows_bad"]) == (1, 0)


@pytest.mark.parametrize("missing", ["file", "map", "column", "folder"])
def test_what_can_not_be_used_is_told_in_a_sentence_with_exit_code_two(
    run, mapped, tmp_path, missing
):
    path, map_path = mapped
    arguments = {
        "file": (tmp_path / "none.csv", "--map", map_path),
        "map": (path, "--map", tmp_path / "none.toml"),
        "column": (path, "--map", map_path),
        "folder": (path, "--map", map_path, "--report", tmp_path / "none" / "report.json"),
    }[missing]
    if missing == "column":
        path.write_text("Code,Title\na,Cup\n")
    told = run(*arguments)
    assert told.exit_code == 2
    assert told.stderr.startswith("rackhouse: ")
    assert "Traceback" not in told.output
