"""`rackhouse verify` on a house that two API processes have worked on."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from rackhouse_program import Running, passable_directory, rackhouse

from houses import fresh_database

BUYERS = 120

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(server_url: str) -> Iterator[dict[str, object]]:
    """The settings of a house of its own."""
    with passable_directory() as directory:
        yield {"database_url": fresh_database(server_url), "data": directory / "data"}


@pytest.fixture(scope="module")
def stream(place: dict[str, object]) -> str:
    """The stream of the stock for which buyers have raced, through two API processes."""
    sold = {"api_workers": 2, "demo": "false", **place}
    data = Path(str(sold.pop("data")))
    with Running(data, "up", **sold) as running:
        assert len(running.children("api")) == 2
        token = running.rackhouse("token", "--role", "admin").stdout.strip()
        asyncio.run(_race(f"http://127.0.0.1:{running.port}", token))
        signed = running.rackhouse("verify", "--json")
        assert signed.returncode == 0, signed.stdout + signed.stderr
    return "BOTTLE@cellar"


async def _race(url: str, token: str) -> None:
    """Everybody asks for one bottle at the same time, each over a connection of their own."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as shop:
        await _opened(shop)
        everybody = asyncio.Barrier(BUYERS)

        async def buy(number: int) -> int:
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as buyer:
                await everybody.wait()
                lines = [{"sku": "BOTTLE", "quantity": 1}]
                body = {"channel": "web", "lines": lines, "ttl_seconds": 600}
                answer = await buyer.post("/api/v1/holds", json=body)
                return answer.status_code

        statuses = await asyncio.gather(*map(buy, range(BUYERS)))
        assert set(statuses) == {201}
        (await shop.post("/api/v1/checkpoints")).raise_for_status()


async def _opened(shop: httpx.AsyncClient) -> None:
    product = {
        "id": "bottle",
        "type": "goods",
        "name": "Bottle",
        "attributes": {},
        "variants": [{"sku": "BOTTLE", "options": {}}],
    }
    location = {"id": "cellar", "name": "Cellar"}
    channel = {"id": "web", "name": "Web", "kind": "web_shop", "locations": ["cellar"]}
    receipt = {"location": "cellar", "lines": [{"sku": "BOTTLE", "quantity": BUYERS}]}
    for path, body in (
        ("/api/v1/products", product),
        ("/api/v1/locations", location),
        ("/api/v1/channels", channel),
        ("/api/v1/inventory/receive", receipt),
    ):
        answer = await shop.post(path, json=body)
        assert answer.is_success, answer.text


def tamper(place: dict[str, object], statement: str, stream: str) -> None:
    with psycopg.connect(str(place["database_url"]), autocommit=True) as connection:
        assert connection.execute(statement.encode(), {"stream": stream}).rowcount == 1


def test_a_sound_house_is_told_in_one_line(place: dict[str, object], stream: str) -> None:
    answer = rackhouse("verify", **place)
    assert answer.returncode == 0
    (line,) = answer.stdout.splitlines()
    assert line.endswith("every hash fits.")
    report = json.loads(rackhouse("verify", "--json", **place).stdout)
    assert report["findings"] == []
    (stock,) = [each for each in report["logs"] if each["log"] == "inventory"]
    assert stock["events"] == BUYERS + 2  # the location, the receipt, the holds
    assert f"{report['events']:,} events" in line


def test_a_checkpoint_that_was_saved_is_compared(
    place: dict[str, object], stream: str, tmp_path: Path
) -> None:
    with psycopg.connect(str(place["database_url"])) as connection:
        ((jws,),) = connection.execute(
            "select jws from notary.checkpoint where log = 'inventory' and number = 1"
        ).fetchall()
    saved = tmp_path / "inventory-1.jws"
    saved.write_text(jws + "\n")
    assert rackhouse("verify", "--checkpoint", str(saved), **place).returncode == 0
    forged = tmp_path / "forged.jws"
    head, payload, signature = jws.split(".")
    forged.write_text(".".join((head, payload, signature[::-1])))
    answer = rackhouse("verify", "--log", "inventory", "--checkpoint", str(forged), **place)
    assert answer.returncode == 1
    assert answer.stdout.startswith("inventory: forged: saved checkpoint inventory-1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--log", "cellar"), "there is no log cellar"),
        (("--checkpoint", "no such file"), "no such file"),
        (("--checkpoint", __file__), "is no checkpoint"),
    ],
    ids=["log", "missing file", "other file"],
)
def test_what_can_not_be_asked_is_refused(
    place: dict[str, object], arguments: tuple[str, str], words: str
) -> None:
    answer = rackhouse("verify", *arguments, **place)
    assert answer.returncode == 2
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_altered_event_is_told_and_the_exit_code_says_so(
    place: dict[str, object], stream: str
) -> None:
    tamper(
        place,
        "update inventory.event set actor = 'nobody' where stream = %(stream)s and version = 7",
        stream,
    )
    answer = rackhouse("verify", **place)
    assert answer.returncode == 1
    line, told = answer.stdout.splitlines()
    assert line.startswith("inventory BOTTLE@cellar event 7: altered: ")
    assert told.endswith("tampered with.")
    report = rackhouse("verify", "--json", **place)
    assert report.returncode == 1
    (finding,) = json.loads(report.stdout)["findings"]
    assert (finding["stream"], finding["version"], finding["kind"]) == (stream, 7, "altered")
