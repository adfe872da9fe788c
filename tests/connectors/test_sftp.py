"""A marketplace that exchanges CSV files, over a real SFTP server on the loopback."""

import contextlib
import os
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
import msgspec
import pytest
from connected import TRIES_LIMIT, Connected, assert_both_agree

from houses import context_of, shop_in
from rackhouse.connectors import (
    Adapters,
    ChannelNotReached,
    check_connection,
    open_connection,
    poll_connection,
)
from rackhouse.connectors.sftp.adapter import SftpSettings, refuse
from rackhouse.connectors.sftp.files import Form, UnreadableFile, items_of, orders_of
from rackhouse.platform.house import House
from rackhouse.simulators import NONE, Faults
from rackhouse.simulators.sftp import SftpMarketSimulator, serving_sftp

UTF_8 = Form("utf-8", ",")
HEADER = "order,line,sku,quantity,status,sold_at\r\n"
PASSWORD = "canary-sftp-3f9a"


@contextlib.asynccontextmanager
async def exchanging(
    house: House, folder: Path, faults: Faults = NONE, *, units: int = 20, **settings: Any
) -> AsyncIterator[Connected]:
    """A shop with stock, and a marketplace that exchanges files with it, at rest."""
    context = context_of(house)
    shop = await shop_in(context, skus=2)
    simulator: Any = SftpMarketSimulator(folder, password=PASSWORD, faults=faults)
    for sku in shop.skus:
        await shop.receive(sku, units)
        simulator.shop.add_item(sku)
    simulator.write_catalog()
    os.utime(folder / "catalog/items.csv", (1, 1))
    async with serving_sftp(simulator) as port:
        connection = await open_connection(
            context=context,
            connection_id=f"files-{uuid.uuid4().hex[:10]}",
            channel=shop.channel,
            adapter="sftp",
            name="Files",
            settings={
                "host": "127.0.0.1",
                "port": port,
                "user": "rackhouse",
                "host_key": simulator.public_key,
                **settings,
            },
            secrets={"password": PASSWORD},
            enabled=True,
        )
        both = Connected(shop, simulator, connection)
        for _ in range(TRIES_LIMIT):
            await both.tend()
            await both.deliver()
            if all(simulator.shop.figure(sku) == units for sku in shop.skus):
                break
        yield both


async def poll(both: Connected) -> int:
    return await poll_connection(context=both.context, connection_id=both.connection.id)


def row(both: Connected, order: str, **facts: Any) -> str:
    told = {
        "line": "1",
        "sku": both.shop.sku,
        "quantity": 1,
        "status": "open",
        "sold_at": "2035-01-01T00:00:00Z",
        **facts,
    }
    return ",".join([order, *map(str, told.values())]) + "\r\n"


@pytest.mark.parametrize("seed", [1, 2])
async def test_both_sides_agree_after_a_stretch_of_life_on_a_bad_line(
    house: House, tmp_path: Path, seed: int
) -> None:
    faults = Faults(duplicates=0.1, reorderings=0.1, failures=0.05, seed=seed)
    async with exchanging(house, tmp_path, faults) as both:
        await live(both, seed)
        await both.settle()
        await assert_both_agree(both)
        assert not [*(tmp_path / "orders").iterdir()]


async def live(both: Connected, seed: int) -> None:
    import random

    from rackhouse.simulators import SoldOut

    luck, theirs = random.Random(seed), both.simulator.shop
    for _ in range(40):
        orders = [each for each in theirs.orders.values() if each.cancelled_at is None]
        sku = luck.choice(both.shop.skus)
        match luck.choice(["sell"] * 4 + ["ship", "cancel", "come", "tend"]):
            case "sell":
                with contextlib.suppress(SoldOut):
                    theirs.sell((sku, luck.randint(1, 2)))
            case "ship" if orders:
                theirs.ship(luck.choice(orders).id)
            case "cancel" if orders:
                theirs.cancel(luck.choice(orders).id)
            case "come":
                await both.shop.receive(sku, luck.randint(1, 5))
            case "tend":
                await both.deliver()
                await both.tend()


