"""The commands that do one thing: what they print, and how they refuse."""

import json
import re

import psycopg
import pytest
from click.testing import CliRunner
from rackhouse_program import rackhouse

from houses import fresh_database
from rackhouse.cli.command_line import COMMANDS, command_line
from rackhouse.platform.environment import describe_settings


@pytest.fixture(scope="module")
def place(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a house of its own."""
    return {
        "database_url": fresh_database(server_url),
        "data": tmp_path_factory.mktemp("house"),
    }


@pytest.fixture(scope="module")
def url(place: dict[str, object]) -> str:
    """Where that house's database is."""
    return str(place["database_url"])


def test_a_new_database_is_brought_up_to_date_once(place: dict[str, object]) -> None:
    first = json.loads(rackhouse("migrate", "--json", **place).stdout)
    assert {name.partition("/")[0] for name in first} >= {"platform", "inventory", "orders", "jobs"}
    assert json.loads(rackhouse("migrate", "--json", **place).stdout) == []


def test_a_token_is_all_that_is_printed(place: dict[str, object]) -> None:
    answer = rackhouse("token", "--role", "operator", "--ttl-seconds", "60", **place)
    assert answer.returncode == 0
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", answer.stdout)
    assert answer.stderr == ""


def test_a_refusal_is_a_sentence_and_no_traceback(place: dict[str, object]) -> None:
    answer = rackhouse("token", "--role", "emperor", **place)
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("rackhouse: ")
    assert "emperor" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_client_is_added_listed_and_disabled(place: dict[str, object]) -> None:
    added = json.loads(
        rackhouse("client", "add", "Till 3", "--role", "operator", "--json", **place).stdout
    )
    assert added["client_secret"]
    assert rackhouse("client", "disable", added["client_id"], **place).returncode == 0
    listed = json.loads(rackhouse("client", "list", "--json", **place).stdout)
    (client,) = [each for each in listed if each["client_id"] == added["client_id"]]
    assert client["disabled_at"] is not None
    assert "client_secret" not in client


def test_a_sign_in_link_names_the_console(place: dict[str, object]) -> None:
    answer = rackhouse("signin", public_url="https://stock.example", **place)
    assert re.fullmatch(r"https://stock\.example/signin\?code=\S+\n", answer.stdout)


def test_settings_are_shown_with_their_secrets_masked() -> None:
    answer = rackhouse(
        "settings",
        "--json",
        database_url="postgresql://me:hunter2@db.example/shop",
        database_url__catalog="postgresql://me:hunter3@db.example/catalog",
        secret_key="aHVudGVyNA==",
        port=9090,
    )
    assert answer.returncode == 0
    assert "hunter" not in answer.stdout
    assert "aHVudGVyNA" not in answer.stdout
    shown = {each["variable"]: each for each in json.loads(answer.stdout)}
    assert shown.keys() == {each.variable for each in describe_settings()}
    assert shown["RACKHOUSE_PORT"]["value"] == "9090"
    assert shown["RACKHOUSE_PORT"]["default"] == "8080"
    assert shown["RACKHOUSE_DATABASE_URL"]["value"].endswith("@db.example/shop")


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"prot": 1}, "RACKHOUSE_PROT is not a setting"), ({"port": "high"}, "RACKHOUSE_PORT")],
    ids=["unknown", "out of bounds"],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], words: str) -> None:
    answer = rackhouse("settings", **settings)
    assert answer.returncode == 2
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_module_that_does_not_exist_can_not_be_served(place: dict[str, object]) -> None:
    answer = rackhouse("serve", "--modules", "inventory,cellar", **place)
    assert answer.returncode == 2
    assert "'cellar'" in answer.stderr


def test_a_figure_that_no_event_explains_is_found_and_rebuilt(
    place: dict[str, object], url: str
) -> None:
    assert rackhouse("rebuild", "--verify", **place).returncode == 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "insert into inventory.stock (sku, location, on_hand, held, committed, version)"
            " values ('GHOST', 'nowhere', 7, 0, 0, 0)"
        )
    answer = rackhouse("rebuild", "--verify", "--json", **place)
    assert answer.returncode == 1
    assert [each["sku"] for each in json.loads(answer.stdout)["discrepancies"]] == ["GHOST"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    answer = CliRunner().invoke(command_line, [command, "--help"], prog_name="rackhouse")
    assert answer.exit_code == 0
    assert "Usage: rackhouse" in answer.output


def test_the_overview_names_every_command() -> None:
    answer = rackhouse("--help")
    assert all(f"\n  {command} " in answer.stdout for command in COMMANDS)
