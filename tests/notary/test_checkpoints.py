"""Checkpoints: signed on time, each building on the one before, and readable for years."""

import asyncio
import datetime
import json
from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
import pytest
from forged_checkpoints import newest
from joserfc import jws
from joserfc.jwk import OKPKey
from tampered_towns import Town, hold

from houses import context_of, fresh_database, shop_in
from rackhouse.identity import permissions_of, read_statement, rotate_signing_key
from rackhouse.identity.signatures import ONE_ALGORITHM
from rackhouse.modules import MODULES
from rackhouse.notary import (
    CheckpointNotFound,
    LogUnknown,
    VerificationUnderWay,
    checkpoint_of,
    checkpoint_page,
    latest_checkpoints,
    sign_checkpoints,
    sign_due_checkpoints,
)
from rackhouse.notary.events import LOG
from rackhouse.notary.signing import CHECKPOINT
from rackhouse.platform.context import PermissionMissing
from rackhouse.platform.events import START, Position
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


async def test_a_checkpoint_is_signed_for_each_log_that_has_grown(town: Town) -> None:
    before = await newest(town)
    await hold(town.shop)
    await hold(town.shop)
    answered = {each.log: each for each in await sign_checkpoints(context=town.context, log=None)}
    after = answered["inventory"]
    assert (after.number, after.events, after.streams) == (2, before.events + 2, 1)
    assert after.previous_root == before.root
    assert answered["catalog"] == await newest(town, "catalog")
    assert answered["catalog"].number == 1
    payload = await read_statement(house=town.house, typ=CHECKPOINT, statement=after.jws)
    assert json.loads(payload)["root"] == after.root.hex()
    assert await town.found() == []


async def test_a_log_that_has_not_grown_gets_no_checkpoint(town: Town) -> None:
    first = await sign_checkpoints(context=town.context, log=None)
    again = await sign_checkpoints(context=town.context, log=None)
    assert first == again
    assert {each.log for each in again} >= {"inventory", "notary"}


async def test_one_log_alone_can_be_signed(town: Town) -> None:
    await hold(town.shop)
    (signed,) = await sign_checkpoints(context=town.context, log="inventory")
    assert signed.id == "inventory-2"
    with pytest.raises(LogUnknown):
        await sign_checkpoints(context=town.context, log="cellar")


async def test_a_checkpoint_is_an_event(town: Town) -> None:
    await hold(town.shop)
    (signed,) = await sign_checkpoints(context=town.context, log="inventory")
    async with town.house.database("notary").reading() as tx:
        events = (await LOG.read(tx, after=START)).events
    (event,) = [each for each in events if each.facts()["jws"] == signed.jws]
    assert (event.stream, event.version) == ("checkpoint:inventory", 2)
    facts = event.facts()
    assert (facts["root"], facts["number"]) == (signed.root.hex(), 2)
    assert (facts["events"], facts["position"]) == (signed.events, str(signed.position))


async def test_each_module_may_have_a_database_of_its_own(
    server_url: str, settings: Settings
) -> None:
    urls = {module.name: fresh_database(server_url) for module in MODULES}
    apart = msgspec.structs.replace(
        settings, database_url=fresh_database(server_url), database_urls=urls
    )
    async with House(apart, MODULES) as house:
        await migrate(house)
        shop = await shop_in(context_of(house), units=3)
        town = Town(house, shop, urls["inventory"])
        await hold(shop)
        answered = await sign_checkpoints(context=shop.context, log=None)
        assert {each.log for each in answered} >= {"catalog", "channels", "inventory", "notary"}
        assert await town.found() == []
        town.tamper("update inventory.event set actor = 'me' where stream = %(s)s and version = 2")
        assert await town.found() == [(town.stream, 2, "altered")]


async def test_processes_that_sign_at_once_make_one_checkpoint(
    open_town: Callable[..., Any], town: Town
) -> None:
    await hold(town.shop)
    other = msgspec.structs.replace(town.house.settings)
    async with type(town.house)(other, town.house.modules) as house:
        answers = await asyncio.gather(
            *(
                sign_checkpoints(context=context_of(each), log="inventory")
                for each in (town.house, house, town.house, house)
            )
        )
    assert {each.id for answer in answers for each in answer} == {"inventory-2"}
    assert await town.found() == []