async def test_a_file_is_taken_in_once_acknowledged_and_archived(
    house: House, tmp_path: Path
) -> None:
    async with exchanging(house, tmp_path) as both:
        simulator: Any = both.simulator
        content = (HEADER + row(both, "A-1", quantity=2)).encode()
        simulator.drop("first.csv", content)
        assert await poll(both) == 1
        await both.tend()
        assert [each.external_id for each in await both.orders()] == ["A-1"]
        assert not [*(tmp_path / "orders").iterdir()]
        (archived,) = (tmp_path / "archive").iterdir()
        assert archived.read_bytes() == content
        (acknowledged,) = (tmp_path / "acks").iterdir()
        assert acknowledged.read_text().splitlines() == ["order,status,problem", "A-1,accepted,"]
        # The same file again is put away unread; another content under the same name is read.
        simulator.drop("first.csv", content)
        assert await poll(both) == 0
        simulator.drop("first.csv", (HEADER + row(both, "A-2")).encode())
        assert await poll(both) == 1
        assert len([*(tmp_path / "archive").iterdir()]) == 2


@pytest.mark.parametrize("hasty", [False, True])
async def test_whoever_is_killed_before_an_order_is_kept_reads_its_file_again(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasty: bool
) -> None:
    """And an adapter that archives a file as soon as it was read loses the order."""
    real = house.the(Adapters).named("sftp")

    async def at_once(remote: Any, since: Any, cursor: Any) -> Any:
        page = await real.sales(remote, since, cursor)
        if page.cursor is not None:
            await real.sales(remote, since, page.cursor)
        return page

    async def killed(*_: Any) -> None:
        raise ConnectionAbortedError

    async with exchanging(house, tmp_path) as both:
        simulator: Any = both.simulator
        simulator.drop("one.csv", (HEADER + row(both, "K-1")).encode())
        if hasty:
            faulty = msgspec.structs.replace(real, sales=at_once)
            monkeypatch.setattr(Adapters, "named", lambda self, name: faulty)
        with monkeypatch.context() as patched, pytest.raises(ConnectionAbortedError):
            patched.setattr("rackhouse.connectors.polling.take_facts", killed)
            await poll(both)
        await poll(both)
        await both.tend()
        assert [each.external_id for each in await both.orders()] == ([] if hasty else ["K-1"])


async def test_rows_that_can_not_be_read_are_reported_and_the_others_taken(
    house: House, tmp_path: Path
) -> None:
    async with exchanging(house, tmp_path) as both:
        simulator: Any = both.simulator
        text = HEADER + row(both, "B-1") + row(both, "B-2", quantity="many")
        simulator.drop("mixed.csv", (text + row(both, "B-2", line="2")).encode())
        simulator.drop("broken.csv", b"\xff\xfe nothing")
        assert await poll(both) == 1
        await both.tend()
        assert [each.external_id for each in await both.orders()] == ["B-1"]
        found = (tmp_path / "errors").glob("*.csv.*.csv")
        reports = {each.name.split(".")[0]: each for each in found}
        assert "3,B-2,quantity 'many' is not 1 to 100000" in reports["mixed"].read_text()
        assert "it is not in utf-8" in reports["broken"].read_text()
        (acknowledged,) = (tmp_path / "acks").iterdir()
        assert "B-2,rejected,quantity 'many'" in acknowledged.read_text()
        assert not [*(tmp_path / "orders").iterdir()]


async def test_a_file_that_is_being_written_is_left_alone(house: House, tmp_path: Path) -> None:
    async with exchanging(house, tmp_path, settled_seconds=60) as both:
        orders = tmp_path / "orders"
        content = (HEADER + row(both, "C-1")).encode()
        for name in ("still.csv", "half.csv.part", ".hidden.csv"):
            (orders / name).write_bytes(content)
        old = time.time() - 3600
        os.utime(orders / "half.csv.part", (old, old))
        assert await poll(both) == 0
        assert len([*orders.iterdir()]) == 3
        os.utime(orders / "still.csv", (old, old))
        assert await poll(both) == 1
        assert sorted(each.name for each in orders.iterdir()) == [".hidden.csv", "half.csv.part"]


async def test_stock_files_are_whole_as_soon_as_they_have_their_name(
    house: House, tmp_path: Path
) -> None:
    async with exchanging(house, tmp_path) as both:
        simulator: Any = both.simulator
        await both.shop.receive(both.shop.sku, 5)
        await both.tend_figures_once()
        (stock,) = (tmp_path / "stock").iterdir()
        assert stock.name.startswith("stock-")
        assert stock.read_text("utf-8").splitlines() == ["item,quantity", f"{both.shop.sku},25"]
        await both.deliver()
        assert simulator.shop.figure(both.shop.sku) == 25


