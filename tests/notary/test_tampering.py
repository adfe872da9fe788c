"""Whoever changes a log behind the program's back is found out, and it is said where."""

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from tampered_towns import NEWEST, Town, alter, hold, recompute, remove

from rackhouse.inventory import audit_stock, receive_stock
from rackhouse.notary import sign_checkpoints
from rackhouse.platform.events import GENESIS, chained

NAMES = ("type", "data", "actor", "channel", "correlation_id", "at")


async def test_a_sound_house_gives_no_findings_and_says_what_was_checked(town: Town) -> None:
    verification = await town.verify()
    assert verification.findings == []
    assert verification.complete
    by_log = {each.log: each for each in verification.logs}
    assert by_log.keys() >= {"identity", "catalog", "channels", "inventory", "orders", "notary"}
    assert by_log["inventory"].events == NEWEST + 1
    assert by_log["inventory"].streams == 2
    assert by_log["inventory"].checkpoints == 1
    assert verification.events == sum(each.events for each in verification.logs)


@pytest.mark.parametrize(
    "change",
    [
        "data = jsonb_set(data::jsonb, '{quantity}', '900')::json",
        "data = data::jsonb::json",  # the same facts, written otherwise
        "actor = 'somebody else'",
        "channel = 'another'",
        "correlation_id = 'another'",
        "type = 'StockReturned'",
        "recorded_at = recorded_at - interval '1 microsecond'",
        "hash = sha256(hash)",
    ],
)
async def test_an_altered_event_is_named(town: Town, change: str) -> None:
    changed = town.tamper(
        f"update inventory.event set {change} where stream = %(s)s and version = 4"
    )
    assert changed == 1
    found = await town.found()
    assert found[0] == (town.stream, 4, "altered")
    assert len(found) == (2 if change.startswith("hash") else 1)  # the next follows the old hash


async def test_the_first_and_the_newest_event_are_named_too(town: Town) -> None:
    alter(town, 1)
    alter(town, NEWEST)
    assert await town.found() == [(town.stream, 1, "altered"), (town.stream, NEWEST, "altered")]


async def test_an_event_that_was_altered_with_its_hash_is_found_by_the_next(town: Town) -> None:
    alter(town, 4)
    recompute(town, 4, 4)
    (finding,) = (await town.verify()).findings
    assert (finding.version, finding.kind) == (5, "altered")
    assert "or event 4 was and its hash made to fit" in finding.finding


async def test_a_chain_that_was_rewritten_to_its_end_is_found_by_the_checkpoint(town: Town) -> None:
    alter(town, 4)
    recompute(town, 4, NEWEST)
    (finding,) = (await town.verify()).findings
    assert (finding.stream, finding.version, finding.kind) == (town.stream, NEWEST, "altered")
    assert "checkpoint inventory-1 names another hash" in finding.finding


async def test_a_chain_that_was_rewritten_and_has_grown_since_is_found_too(town: Town) -> None:
    alter(town, 4)
    recompute(town, 4, NEWEST)
    await hold(town.shop)
    await sign_checkpoints(context=town.context, log="inventory")
    assert await town.found() == [
        (town.stream, NEWEST, "altered"),
        (town.stream, NEWEST + 1, "altered"),
    ]


@pytest.mark.parametrize("versions", [(4,), (1,), (4, 5, 6), (2, 5)])
async def test_events_that_were_removed_from_the_middle_are_named(
    town: Town, versions: tuple[int, ...]
) -> None:
    remove(town, *versions)
    starts = [each for each in versions if each - 1 not in versions]
    assert await town.found() == [(town.stream, each, "removed") for each in starts]


async def test_a_removed_event_is_found_also_where_the_next_was_made_to_follow(town: Town) -> None:
    remove(town, 4)
    for version in range(5, NEWEST + 1):
        town.tamper(
            "update inventory.event set version = version - 1 "
            "where stream = %(s)s and version = %(version)s",
            version=version,
        )
    recompute(town, 4, NEWEST - 1)
    (finding,) = (await town.verify()).findings
    assert (finding.version, finding.kind) == (NEWEST, "removed")


