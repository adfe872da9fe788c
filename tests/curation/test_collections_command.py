"""``rackhouse collections`` and ``rackhouse bundles``: what they print, and when they fail."""

import os

import msgspec
import pytest
from click.testing import CliRunner
from curating import a_bottle, a_mark

from houses import context_of
from rackhouse.cli.command_line import command_line


@pytest.fixture
def run(settings, tmp_path):
    """Run a command on the test house."""
    environment = {
        **{name: None for name in os.environ if name.startswith("RACKHOUSE_")},
        "RACKHOUSE_DATABASE_URL": settings.database_url,
        **{
            f"RACKHOUSE_DATABASE_URL__{name.upper()}": url
            for name, url in settings.database_urls.items()
        },
        "RACKHOUSE_DATA": str(tmp_path / "data"),
    }

    def run(*arguments):
        return CliRunner(env=environment).invoke(command_line, [*map(str, arguments)])

    return run


@pytest.fixture
def written(tmp_path):
    """Write something as JSON; answers the file."""

    def write(said):
        path = tmp_path / "said.json"
        path.write_bytes(msgspec.json.encode(said))
        return path

    return write


@pytest.fixture(scope="module")
async def bottle(house) -> str:
    """A bottle in the catalog."""
    return await a_bottle(context_of(house), a_mark(), "one")


def test_a_collection_is_made_listed_changed_and_removed(bottle, run, written):
    name = f"cli-{bottle}"
    made = run("collections", "create", name, written({"title": "One", "members": [bottle]}))
    assert made.exit_code == 0, made.output
    shown = msgspec.json.decode(made.stdout)
    assert shown["state"] == "open"
    assert f"{name:24}  open       1 by hand" in run("collections", "list").stdout
    assert bottle in run("collections", "products", name).stdout
    changed = run("collections", "change", name, written(shown | {"title": "Two"}))
    assert msgspec.json.decode(changed.stdout)["title"] == "Two"
    wrong = run("collections", "preview", written({"title": "T", "members": ["nothing"]}))
    assert (wrong.exit_code, "members[0]" in wrong.stderr) == (1, True)
    unknown = run("collections", "create", "x", written({"titel": "T"}))
    assert (unknown.exit_code, "titel" in unknown.stderr) == (2, True)
    assert run("collections", "remove", name).stdout == f"{name} is removed.\n"


def test_a_bundle_is_proposed_accepted_and_removed(bottle, run, written):
    name = f"b-{bottle}"
    said = {"name": "Two of it", "components": [{"sku": bottle.upper(), "quantity": 2}]}
    proposed = run("bundles", "propose", name, written(said))
    assert proposed.exit_code == 0, proposed.output
    assert "10000 EUR, 0 can be made" in proposed.stdout
    changed = run("bundles", "change", name, written(said | {"name": "A pair"}))
    assert f"{name}: A pair, proposed, version 2" in changed.stdout
    assert run("bundles", "accept", name, 2).stdout == f"{name} is open, in the catalog.\n"
    assert run("bundles", "remove", name).stdout == f"{name} is removed.\n"
