"""Checkpoints: signed on time, each building on the one before, readable, and hard to forge."""

import asyncio
import datetime
import json
from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
import pytest
from joserfc import jws
from joserfc.jwk import OKPKey
from tampered_towns import NEWEST, Town, alter, hold, recompute

from houses import context_of
from rackhouse.identity import permissions_of, read_statement, rotate_signing_key
from rackhouse.identity.signatures import ONE_ALGORITHM
from rackhouse.notary import (
    Checkpoint,
    CheckpointNotFound,
    LogUnknown,
    SavedCheckpoint,
    SavedCheckpointUnreadable,
    VerificationUnderWay,
    checkpoint_of,
    checkpoint_page,
    latest_checkpoints,
    read_saved_checkpoints,
    sign_checkpoints,
    sign_due_checkpoints,
)
from rackhouse.notary.events import LOG
from rackhouse.notary.signing import CHECKPOINT
from rackhouse.platform.context import PermissionMissing
from rackhouse.platform.events import START, Position

FORGER = OKPKey.generate_key("Ed25519")


async def newest(town: Town, log: str = "inventory") -> Checkpoint:
    found = {each.log: each for each in await latest_checkpoints(context=town.context)}
    return found[log]


async def document(town: Town, log: str = "inventory") -> str:
    """A checkpoint as somebody saves it: the JWS and all heads."""
    checkpoint = await newest(town, log)
    found = await checkpoint_of(
        context=town.context, checkpoint_id=checkpoint.id, after="", limit=1000
    )
    heads = [{"stream": x.stream, "version": x.version, "hash": x.hash.hex()} for x in found.heads]
    return json.dumps({"jws": checkpoint.jws, "heads": heads})


async def saved(town: Town, text: str) -> SavedCheckpoint:
    (read,) = await read_saved_checkpoints(house=town.house, text=text)
    return read


def forged(checkpoint: Checkpoint, kid: str, **said: object) -> str:
    """What somebody signs who has not our key."""
    payload = json.dumps({**json.loads(checkpoint.payload("forger")), **said})
    header = {"alg": "EdDSA", "typ": CHECKPOINT, "kid": kid}
    return jws.serialize_compact(header, payload, FORGER, registry=ONE_ALGORITHM)


def kid_of(town: Town) -> str:
    ((kid,),) = town.ask("select kid from identity.signing_key")
    return str(kid)


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


async def test_a_checkpoint_signed_with_another_key_is_forged(town: Town) -> None:
    checkpoint = await newest(town)
    for kid in (kid_of(town), FORGER.thumbprint(), "no key"):
        replace_jws(town, forged(checkpoint, kid))
        (finding,) = (await town.verify()).findings
        assert finding.kind == "forged"
        assert "inventory-1" in finding.finding


@pytest.mark.parametrize("vouch", [None, b"made up"])
async def test_somebody_with_the_database_alone_can_not_pass_off_a_key_as_ours(
    town: Town, vouch: bytes | None
) -> None:
    """They rewrite the chain, sign the checkpoint anew, and say that the key was ours once."""
    checkpoint = await newest(town)
    alter(town, 4)
    recompute(town, 4, NEWEST)
    public = msgspec.json.encode(FORGER.as_dict(private=False)).decode()
    town.tamper(
        "insert into identity.signing_key "
        "values (0, %(kid)s, %(public)s, null, now(), now(), %(vouch)s)",
        kid=FORGER.thumbprint(),
        public=public,
        vouch=vouch,
    )
    replace_jws(town, forged(checkpoint, FORGER.thumbprint()))
    kinds = [kind for _, _, kind in await town.found(log="inventory")]
    assert kinds == ["forged"]


async def test_a_checkpoint_that_was_moved_to_another_place_is_found(town: Town) -> None:
    catalog = await newest(town, "catalog")
    replace_jws(town, catalog.jws)
    assert (None, None, "altered") in await town.found()


@pytest.mark.parametrize(
    "change",
    ["events = events + 1", "position = '1-1'", "root = sha256(root)", "signed_at = now()"],
)
async def test_a_checkpoint_whose_row_was_altered_is_found(town: Town, change: str) -> None:
    town.tamper(f"update notary.checkpoint set {change} where log = 'inventory'")
    found = await town.verify()
    assert [each.kind for each in found.findings][:1] == ["altered"]
    assert "inventory-1" in found.findings[0].finding


@pytest.mark.parametrize(
    "statement",
    [
        "update notary.head set version = version - 1",
        "update notary.head set hash = sha256(hash)",
        "delete from notary.head",
    ],
)
async def test_heads_that_were_altered_are_found(town: Town, statement: str) -> None:
    assert town.tamper(f"{statement} where log = 'inventory' and stream = %(s)s") == 1
    (finding,) = (await town.verify()).findings
    assert finding.finding == "the heads of checkpoint inventory-1 were altered"


