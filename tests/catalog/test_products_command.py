"""``rackhouse products``: what it prints, and the exit code that says whether it could be done."""

import os

import msgspec
import pytest
from click.testing import CliRunner
from making import a_draft, fresh

from rackhouse.catalog import create_product
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
        return CliRunner(env=environment).invoke(command_line, ["products", *arguments])

    return run


@pytest.fixture
async def product(own):
    """A product in the catalog of that house."""
    return await create_product(context=own, draft=a_draft())


def test_a_product_is_scheduled_listed_archived_and_restored(run, product):
    told = run("schedule", product.id, "2035-05-01T10:00:00Z")
    assert told.exit_code == 0, told.output
    assert "is scheduled until 2035-05-01T10:00:00+00:00." in told.output
    listed = msgspec.json.decode(run("list", "--state", "scheduled", "--json").stdout)
    assert product.id in [each["id"] for each in listed]
    assert "is live." in run("schedule", product.id, "now").output
    assert "is archived." in run("archive", product.id).output
    compared = run("compare", product.id, "1", "4").output
    assert compared == 'stage: "live" -> "archived"\n'
    assert "is live." in run("restore", product.id, "1", "--with-life").output
    history = run("history", product.id).output.splitlines()
    assert len(history) == 5
    assert history[0].endswith("Tumbler (restored from version 1)")
    shown = msgspec.json.decode(run("show", product.id).stdout)
    assert (shown["version"], shown["state"]) == (5, "live")


def test_what_can_not_be_done_is_told_without_a_traceback(run, product):
    for arguments in (
        ("show", fresh()),
        ("history", fresh()),
        ("compare", product.id, "1", "9"),
        ("schedule", product.id, "soon"),
        ("restore", product.id, "9"),
    ):
        told = run(*arguments)
        assert told.exit_code != 0
        assert "Traceback" not in told.output
