"""Checkpoints that were kept elsewhere find what the database alone does not show."""

import json

import pytest
from forged_checkpoints import document, forged, kid_of, newest, saved
from tampered_towns import NEWEST, Town, alter, hold, recompute

from rackhouse.notary import (
    LogUnknown,
    SavedCheckpointUnreadable,
    latest_checkpoints,
    read_saved_checkpoints,
    sign_checkpoints,
)


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
