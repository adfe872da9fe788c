"""Why a figure is what it is."""

import datetime
from typing import Any

import msgspec
import pytest
from test_as_of import MICROSECOND, moment_in, moments_of

from houses import Shop
from pasts import BEGAN, Past, levels_at, random_past, write_past
from rackhouse.inventory import (
    Explanation,
    LocationNotFound,
    MomentInFuture,
    StockNotFound,
    StockPlace,
    TooMuchToExplain,
    explain,
    explain_before,
    history,
)
from rackhouse.inventory.events import EVENT_TYPES, HoldPlaced, StockAdjusted, StockReceived
from rackhouse.inventory.explaining import WORDINGS, sentence, told
from rackhouse.inventory.sums import Figures, KindSum, figures_of
from rackhouse.platform.errors import MalformedRequest

FACTS = {
    "to_held": 1,
    "to_committed": 1,
    "counted": 7,
    "transfer_id": "t",
    "allotment": "web",
    "before": "sellable",
    "after": "quality_control",
    "promised_at": BEGAN,
    "sku": "GIN-70",
    "lot": "L1",
    "units": [3, 4, 5, 6, 7, 8],
    "status": "recalled",
    "quota": "q1",
    "cap": 5,
    "per": "customer",
    "skus": ["GIN-70"],
    "channel_id": "web",
    "customer_id": "ada",
    "offer_seconds": 600,
    "channel": "web",
    "quantity": 2,
    "hold_id": "h",
    "line": 0,
    "expires_at": BEGAN,
    "from_held": 1,
    "from_committed": 1,
    "reason": "a gift",
    "delta": -1200,
    "reference": "delivery 7",
    "location": "cellar",
    "name": "The cellar",
    "level": 5,
    "minimum": 2,
    "paused": False,
    "kind": "warehouse",
    "origin": "Cooper & Sons",
    "destination": "cellar",
    "carrier": "Ada",
    "inbound_status": "in_transit",
    "expected_at": BEGAN,
    "came": [{"line": 0, "quantity": 2}],
    "missing": [{"line": 0, "quantity": 1}],
    "blind": True,
    "note": "",
    "line_count": 3,
    "lines": [
        {"line": 0, "counted": 7, "counted_at": BEGAN, "sku": "GIN-70", "quantity": 2},
    ],
    "largest_difference": 12,
    "pieces": -12,
    "approved_by": None,
}


async def why(shop: Shop, **asked: Any) -> Explanation:
    usual = {"id": shop.sku, "location": None, "as_of": None, "limit": 5}
    return await explain(context=shop.context, **{**usual, **asked})


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event_has_a_sentence_and_a_way_to_be_summed_up(kind: str) -> None:
    said = told(kind, FACTS, "cellar")
    assert said is not None
    words = sentence(said, who="Ada", sku="GIN-70")
    assert words.startswith("Ada ") and "GIN-70" in words and kind not in words
    assert WORDINGS[kind].sum_up(KindSum(1, 2, -1, 3, 4, 5)) != WORDINGS[kind].sum_up(KindSum(7))


def test_nothing_is_told_that_does_not_happen() -> None:
    assert WORDINGS.keys() == EVENT_TYPES.keys()
    assert told("OrderPlaced", {}, "cellar") is None


@pytest.mark.parametrize(
    ("kind", "total", "words"),
    [
        ("StockReceived", KindSum(12, 1000), "1,000 received in 12 receipts"),
        ("StockReceived", KindSum(1, 1), "1 received in 1 receipt"),
        ("StockAdjusted", KindSum(2, -1200), "−1,200 in 2 corrections"),
        ("HoldPlaced", KindSum(3, 0, 4), "4 held in 3 holds"),
        ("HoldExtended", KindSum(3), "3 extensions"),
        ("HoldConfirmed", KindSum(3, 0, -4, 4), "4 sold in 3 sales"),
        ("HoldReleased", KindSum(2, 0, -1, -1), "2 released in 2 releases"),
        ("StockAllotted", KindSum(2, 0, 0, 0, 0, 9), "9 allotted in 2 allotments"),
        (
            "StockConditionChanged",
            KindSum(1, 0, 0, 0, 3),
            "+3 unavailable in 1 change",
        ),
        ("StockShipped", KindSum(900, -940, 0, -940), "940 shipped in 900 shipments"),
    ],
)
def test_many_events_are_summed_up_in_a_few_words(kind: str, total: KindSum, words: str) -> None:
    assert WORDINGS[kind].sum_up(total) == words


