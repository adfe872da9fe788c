"""What is answered about the past is the same, whether its events are in the log or archived."""

from old_towns import OldTown, catch_up
from rackhouse.inventory import audit_stock, rebuild_snapshots, rebuild_stock, recorded_stock
from rackhouse.notary import verify_logs
from rackhouse.platform.archive import verify_archive


async def test_archiving_changes_no_answer(town: OldTown) -> None:
    before = await town.answers()
    in_log = await town.log()
    moved = (await town.archive())["inventory"]
    assert moved.stopped is None and len(moved.files) > 5
    assert sum(each.events for each in moved.files) == len(in_log) - 2  # the locations opened today
    streams = {each.stream for each in in_log}
    assert len(await town.log()) == len(streams)
    assert await town.answers() == before
    assert await rebuild_snapshots(context=town.context) > len(town.shops)
    assert await town.answers() == before


async def test_without_any_snapshot_the_archive_answers_the_same(town: OldTown) -> None:
    before = await town.answers()
    await town.archive()
    async with town.house.database("inventory").transaction() as tx:
        await tx.run("truncate inventory.snapshot")
    assert await town.answers() == before


async def test_every_figure_is_still_explained_and_can_be_rebuilt(town: OldTown) -> None:
    rows = await recorded_stock(context=town.context, skus=None, locations=None)
    await town.archive()
    audit = await audit_stock(context=town.context, progress=lambda _: None)
    assert audit.discrepancies == [] and audit.archived_events > 0
    async with town.house.database("inventory").transaction() as tx:
        await tx.run("update inventory.stock set on_hand = on_hand + 1")
    broken = await audit_stock(context=town.context, progress=lambda _: None)
    assert len(broken.discrepancies) >= 2
    await rebuild_stock(context=town.context, progress=lambda _: None)
    again = await recorded_stock(context=town.context, skus=None, locations=None)
    figures = [(each.on_hand, each.held, each.committed, each.version) for each in rows]
    assert [(each.on_hand, each.held, each.committed, each.version) for each in again] == figures


async def test_the_chain_goes_on_after_what_was_archived(town: OldTown) -> None:
    await town.archive()
    for shop in town.shops:
        await shop.receive(shop.sku, 3)
    await catch_up(town)
    report = await verify_logs(context=town.context, log=None, saved=[], seconds_limit=None)
    assert report.findings == [] and report.complete
    audit = await audit_stock(context=town.context, progress=lambda _: None)
    assert audit.discrepancies == []
    check = await verify_archive(house=town.house)
    assert check.findings == [] and check.events > 0


async def test_what_was_archived_is_not_archived_again(town: OldTown) -> None:
    await town.archive()
    files = await town.files()
    again = (await town.archive())["inventory"]
    assert again.files == [] and await town.files() == files
    for shop in town.shops:
        await shop.receive(shop.sku, 3)
    assert (await town.archive())["inventory"].files == []