async def test_a_checkpoint_that_was_removed_is_missed(town: Town) -> None:
    for _ in range(3):
        await hold(town.shop)
        await sign_checkpoints(context=town.context, log="inventory")
    for number, words in ((2, "inventory-2 is gone"), (3, "inventory-2 to inventory-3 are gone")):
        town.tamper("delete from notary.checkpoint where number = %(number)s", number=number)
        (finding,) = (await town.verify(log="inventory")).findings
        assert (finding.kind, words in finding.finding) == ("removed", True)


async def test_the_newest_checkpoint_that_was_removed_is_missed_by_the_notarys_own_log(
    town: Town,
) -> None:
    town.tamper("delete from notary.checkpoint where log = 'inventory'")
    found = (await town.verify()).findings
    assert [each.finding for each in found] == ["checkpoint inventory-1 is gone"]


async def test_a_saved_checkpoint_fits_the_log_that_it_was_saved_from(town: Town) -> None:
    texts = [await document(town), (await newest(town)).jws, await document(town, "catalog")]
    await hold(town.shop)
    await sign_checkpoints(context=town.context, log=None)
    kept = [await saved(town, text) for text in texts]
    assert [len(each.heads) > 0 for each in kept] == [True, False, True]
    assert await town.found(saved=kept) == []


async def test_the_checkpoints_of_all_logs_can_be_saved_together(town: Town) -> None:
    latest = await latest_checkpoints(context=town.context)
    text = json.dumps({"items": [{"jws": each.jws} for each in latest]})
    kept = await read_saved_checkpoints(house=town.house, text=text)
    assert [each.checkpoint for each in kept] == latest
    assert await town.found(saved=kept) == []


async def test_a_saved_checkpoint_finds_what_somebody_with_all_keys_did(town: Town) -> None:
    """They rewrite the chain and let the service itself sign everything anew."""
    text, bare = await document(town), (await newest(town)).jws
    alter(town, 4)
    recompute(town, 4, NEWEST)
    town.tamper("delete from notary.checkpoint")
    town.tamper("delete from notary.head")
    town.tamper("delete from notary.event")
    await sign_checkpoints(context=town.context, log=None)
    assert await town.found() == []
    changed = (None, None, "altered")
    assert await town.found(saved=[await saved(town, bare)]) == [changed]
    assert await town.found(saved=[await saved(town, text)]) == [
        changed,
        (town.stream, NEWEST, "altered"),
    ]


async def test_a_saved_checkpoint_finds_that_everything_since_is_gone(town: Town) -> None:
    await hold(town.shop)
    await sign_checkpoints(context=town.context, log="inventory")
    text = await document(town)
    town.tamper("delete from inventory.event where stream = %(s)s and version = 11")
    town.tamper("delete from notary.checkpoint where log = 'inventory' and number = 2")
    assert await town.found(log="inventory", saved=[await saved(town, text)]) == [
        (None, None, "removed"),
        (town.stream, NEWEST + 1, "removed"),
    ]


async def test_a_saved_checkpoint_that_we_did_not_sign_is_forged(town: Town) -> None:
    text = forged(await newest(town), kid_of(town))
    assert await town.found(saved=[await saved(town, text)]) == [(None, None, "forged")]


async def test_part_of_the_heads_proves_nothing_and_is_left_out(town: Town) -> None:
    whole = json.loads(await document(town))
    kept = await saved(town, json.dumps({**whole, "heads": whole["heads"][:1]}))
    assert kept.heads == ()
    whole["heads"][0]["version"] += 1
    with pytest.raises(SavedCheckpointUnreadable, match="not the ones that were signed"):
        await saved(town, json.dumps(whole))


@pytest.mark.parametrize(
    "text",
    ["", "a.b", "a.b.c", "{}", '{"jws": 1}', "{", "a.e30.c", '{"jws":"a.e30.c"}', '{"items":1}'],
)
async def test_what_is_no_checkpoint_can_not_be_compared(town: Town, text: str) -> None:
    with pytest.raises(SavedCheckpointUnreadable):
        await saved(town, text)


async def test_a_saved_checkpoint_of_a_log_that_is_not_checked_is_refused(town: Town) -> None:
    kept = await saved(town, await document(town))
    with pytest.raises(LogUnknown):
        await town.verify(log="catalog", saved=[kept])


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


def replace_jws(town: Town, text: str) -> None:
    changed = town.tamper(
        "update notary.checkpoint set jws = %(text)s where log = 'inventory'", text=text
    )
    assert changed == 1


def _shop(town: Town) -> tuple[Any, ...]:
    return (town.shop.channel, town.shop.locations, town.shop.skus)