async def test_a_figure_is_told_by_its_newest_events_and_the_sums_of_those_before(
    open_shop,
) -> None:
    shop, past = await open_shop(), Past()
    past.let(StockReceived(600, "delivery 7"))
    past.let(StockReceived(400, None))
    past.wait(60)
    past.let(StockAdjusted(-3, "broken", None))
    past.sell(past.hold(2, 600))
    await write_past(shop, past)
    (stock,) = (await why(shop, limit=3)).stocks
    assert stock.explained and stock.figures == Figures(997, 0, 2, 995)
    assert stock.opening.words == (
        "Before 2026-03-01 09:01:00 UTC: 1,000 received in 2 receipts; "
        "that left 1,000 on hand, 0 held, 0 committed, 1,000 available."
    )
    assert [each.words for each in stock.events[1:]] == [
        f"2026-03-01 09:01:00 UTC: test through {shop.channel} held 2 × {shop.sku} in "
        f"{shop.location} until 2026-03-01 09:11:00 UTC; "
        "that left 997 on hand, 2 held, 0 committed, 995 available.",
        f"2026-03-01 09:01:00 UTC: test through {shop.channel} adjusted by −3 {shop.sku} in "
        f"{shop.location} (broken); "
        "that left 997 on hand, 0 held, 0 committed, 997 available.",
    ]
    assert stock.events[1].facts["quantity"] == 2 and "on_hand" not in stock.events[1].facts
    assert stock.verdict == "The events add up to the recorded figures."


@pytest.mark.parametrize("in_depth", [False, True])
@pytest.mark.parametrize("seed", range(50, 53))
@pytest.mark.parametrize("limit", [1, 4, 200])
async def test_the_parts_of_every_explanation_add_up_to_its_figure(
    open_shop, seed: int, limit: int, in_depth: bool
) -> None:
    shop, past = await open_shop(), random_past(seed, 40, in_depth=in_depth)
    await write_past(shop, past)
    for moment in moments_of(past):
        found = await why(shop, as_of=moment, limit=limit)
        if moment < BEGAN:
            assert found.stocks == [] and found.explained and found.note
            continue
        (stock,) = found.stocks
        levels = levels_at(past, moment)
        assert found.explained and stock.figures == figures_of(levels)
        changes = [stock.opening.figures, *(each.change for each in stock.events)]
        assert sum(each.on_hand for each in changes) == stock.figures.on_hand
        lapsed = stock.lapsed.quantity if stock.lapsed else 0
        assert sum(each.held for each in changes) == stock.figures.held + lapsed
        assert sum(each.committed for each in changes) == stock.figures.committed
        assert (stock.frozen.quantity if stock.frozen else 0) == levels.frozen
        assert stock.opening.events + len(stock.events) == stock.version


async def test_older_events_come_page_by_page_back_to_the_beginning(open_shop) -> None:
    shop, past = await open_shop(), random_past(3, 23)
    await write_past(shop, past)
    (stock,) = (await why(shop)).stocks
    versions = [each.version for each in stock.events]
    while stock.opening.events:
        place = StockPlace(shop.sku, shop.location, stock.opening.events)
        older = await explain_before(context=shop.context, id=shop.sku, place=place, limit=5)
        figures = stock.opening.figures
        (stock,) = older.stocks
        assert older.explained and stock.figures == figures
        assert older.as_of == stock.events[0].recorded_at
        versions += [each.version for each in stock.events]
    assert versions == list(range(23, 0, -1))
    assert stock.opening.words == "Before that there was nothing."


async def test_a_place_in_other_stock_or_none_at_all_is_refused(open_shop) -> None:
    shop, other = await open_shop(units=1), await open_shop(units=1)
    for sku, version in ((other.sku, 1), (shop.sku, 0), (shop.sku, 99)):
        place = StockPlace(sku, shop.location, version)
        with pytest.raises(MalformedRequest):
            await explain_before(context=shop.context, id=shop.sku, place=place, limit=5)


async def test_a_figure_that_no_event_explains_is_told_apart(open_shop) -> None:
    shop, past = await open_shop(), random_past(9, 12)
    await write_past(shop, past)
    before = await replace_data(shop, 12, "on_hand", 99)
    found = await why(shop)
    assert not found.explained and "NOT" in found.stocks[0].verdict
    assert (await why(shop, as_of=past.events[5][0])).explained
    await replace_data(shop, 12, "on_hand", before)
    assert (await why(shop)).explained


