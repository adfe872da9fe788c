"""``rackhouse export`` and ``rackhouse import`` of what was exported: what they print, and their
exit codes."""

import gzip
import os

import msgspec
import pytest
from click.testing import CliRunner
from exchanging import a_draft

from rackhouse.cli.command_line import command_line


@pytest.fixture
def run(house_settings, own_house, tmp_path):
    """Run a command on a house of its own."""
    environment = {
        **{name: None for name in os.environ if name.startswith("RACKHOUSE_")},
        "RACKHOUSE_DATABASE_URL": house_settings.database_url,
        "RACKHOUSE_DATA": str(tmp_path / "data"),
    }

    def run(*arguments):
        return CliRunner(env=environment).invoke(command_line, [*map(str, arguments)])

    return run


@pytest.fixture
def file_with(tmp_path):
    """A JSONL file with some products."""

    def written(*drafts):
        path = tmp_path / "products.jsonl"
        path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in drafts))
        return path

    return written


def report_of(told):
    return msgspec.json.decode(told.stdout)


@pytest.mark.parametrize("name", ["all.csv.gz", "all.parquet"])
def test_an_exported_file_makes_no_difference(run, file_with, tmp_path, name):
    path = tmp_path / name
    assert run("import", file_with(a_draft(name="=1+1"))).exit_code == 0
    told = run("export", path)
    assert told.exit_code == 0, told.output
    assert "products were exported to" in told.stderr
    again = run("import", path, "--json")
    assert again.exit_code == 0, again.output
    report = report_of(again)
    assert report["unchanged"] == report["rows"] > 0
    assert sorted(each.name for each in tmp_path.glob(f"{name}*")) == (
        [name, f"{name}.head.json"] if ".csv" in name else [name]
    )
    assert path.read_bytes().startswith(b"\x1f\x8b") == name.endswith(".gz")


def test_standard_output_takes_an_export(run, file_with):
    draft = a_draft()
    run("import", file_with(draft))
    told = run("export", "-", "--type", "goods")
    lines = told.stdout_bytes.splitlines()
    assert b'"rackhouse_catalog"' in lines[0]
    assert draft["id"] in {msgspec.json.decode(each)["id"] for each in lines[1:]}


def test_a_dry_run_shows_what_would_change_line_by_line(run, file_with):
    draft = a_draft()
    run("import", file_with(draft))
    told = run("import", file_with(draft | {"name": "Goblet"}, a_draft()), "--dry-run")
    assert told.exit_code == 0
    assert "1 would be created, 1 would be changed, 0 unchanged, 0 would be removed" in told.stdout
    assert f'  changed {draft["id"]}\n    name: "Tumbler" -> "Goblet"\n' in told.stdout


def test_a_broken_line_is_named_with_file_line_field_and_remedy(run, file_with, tmp_path):
    path = file_with(a_draft(), a_draft(price_minor="12"))
    told = run("import", path, "--report", tmp_path / "report.json")
    assert told.exit_code == 1
    assert f"{path}:2: " in told.stderr
    assert "price_minor: '12' is not a whole number; write one such as 1" in told.stderr
    assert "1 rows are broken; nothing was imported." in told.stderr
    report = msgspec.json.decode((tmp_path / "report.json").read_bytes())
    assert (report["imported"], report["rows_bad"]) == (False, 1)
    told = run("import", path, "--skip-bad")
    assert (told.exit_code, "the rest was imported" in told.stderr) == (0, True)


UNUSABLE = {
    "no such file": ("import", "none.jsonl"),
    "no format": ("import", "none.xlsx"),
    "no format to write": ("export", "all.xlsx"),
    "no moment": ("export", "all.csv", "--since", "yesterday"),
    "a dry run by a map": ("import", "a.csv", "--map", "a.toml", "--dry-run"),
    "no folder": ("import", "a.csv", "--report", "nowhere/report.json"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_what_can_not_be_used_has_exit_code_two(run, case):
    told = run(*UNUSABLE[case])
    assert told.exit_code == 2
    assert told.stderr
    assert "Traceback" not in told.output


def test_an_export_that_fails_leaves_what_was_there(run, tmp_path):
    path = tmp_path / "all.jsonl.gz"
    path.write_bytes(gzip.compress(b"before"))
    told = run("export", path, "--type", "nothing")
    assert told.exit_code == 1
    assert "There is no product type nothing" in told.stderr
    assert gzip.decompress(path.read_bytes()) == b"before"
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == [path.name]