async def test_newest_events_that_a_checkpoint_names_can_not_be_removed_unnoticed(
    town: Town,
) -> None:
    remove(town, NEWEST - 1, NEWEST)
    (finding,) = (await town.verify()).findings
    assert (finding.stream, finding.version, finding.kind) == (town.stream, NEWEST, "removed")
    assert "inventory-1" in finding.finding


async def test_a_whole_stream_can_not_be_removed_unnoticed(town: Town) -> None:
    assert town.tamper("delete from inventory.event where stream = %(s)s") == NEWEST
    assert await town.found() == [(town.stream, NEWEST, "removed")]


async def test_a_whole_log_can_not_be_removed_unnoticed(town: Town) -> None:
    town.tamper("delete from catalog.event")
    ((_, version, kind),) = await town.found()
    assert (version, kind) == (1, "removed")


async def test_newest_events_that_no_checkpoint_has_seen_are_missed_by_the_stock(
    town: Town,
) -> None:
    """What no checkpoint covers yet leaves no trace in the log; the figures do not add up then,
    and the next event does not follow what is left."""
    await hold(town.shop)
    remove(town, NEWEST + 1)
    assert await town.found() == []
    audit = await audit_stock(context=town.context, progress=lambda _: None)
    assert {each.sku for each in audit.discrepancies} == {town.shop.sku}
    await hold(town.shop)
    assert await town.found() == [(town.stream, NEWEST + 1, "removed")]


@pytest.mark.parametrize(
    "parts",
    [
        ("data",),
        ("type", "data", "actor", "channel", "correlation_id", "recorded_at"),
        ("type", "data", "actor", "channel", "correlation_id", "recorded_at", "hash"),
    ],
    ids=["data", "contents", "contents and hashes"],
)
async def test_two_events_that_have_changed_places_are_named(
    town: Town, parts: tuple[str, ...]
) -> None:
    changes = ", ".join(f"{part} = other.{part}" for part in parts)
    changed = town.tamper(
        f"""
        update inventory.event e set {changes}
        from inventory.event other
        where e.stream = %(s)s and other.stream = %(s)s
          and (e.version, other.version) in ((3, 4), (4, 3))
        """
    )
    assert changed == 2
    (finding,) = (await town.verify()).findings
    assert (finding.stream, finding.version, finding.kind) == (town.stream, 3, "reordered")
    assert "events 3 and 4" in finding.finding


async def test_two_versions_that_were_exchanged_are_named(town: Town) -> None:
    for version, becomes in ((3, 99), (6, 3), (99, 6)):
        town.tamper(
            "update inventory.event set version = %(becomes)s "
            "where stream = %(s)s and version = %(version)s",
            version=version,
            becomes=becomes,
        )
    (finding,) = (await town.verify()).findings
    assert (finding.version, finding.kind) == (3, "reordered")
    assert "events 3 and 6" in finding.finding


async def test_two_positions_that_were_exchanged_are_named(town: Town) -> None:
    exchanged = town.tamper(
        """
        with swapped as (
            delete from inventory.event where stream = %(s)s and version in (3, 4) returning *)
        insert into inventory.event overriding system value
        select other.position, other.transaction_id, mine.stream, mine.version, mine.type,
            mine.data, mine.actor, mine.channel, mine.correlation_id, mine.recorded_at, mine.hash
        from swapped mine join swapped other on other.version = 7 - mine.version
        """
    )
    assert exchanged == 2
    assert await town.found() == [(town.stream, 4, "reordered")]


async def test_an_event_that_was_put_behind_the_checkpoint_is_named(town: Town) -> None:
    town.tamper(
        """
        with newest as (
            delete from inventory.event
            where stream = %(s)s and version = 10 returning *)
        insert into inventory.event overriding system value
        select position, pg_current_xact_id(), stream, version, type, data, actor, channel,
            correlation_id, recorded_at, hash
        from newest
        """
    )
    assert (town.stream, NEWEST, "removed") in await town.found()


async def test_an_event_that_was_hidden_behind_all_transactions_is_named(town: Town) -> None:
    town.tamper(
        """
        update inventory.event set transaction_id = '9000000000000'
        where stream = %(s)s and version = 10
        """
    )
    assert set(await town.found()) == {
        (town.stream, NEWEST, "removed"),  # the checkpoint misses it at its place
        (town.stream, NEWEST, "reordered"),
    }


