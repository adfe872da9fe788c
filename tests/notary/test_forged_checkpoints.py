"""Checkpoints that were forged, altered or removed are found out."""

import msgspec
import pytest
from forged_checkpoints import FORGER, forged, kid_of, newest, replace_jws
from tampered_towns import NEWEST, Town, alter, hold, recompute

from rackhouse.notary import (
    sign_checkpoints,
)


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
