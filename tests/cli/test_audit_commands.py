"""`rackhouse audit`, `rackhouse cases` and `rackhouse count` on a house of its own."""

import json
from typing import Any

import psycopg
import pytest
from rackhouse_program import rackhouse

from houses import migrated_database


@pytest.fixture(scope="module")
def place(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a house of its own, with two bottles of gin in the cellar."""
    place: dict[str, object] = {
        "database_url": migrated_database(server_url),
        "data": tmp_path_factory.mktemp("house"),
    }
    gin = {
        "id": "gin",
        "type": "goods",
        "name": "Gin",
        "price_minor": 3000,
        "currency": "EUR",
        "attributes": {},
        "variants": [{"sku": "GIN-70"}],
    }
    file = tmp_path_factory.mktemp("files") / "products.jsonl"
    file.write_text(json.dumps(gin) + "\n")
    assert rackhouse("import", str(file), **place).returncode == 0
    with psycopg.connect(str(place["database_url"]), autocommit=True) as connection:
        connection.execute(
            "insert into inventory.location (id, name, kind, version, created_at)"
            " values ('cellar', 'Cellar', 'warehouse', 1, now())"
        )
    return place


def told(*arguments: str, status: int = 0, **place: object) -> Any:
    """What a command prints as JSON."""
    answer = rackhouse(*arguments, "--json", **place)
    assert answer.returncode == status, answer.stderr
    return json.loads(answer.stdout)


def test_a_count_is_opened_recorded_posted_and_shown(place: dict[str, object]) -> None:
    opened = told("count", "open", "cellar", "--sku", "GIN-70", **place)
    assert (opened["status"], opened["blind"], opened["lines"][0]["counted"]) == (
        "open",
        True,
        None,
    )
    recorded = told("count", "record", opened["id"], "GIN-70=2", **place)
    assert recorded["lines"][0]["expected"] is None
    refused = rackhouse("count", "post", opened["id"], **place)
    assert refused.returncode == 1 and "has no reason" in refused.stderr
    seen = told("count", "show", opened["id"], "--differences", **place)
    assert (seen["lines"][0]["expected"], seen["lines"][0]["difference"]) == (0, 2)
    posted = told("count", "post", opened["id"], "--reason", "found", **place)
    assert (posted["status"], posted["lines"][0]["posted_version"]) == ("posted", 1)
    shown = rackhouse("count", "show", opened["id"], **place)
    assert "GIN-70: 2 counted, 0 expected" in shown.stdout


def test_count_sheets_are_listed_and_given_up(place: dict[str, object]) -> None:
    opened = told("count", "open", "cellar", "--sku", "GIN-70", **place)
    cancelled = told("count", "cancel", opened["id"], "--reason", "rain", **place)
    assert cancelled["status"] == "cancelled"
    listed = told("count", "list", "--location", "cellar", "--status", "cancelled", **place)
    assert [each["id"] for each in listed] == [opened["id"]]
    shown = rackhouse("count", "list", **place)
    assert f"{opened['id']}  cancelled" in shown.stdout


def test_what_is_no_count_is_refused_in_words(place: dict[str, object]) -> None:
    answer = rackhouse("count", "record", "anything", "GIN-70", **place)
    assert answer.returncode == 2 and "SKU=7" in answer.stderr


def test_a_discrepancy_is_found_shown_and_accepted(place: dict[str, object]) -> None:
    assert told("audit", "--whole", "--fast", **place)["open_cases"] == []
    with psycopg.connect(str(place["database_url"]), autocommit=True) as connection:
        connection.execute("update inventory.stock set on_hand = on_hand + 5")
    (case,) = told("audit", "--fast", status=1, **place)["open_cases"]
    assert (case["kind"], case["sku"]) == ("stock_row", "GIN-70")
    shown = rackhouse("cases", "show", case["id"], **place)
    assert "2 on hand" in shown.stdout and "7 on hand" in shown.stdout
    assert "StockAdjusted" in shown.stdout
    assert [each["id"] for each in told("cases", "list", "--status", "open", **place)] == [
        case["id"]
    ]
    wrong = rackhouse(
        "cases", "edit", case["id"], "--correction", '{"action": "dance"}', "--reason", "x", **place
    )
    assert wrong.returncode == 2 and "dance" in wrong.stderr
    accepted = told("cases", "accept", case["id"], "--reason", "looked", **place)
    assert (accepted["status"], accepted["decided_by"]) == ("accepted", "service:cli")
    outcome = told("audit", "--fast", **place)
    assert (outcome["open_cases"], outcome["audit"]["opened"]) == ([], 0)
    late = rackhouse("cases", "reject", case["id"], "--reason", "no", **place)
    assert late.returncode == 1 and "accepted already" in late.stderr