async def replace_data(shop: Shop, version: int, name: str, value: int) -> int:
    """Write another figure into an event, which nobody should; says what it was."""
    place = {"stream": f"{shop.sku}@{shop.location}", "version": version}
    async with shop.house.database("inventory").transaction() as tx:
        data = await tx.one(
            str,
            "select data::text from inventory.event "
            "where stream = %(stream)s and version = %(version)s",
            place,
        )
        before: int = msgspec.json.decode(data)[name]
        await tx.run(
            "update inventory.event set data = %(data)s::json "
            "where stream = %(stream)s and version = %(version)s",
            {**place, "data": data.replace(f'"{name}":{before}', f'"{name}":{value}')},
        )
    return before


async def test_each_location_is_explained_by_itself_and_one_alone_on_request(open_shop) -> None:
    shop = await open_shop(units=1, locations=2)
    await shop.receive(shop.sku, 5, shop.locations[1])
    both = await why(shop)
    assert [(each.location, each.figures.on_hand) for each in both.stocks] == [
        (shop.locations[0], 1),
        (shop.locations[1], 5),
    ]
    one = await why(shop, location=shop.locations[1])
    assert [each.location for each in one.stocks] == [shop.locations[1]]
    with pytest.raises(LocationNotFound):
        await why(shop, location="nowhere")


async def test_a_product_is_explained_by_all_of_its_skus(open_shop) -> None:
    shop = await open_shop(units=1, skus=2)
    await shop.receive(shop.skus[1], 5)
    product = f"product-{shop.channel.removeprefix('channel-')}"
    assert [each.sku for each in (await why(shop, id=product)).stocks] == list(shop.skus)


async def test_what_is_too_much_for_one_answer_is_refused(
    open_shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(units=1, locations=2)
    await shop.receive(shop.sku, 5, shop.locations[1])
    monkeypatch.setattr(history, "STOCKS_LIMIT", 1)
    with pytest.raises(TooMuchToExplain) as refused:
        await why(shop)
    assert (refused.value.count, refused.value.limit) == (2, 1)
    assert (await why(shop, location=shop.location)).explained


async def test_what_had_lapsed_is_named(open_shop) -> None:
    shop, past = await open_shop(), Past()
    past.let(StockReceived(5, None))
    past.hold(2, 10)
    past.wait(20)
    await write_past(shop, past)
    (stock,) = (await why(shop)).stocks
    assert stock.figures == Figures(5, 0, 0, 5) and stock.events[0].figures.held == 2
    assert stock.lapsed is not None
    assert stock.lapsed.words == ("2 pieces that were held had lapsed by then and counted as free.")


async def test_what_can_not_be_explained_is_refused(open_shop) -> None:
    shop = await open_shop(units=1)
    with pytest.raises(StockNotFound):
        await why(shop, id="NOTHING-LIKE-THAT")
    with pytest.raises(MomentInFuture):
        await why(shop, as_of=await moment_in(shop) + datetime.timedelta(hours=1))


async def test_before_the_first_event_there_is_nothing_to_explain(open_shop) -> None:
    shop, past = await open_shop(), Past()
    past.let(StockReceived(5, None))
    await write_past(shop, past)
    found = await why(shop, as_of=BEGAN - MICROSECOND)
    assert found.stocks == [] and found.first_event_at == BEGAN and found.explained
    assert found.note is not None and "it began at 2026-03-01 09:00:00 UTC" in found.note


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        ("StockReceived", {"quantity": 3}, "Ada received 3 × GIN-70 in cellar of lot L1 "
         "(number 3, 4, 5, 6, 7 and 1 more) (delivery 7)"),
        ("StockConditionChanged", {}, "Ada moved 2 × GIN-70 in cellar of lot L1 (number 3, 4, 5, "
         "6, 7 and 1 more) in the allotment of web from sellable to quality control (a gift)"),
        ("SafetyStockSet", {}, "Ada decided to keep back 2 × GIN-70 in cellar from web"),
        ("PromiseMade", {}, "Ada promised 2 × GIN-70 to web for 2026-03-01 09:00:00 UTC"),
        ("LotRecalled", {}, "Ada recalled lot L1 of GIN-70 (a gift)"),
    ],
)  # fmt: skip
def test_what_is_known_of_the_pieces_is_told(kind: str, facts: dict[str, Any], words: str) -> None:
    said = told(kind, {**FACTS, **facts}, "cellar")
    assert said is not None
    assert sentence(said, who="Ada", sku="GIN-70") == words


def test_a_hold_is_told_with_its_end() -> None:
    facts = msgspec.to_builtins(HoldPlaced("h", 0, 1, BEGAN))
    said = told("HoldPlaced", facts, "cellar")
    assert said is not None and said.until == BEGAN