async def test_a_stream_that_was_put_in_is_named(town: Town) -> None:
    content = ("StockReceived", '{"quantity":5}', "me", None, "c", "2026-01-01T00:00:00.000000Z")
    town.tamper(
        """
        insert into inventory.event overriding system value
        select 0, min(transaction_id), 'MADE-UP@here', 1, %(type)s, %(data)s::json, %(actor)s, null,
            %(correlation_id)s, %(at)s::timestamptz, %(hash)s
        from inventory.event
        """,
        **dict(zip(NAMES, content, strict=True)),
        hash=chained(GENESIS, ("MADE-UP@here", 1, *content)),
    )
    assert await town.found() == [("MADE-UP@here", 1, "added")]


async def test_events_after_the_newest_checkpoint_are_checked_as_well(town: Town) -> None:
    for _ in range(3):
        await hold(town.shop)
    assert await town.found() == []
    alter(town, NEWEST + 2)
    assert await town.found() == [(town.stream, NEWEST + 2, "altered")]


async def test_several_things_at_once_are_all_named(town: Town) -> None:
    alter(town, 2)
    remove(town, 5)
    alter(town, 8)
    assert await town.found() == [
        (town.stream, 2, "altered"),
        (town.stream, 5, "removed"),
        (town.stream, 8, "altered"),
    ]


async def test_so_many_findings_are_told_and_the_others_counted(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rackhouse.notary.verifying.FINDINGS_LIMIT", 3)
    town.tamper("update inventory.event set actor = 'me' where stream = %(s)s")
    verification = await town.verify()
    assert (len(verification.findings), verification.further) == (3, NEWEST - 3)


async def test_pages_do_not_change_what_is_found(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    alter(town, 4)
    remove(town, 6)
    whole = await town.verify()
    for limit in ("log_checking.PAGE_LIMIT", "checkpoint_checking.HEADS_PAGE_LIMIT"):
        monkeypatch.setattr(f"rackhouse.notary.{limit}", 1)
    assert await town.verify() == whole


async def test_events_that_are_only_said_to_be_archived_are_missing(town: Town) -> None:
    hashes = dict(town.ask("select version, hash from inventory.event where stream = %(s)s"))
    remove(town, 1, 2, 3, 4)
    assert await town.found() == [(town.stream, 1, "removed")]
    town.tamper(
        "insert into platform.archived_stream (log, stream, version, hash)"
        " values ('inventory', %(s)s, 4, %(hash)s)",
        hash=hashes[4],
    )
    ((stream, version, kind),) = await town.found()
    assert (stream, version, kind) == (town.stream, 1, "removed")
    town.tamper("update platform.archived_stream set hash = %(hash)s", hash=hashes[3])
    assert (town.stream, 5, "altered") in await town.found()


async def test_a_check_that_has_no_time_left_says_how_far_it_came(town: Town) -> None:
    verification = await town.verify(seconds_limit=0)
    assert not verification.complete
    assert verification.events == 0
    assert verification.findings == []


async def test_what_was_in_doubt_when_the_time_was_over_is_told(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        """A second passes for each page."""

        now = time.monotonic()

        def monotonic(self) -> float:
            self.now += 1
            return self.now

    alter(town, 2)
    monkeypatch.setattr("rackhouse.notary.log_checking.PAGE_LIMIT", 1)
    monkeypatch.setattr("rackhouse.notary.log_checking.time", Clock())
    verification = await town.verify(log="inventory", seconds_limit=8.5)
    assert not verification.complete
    assert 3 <= verification.events < NEWEST
    assert [each.version for each in verification.findings] == [2]


async def test_verifying_holds_nobody_up_and_waits_for_nobody(
    open_town: Callable[..., Any],
) -> None:
    town = await open_town()
    with psycopg.connect(town.url) as writing:
        writing.execute("lock table inventory.event, notary.checkpoint in row exclusive mode")
        writing.execute("select pg_current_xact_id()")
        assert await town.found() == []
        held = writing.execute(
            "select count(*) from pg_locks where not granted or mode = 'AccessExclusiveLock'"
        ).fetchone()
        assert held == (0,)
    await receive_stock(context=town.context, location=town.shop.location, lines=[], reference=None)
