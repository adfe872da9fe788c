"""A house that was dumped and restored to a server that counts its transactions from the start."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
from rackhouse_program import rackhouse

from houses import context_of, migrated_database, shop_in
from old_towns import OldTown, catch_up, old_town
from rackhouse.inventory import audit_stock
from rackhouse.modules import MODULES
from rackhouse.notary import verify_logs
from rackhouse.platform.events import START, EventLog, statements
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.postgres import PostgresServer, binary_directory, start_postgres
from rackhouse.platform.settings import Settings
from rackhouse.platform.settling import EventsTooFarAhead, refuse_events_ahead, settle_events


@pytest.fixture
def new_server() -> Iterator[PostgresServer]:
    """A server that was made just now."""
    folder = Path(tempfile.mkdtemp(prefix="rackhouse-tests-"))
    folder.chmod(0o755)
    server = start_postgres(data_directory=folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def new_server_url(new_server: PostgresServer) -> str:
    """Where it is."""
    return new_server.url


def restore(from_url: str, to_url: str, folder: Path) -> None:
    """Dump a database and restore it elsewhere, as operators do."""
    dump = folder / "rackhouse.dump"
    programs = binary_directory()
    for command in (
        [programs / "pg_dump", "--format=custom", f"--file={dump}", from_url],
        [programs / "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={to_url}", dump],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr


def stock_log() -> EventLog:
    """The log of inventory."""
    (log,) = [each.event_log for each in MODULES if each.name == "inventory"]
    assert log is not None
    return log


async def test_a_restored_house_is_used_only_once_its_events_are_settled(
    server_url: str, new_server_url: str, tmp_path: Path
) -> None:
    async with old_town(server_url, tmp_path) as town:
        await town.archive()
        old_url = town.house.settings.database_url
        assert old_url is not None
        with psycopg.connect(old_url, autocommit=True) as connection:
            connection.execute(statements.BEGIN_TRANSACTIONS)
        await town.shops[0].receive(town.shops[0].sku, 2)
        await catch_up(town)
        known = await town.answers(every=9)
        restore(old_url, new_server_url, tmp_path)
    place: dict[str, object] = {"database_url": new_server_url, "data": tmp_path}

    refused = rackhouse("token", "--role", "operator", **place)
    assert refused.returncode == 1
    assert "Run `rackhouse settle` before anything else" in refused.stderr
    refused = rackhouse("serve", **place)
    assert (refused.returncode, "rackhouse settle" in refused.stderr) == (1, True)
    verified = rackhouse("verify", **place)
    assert verified.returncode == 1
    assert "a transaction that the database has not begun yet" in verified.stdout

    settled = rackhouse("settle", **place)
    assert settled.returncode == 0, settled.stderr
    assert "transactions to count" in settled.stderr
    assert rackhouse("settle", **place).stdout == (
        "Every event is settled; 0 transactions were counted past.\n"
    )
    assert rackhouse("verify", **place).returncode == 0
    assert rackhouse("rebuild", "--verify", **place).returncode == 0

    settings = msgspec.structs.replace(town.house.settings, database_url=new_server_url)
    async with House(settings, MODULES) as house:
        await goes_on(OldTown(house, town.shops, town.pasts), known)


async def goes_on(town: OldTown, known: list[object]) -> None:
    """Everything is as it was, and what happens now comes after it, for everybody."""
    assert await town.answers(every=9) == known
    before = await town.log()
    fresh = await shop_in(town.context, units=4)
    after = await town.log()
    assert after[: len(before)] == before
    assert {each.stream for each in after[len(before) :]} >= {f"{fresh.sku}@{fresh.location}"}
    await catch_up(town)
    report = await verify_logs(context=town.context, log=None, saved=[], seconds_limit=None)
    assert report.findings == [] and report.archived_events > 0
    audit = await audit_stock(context=town.context, progress=lambda _: None)
    assert audit.discrepancies == []


async def test_without_it_nobody_hears_of_the_restored_events(
    server_url: str, new_server_url: str, tmp_path: Path
) -> None:
    """The control: this is what the refusal is for."""
    settings = Settings(
        data=tmp_path, database_url=migrated_database(server_url), rate_limit_per_second=0
    )
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(statements.BEGIN_TRANSACTIONS)
    async with House(settings, MODULES) as house:
        await migrate(house)
        shop = await shop_in(context_of(house), units=4)
    restore(settings.database_url, new_server_url, tmp_path)
    settings = msgspec.structs.replace(settings, database_url=new_server_url)
    async with House(settings, MODULES) as house:
        async with house.database("inventory").reading() as tx:
            assert (await stock_log().read(tx, after=START)).events == []
        fresh = await shop_in(context_of(house), units=4)
        async with house.database("inventory").reading() as tx:
            heard = (await stock_log().read(tx, after=START)).events
        assert f"{fresh.sku}@{fresh.location}" in {each.stream for each in heard}
        assert f"{shop.sku}@{shop.location}" not in {each.stream for each in heard}


async def test_who_is_too_far_behind_gets_a_later_epoch(
    new_server: PostgresServer, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, database_url=new_server.url, rate_limit_per_second=0)
    newest = 9_000_000_000_000
    async with House(settings, MODULES) as house:
        await migrate(house)
        await shop_in(context_of(house), units=4)
        async with house.database("inventory").transaction() as tx:
            await tx.run(
                "update inventory.event set transaction_id = %(newest)s::text::xid8",
                {"newest": str(newest)},
            )
        with pytest.raises(EventsTooFarAhead, match="pg_resetwal --epoch"):
            await settle_events(house=house, progress=lambda *_: None)
    new_server.stop()
    reset_epoch(new_server, newest // 2**32 + 1)
    again = start_postgres(data_directory=new_server.data_directory)
    try:
        settings = msgspec.structs.replace(settings, database_url=again.url)
        async with House(settings, MODULES) as house:
            await refuse_events_ahead(house)
            shop = await shop_in(context_of(house), units=4)
            async with house.database("inventory").reading() as tx:
                heard = (await stock_log().read(tx, after=START)).events
        assert heard[0].position.transaction_id == newest
        assert heard[-1].stream == f"{shop.sku}@{shop.location}"
    finally:
        again.stop()


def reset_epoch(server: PostgresServer, epoch: int) -> None:
    """What the guide says, as the owner of the stopped cluster."""
    owner = server.cluster_directory.stat()
    other = {} if owner.st_uid == os.geteuid() else {"user": owner.st_uid, "group": owner.st_gid}
    done = subprocess.run(
        [server.bin_directory / "pg_resetwal", f"--epoch={epoch}", server.cluster_directory],
        capture_output=True,
        text=True,
        timeout=120,
        cwd="/",
        **other,
    )
    assert done.returncode == 0, done.stderr
