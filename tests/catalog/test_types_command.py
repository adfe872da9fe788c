"""``rackhouse types``: what it prints, and the exit code that says whether it could be done."""

import os

import msgspec
import pytest
from click.testing import CliRunner
from making import a_draft
from type_making import LEAF, a_tea

from rackhouse.cli.command_line import command_line


@pytest.fixture
def run(own_house, own_settings, tmp_path):
    """Run a command on the house of its own."""
    environment = {
        **{name: None for name in os.environ if name.startswith("RACKHOUSE_")},
        "RACKHOUSE_DATABASE_URL": own_settings.database_url,
        "RACKHOUSE_DATA": str(tmp_path / "data"),
    }

    def run(*arguments):
        return CliRunner(env=environment).invoke(command_line, [*map(str, arguments)])

    return run


@pytest.fixture
def written(tmp_path):
    """Write something as JSON; answers the file."""

    def write(said, name="said.json"):
        path = tmp_path / name
        path.write_bytes(msgspec.json.encode(said) + b"\n")
        return path

    return write


def test_a_type_is_defined_shown_listed_changed_and_removed(run, written):
    draft = a_tea()
    defined = run("types", "define", written(draft))
    assert defined.exit_code == 0, defined.output
    shown = msgspec.json.decode(run("types", "show", draft["name"]).stdout)
    assert (shown["version"], shown["title"]) == (1, "Teas")
    assert f"/api/v1/{draft['collection']}" in run("types", "list").stdout
    names = [each["name"] for each in msgspec.json.decode(run("types", "list", "--json").stdout)]
    assert {draft["name"], "spirit"} <= set(names)
    changed = run("types", "change", draft["name"], written(shown | {"title": "More Teas"}))
    assert changed.stdout == f"{draft['name']} has version 2: 0 products, 0 of them converted.\n"
    assert run("types", "remove", draft["name"]).exit_code == 0
    gone = run("types", "show", draft["name"])
    assert (gone.exit_code, gone.stderr) == (
        1,
        f"rackhouse: There is no product type {draft['name']}.\n",
    )


def test_a_change_is_tried_refused_and_made(run, written):
    draft = a_tea()
    run("types", "define", written(draft))
    product = a_draft(type=draft["name"], attributes={"leaf": "a lot"})
    imported = run("import", written(product, "products.jsonl"))
    assert imported.exit_code == 0, imported.output
    change = {"definition": draft | {"attributes": [LEAF | {"kind": "number"}]}}
    tried = run("types", "change", draft["name"], written(change), "--dry-run")
    assert "1 products: 0 fit, 0 would be converted, 1 do not fit." in tried.stdout
    assert f"{product['id']}: attributes.leaf: 'a lot' is not a number" in tried.stdout
    refused = run("types", "change", draft["name"], written(change))
    assert refused.exit_code == 1
    assert f"{product['id']}: attributes.leaf: 'a lot' is not a number" in refused.stderr
    change |= {"on_misfit": "drop"}
    told = run("types", "change", draft["name"], written(change), "--dry-run", "--json")
    assert msgspec.json.decode(told.stdout)["converted"] == 1
    made = run("types", "change", draft["name"], written(change), "--json")
    assert msgspec.json.decode(made.stdout)["converted"] == 1


@pytest.mark.parametrize("wrong", ["no file", "no JSON", "a list", "an unknown policy"])
def test_what_can_not_be_read_is_told_in_a_sentence_with_exit_code_two(
    run, written, tmp_path, wrong
):
    path = tmp_path / "none.json"
    if wrong == "no JSON":
        path.write_text("{")
    elif wrong == "a list":
        path = written([])
    elif wrong == "an unknown policy":
        path = written({"definition": a_tea(), "on_misfit": "lose"})
    told = run("types", "change", "goods", path)
    assert (told.exit_code, "Traceback" in told.output) == (2, False)
    assert told.stderr.startswith("rackhouse: ")