async def test_a_server_with_another_host_key_is_not_spoken_to(
    house: House, tmp_path: Path
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    async with exchanging(house, tmp_path) as both:
        await both.tend()
        simulator: Any = both.simulator
        async with serving_sftp(simulator) as port:
            connection = await open_connection(
                context=both.context,
                connection_id=f"other-{uuid.uuid4().hex[:10]}",
                channel=both.shop.channel,
                adapter="sftp",
                name="Another",
                settings={
                    "host": "127.0.0.1",
                    "port": port,
                    "user": "rackhouse",
                    "host_key": " ".join(other.split()[:2]),
                },
                secrets={"password": PASSWORD},
                enabled=True,
            )
            with pytest.raises(ChannelNotReached, match="host key") as refused:
                await check_connection(context=both.context, connection_id=connection.id)
            assert PASSWORD not in str(refused.value)


async def test_a_wrong_password_does_not_let_us_in_and_is_not_told(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with exchanging(house, tmp_path) as both:
        simulator: Any = both.simulator
        standing = await check_connection(context=both.context, connection_id=both.connection.id)
        assert standing.account == "rackhouse at 127.0.0.1"
        simulator.password = "another"
        with pytest.raises(ChannelNotReached, match="does not let us in"):
            await check_connection(context=both.context, connection_id=both.connection.id)
        assert PASSWORD not in caplog.text


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"host_key": "ssh-ed25519 AAAA"}, "host_key: write a key"),
        ({"encoding": "klingon"}, "encoding: there is no klingon"),
        ({"folder": "a/../.."}, "folder: leave out"),
    ],
)
def test_settings_that_can_not_be_meant_are_refused(settings: dict[str, str], problem: str) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    usual = {"host": "x.example", "user": "us", "host_key": " ".join(key.split()[:2])}
    refuse(SftpSettings(**usual))
    with pytest.raises(ValueError, match=problem):
        refuse(SftpSettings(**{**usual, **settings}))


def order_row(**facts: str) -> bytes:
    usual = {
        "order": "1",
        "line": "1",
        "sku": "A",
        "quantity": "2",
        "status": "open",
        "sold_at": "2026-11-01T10:00:00+01:00",
    }
    return (HEADER + ",".join({**usual, **facts}.values())).encode()


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"order": ""}, "order is empty"),
        ({"sku": " "}, "both needed"),
        ({"quantity": "0"}, "is not 1 to"),
        ({"quantity": "-1"}, "is not 1 to"),
        ({"quantity": "²"}, "is not 1 to"),
        ({"quantity": "1000000"}, "is not 1 to"),
        ({"status": "maybe"}, "is none of open, shipped, cancelled"),
        ({"sold_at": "yesterday"}, "ISO 8601"),
        ({"sold_at": "2026-11-01T10:00:00"}, "offset"),
    ],
)
def test_a_bad_row_is_told_with_its_problem(facts: dict[str, str], problem: str) -> None:
    found = orders_of(order_row(**facts), UTF_8)
    assert found.sales == ()
    assert problem in found.bad[0].problem


def test_a_line_that_comes_twice_in_a_file_spoils_its_order_only() -> None:
    other = order_row(order="2").split(b"\r\n")[1]
    content = order_row() + b"\r\n" + order_row().split(b"\r\n")[1] + b"\r\n" + other
    found = orders_of(content, UTF_8)
    assert [sale.id for sale in found.sales] == ["2"]


@pytest.mark.parametrize(
    "form", [Form("cp1252", ";"), Form("utf-16", "\t"), Form("utf-8-sig", "|")]
)
def test_files_are_read_in_their_own_encoding_and_with_their_own_delimiter(form: Form) -> None:
    text = "item,sku,name,more\r\n7,A-1,Häuser & Söhne,x\r\n".replace(",", form.delimiter)
    (item,) = items_of(text.encode(form.encoding), form)
    assert (item.id, item.sku, item.name) == ("7", "A-1", "Häuser & Söhne")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"order;line;sku", "header lacks"),
        (b"", "header lacks"),
        (b"\xff", "not in utf-8"),
        ((HEADER + '"open').encode(), "unexpected end"),
    ],
)
def test_a_file_that_can_not_be_read_is_told(content: bytes, problem: str) -> None:
    with pytest.raises(UnreadableFile, match=problem):
        orders_of(content, UTF_8)