async def test_what_is_too_much_for_one_checkpoint_makes_several(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rackhouse.notary.signing.EVENTS_LIMIT", 2)
    monkeypatch.setattr("rackhouse.notary.signing.PAGE_LIMIT", 2)
    monkeypatch.setattr("rackhouse.notary.signing.HEADS_A_STATEMENT_LIMIT", 1)
    by_a_day = """
        update notary.checkpoint set signed_at = signed_at + %(time)s
        where log = 'inventory' and number = 1
        """
    town.tamper(by_a_day, time=datetime.timedelta(days=-1))
    for _ in range(5):
        await hold(town.shop)
    await sign_due_checkpoints(context=town.context)
    assert (await newest(town)).number == 4
    town.tamper(by_a_day, time=datetime.timedelta(days=1))
    assert await town.found() == []


async def test_checkpoints_are_signed_when_they_are_due(open_town: Callable[..., Any]) -> None:
    town = await open_town(notary_every_seconds=3600)
    await hold(town.shop)
    assert await sign_due_checkpoints(context=town.context) == 0
    hourly = datetime.timedelta(seconds=3601)
    town.tamper("update notary.checkpoint set signed_at = signed_at - %(hourly)s", hourly=hourly)
    signed = await sign_due_checkpoints(context=town.context)
    assert signed == 2  # that of the inventory, and the notary's own, which names it
    assert (await newest(town)).id == "inventory-2"


async def test_checkpoints_are_listed_the_newest_first(town: Town) -> None:
    for _ in range(2):
        await hold(town.shop)
        await sign_checkpoints(context=town.context, log="inventory")
    listed = await checkpoint_page(context=town.context, log="inventory", before=None, limit=10)
    assert [each.number for each in listed] == [3, 2, 1]
    every = await checkpoint_page(context=town.context, log=None, before=None, limit=100)
    assert {each.log for each in every} >= {"inventory", "catalog", "identity"}


@pytest.mark.parametrize("name", ["inventory-9", "inventory-x", "inventory-01", "x-1", "1", "-1"])
async def test_a_checkpoint_that_does_not_exist_is_not_found(town: Town, name: str) -> None:
    with pytest.raises(CheckpointNotFound):
        await checkpoint_of(context=town.context, checkpoint_id=name, after="", limit=10)


async def test_a_checkpoint_shows_the_key_that_verifies_it(town: Town) -> None:
    checkpoint = await newest(town)
    found = await checkpoint_of(
        context=town.context, checkpoint_id=checkpoint.id, after="", limit=10
    )
    key = OKPKey.import_key(found.key)
    assert jws.deserialize_compact(checkpoint.jws, key, registry=ONE_ALGORITHM).payload
    assert "d" not in found.key
    assert [head.stream for head in found.heads] == sorted(head.stream for head in found.heads)
    assert town.stream in [head.stream for head in found.heads]


async def test_an_old_checkpoint_is_verified_when_its_key_was_replaced_long_ago(
    town: Town,
) -> None:
    admin = context_of(town.house, permissions=permissions_of(["admin"]))
    for _ in range(2):
        await rotate_signing_key(context=admin)
        await hold(town.shop)
        await sign_checkpoints(context=town.context, log=None)
    town.tamper(
        "update identity.signing_key set retired_at = retired_at - interval '3 years' "
        "where retired_at is not null"
    )
    async with type(town.house)(town.house.settings, town.house.modules) as house:
        fresh = Town(house, town.shop.__class__(house, context_of(house), *_shop(town)), town.url)
        assert await fresh.found() == []


async def test_one_verification_at_a_time_is_enough(town: Town) -> None:
    outcomes = await asyncio.gather(town.verify(), town.verify(), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, VerificationUnderWay)]
    assert len(refused) == 1
    assert await town.found() == []


async def test_who_may_not_sign_or_verify_is_refused(town: Town) -> None:
    channel = context_of(town.house, permissions=permissions_of(["channel"]))
    with pytest.raises(PermissionMissing):
        await sign_checkpoints(context=channel, log=None)
    auditor = context_of(town.house, permissions=permissions_of(["auditor"]))
    assert await latest_checkpoints(context=auditor)
    with pytest.raises(PermissionMissing):
        await sign_checkpoints(context=auditor, log=None)


async def test_a_checkpoint_waits_for_transactions_that_are_still_open(town: Town) -> None:
    with psycopg.connect(town.url) as open_one:
        open_one.execute("select pg_current_xact_id()")
        await hold(town.shop)
        (before,) = await sign_checkpoints(context=town.context, log="inventory")
    (after,) = await sign_checkpoints(context=town.context, log="inventory")
    assert (before.number, after.number) == (1, 2)
    assert before.position < after.position != Position(0, 0)


def _shop(town: Town) -> tuple[Any, ...]:
    return (town.shop.channel, town.shop.locations, town.shop.skus)
