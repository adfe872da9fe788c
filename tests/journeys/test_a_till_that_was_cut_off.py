"""A till is cut off for an hour, sells on, and comes back: nothing is lost or sold twice."""

import datetime
import random
from typing import Any

import msgspec
from cut_off_tills import Clock, CutOffTill
from towns import Person, Town, fresh

OPENING = datetime.datetime(2026, 5, 1, 9, tzinfo=datetime.UTC)
SKEW = datetime.timedelta(minutes=23)


async def buy_online(web: Person, sku: str) -> bool:
    """Somebody orders one piece in the web shop."""
    lines = [{"sku": sku, "quantity": 1}]
    order = {"channel": web.channel, "lines": lines, "complete": "confirm"}
    answer = await web.send("orders", msgspec.json.encode(order))
    assert answer.status_code in (201, 409), answer.text
    return answer.status_code == 201


async def orders_of(person: Person, number: str) -> list[dict[str, Any]]:
    """The orders that are known under a till's number."""
    found = await person.get("orders", external_id=number)
    return list(found["items"])


async def set_up(town: Town, **pieces: int) -> tuple[str, Person, Person]:
    """A shop with some pieces, sold by a web shop and by a till."""
    shop = await town.location("shop")
    for sku, count in pieces.items():
        await town.product(variants=[{"sku": sku}])
        await town.receive(shop, **{sku: count})
    return shop, await town.channel(shop), await town.channel(shop, kind="pos")


async def allotted(town: Town, shop: str, till: Person, **pieces: int) -> None:
    """Set pieces apart for the till."""
    lines = [{"sku": sku, "location": shop, "quantity": n} for sku, n in pieces.items()]
    await town.operator.post(f"channels/{till.channel}/allotments", status=200, lines=lines)


async def test_a_till_that_was_cut_off_for_an_hour_reports_every_sale_once(town: Town) -> None:
    rye, malt = fresh("RYE"), fresh("MALT")
    shop, web, person = await set_up(town, **{rye: 40, malt: 9})
    await allotted(town, shop, person, **{rye: 15, malt: 3})
    till = CutOffTill(person, Clock(OPENING - SKEW), seed=11)
    await till.download()
    assert till.drawer == {rye: 15, malt: 3}

    till.line.down = True
    chance, online = random.Random(5), 0
    first = till.sell(rye)
    assert first is not None
    for _ in range(60):
        till.clock.forward(minutes=1)
        for sku in (rye, malt):
            if chance.random() < 0.6:
                till.sell(sku, chance.randint(1, 2))
            online += await buy_online(web, sku)
    back = till.take_back(first)
    while till.sell(rye) is not None or till.sell(malt) is not None:
        pass
    await till.report_some()
    assert till.answers == {}
    assert till.drawer == {rye: 0, malt: 0}
    assert not await buy_online(web, rye)
    assert not await buy_online(web, malt)
    assert online == (40 - 15) + (9 - 3)
    assert await orders_of(person, first) == []

    till.line.down, till.line.bad = False, True
    await till.report()
    assert {"request lost", "request cut", "answer lost", "fine"} <= till.line.happened.keys()
    assert set().union(*till.answers.values()) <= {"recorded", "repeated", "waiting"}

    sold = {rye: 0, malt: 0}
    for number, receipt in till.receipts.items():
        (order,) = await orders_of(person, number)
        (line,) = order["lines"]
        assert [(line["sku"], line["quantity"])] == [
            (each["sku"], each["quantity"]) for each in receipt["lines"]
        ]
        assert order["status"] == ("returned" if number == first else "delivered")
        sold[line["sku"]] += line["quantity"]
    assert sold == {rye: 15, malt: 3}
    assert till.answers[back][-1] in ("recorded", "repeated")
    for sku, pieces, returned in ((rye, 40, 1), (malt, 9, 0)):
        levels = await town.operator.levels(sku)
        ordered = pieces - sold[sku]
        assert levels == {shop: (ordered + returned, 0, ordered)}
        assert await town.operator.explained(sku) == levels
    await till.download()
    assert till.drawer == {}
    assert (await person.get(f"channels/{person.channel}/uncovered-sales"))["items"] == []
    assert (await town.audit()).discrepancies == []


async def test_a_till_that_sold_more_than_anybody_knew_of_gets_a_person_to_look(
    town: Town,
) -> None:
    rye = fresh("RYE")
    shop, web, person = await set_up(town, **{rye: 5})
    await allotted(town, shop, person, **{rye: 2})
    till = CutOffTill(person, Clock(OPENING), seed=3)
    await till.download()
    till.line.down = True
    known, found_behind_the_shelf = till.sell(rye, 2), till.write_receipt(rye, 2)
    for _ in range(2):
        assert await buy_online(web, rye)
    till.line.down = False
    path = f"channels/{person.channel}"
    receipts = list(till.receipts.values())[::-1]
    told = await person.post(f"{path}/sales", status=200, sales=receipts)
    by_number = {each["external_id"]: each for each in told["sales"]}
    assert known is not None
    statuses = {by_number[x]["status"] for x in (known, found_behind_the_shelf)}
    assert statuses == {"recorded", "exceeded"}
    (exceeded,) = [each for each in told["sales"] if each["status"] == "exceeded"]
    assert exceeded["missing"] == [{"sku": rye, "asked": 2, "available": 1}]
    assert exceeded["problem"]["type"] == "/problems/not-enough-stock"

    (case,) = (await town.operator.get(f"{path}/uncovered-sales"))["items"]
    assert (case["external_id"], case["status"]) == (exceeded["external_id"], "open")
    await town.operator.post(
        "inventory/adjust", status=200, sku=rye, location=shop, delta=1, reason="found one"
    )
    covered = await town.operator.post(f"{path}/uncovered-sales/{case['id']}/cover", status=200)
    assert covered["status"] == "recorded"
    again = await person.post(f"{path}/sales", status=200, sales=receipts)
    assert [each["status"] for each in again["sales"]] == ["repeated", "repeated"]
    assert (await town.operator.get(f"{path}/uncovered-sales"))["items"] == []
    assert await town.operator.levels(rye) == {shop: (2, 0, 2)}
    assert await town.operator.explained(rye) == {shop: (2, 0, 2)}
    assert (await town.audit()).discrepancies == []


async def test_a_till_gives_back_what_it_will_not_sell_and_others_do_not_take_it(
    town: Town,
) -> None:
    rye = fresh("RYE")
    shop, web, person = await set_up(town, **{rye: 5})
    await allotted(town, shop, person, **{rye: 4})
    lines = [{"sku": rye, "location": shop, "quantity": 3}]
    path = f"channels/{person.channel}/allotments/return"
    refused = await town.operator.post(path, status=409, lines=lines)
    assert refused["type"] == "/problems/channel-must-agree"
    stranger = await web.post(path, status=403, lines=lines, channel_agrees=True)
    assert stranger["type"] == "/problems/other-channel"
    assert await buy_online(web, rye)
    assert not await buy_online(web, rye)
    moved = (await person.post(path, status=200, lines=lines))["moved"]
    assert [(each["sku"], each["quantity"]) for each in moved] == [(rye, 3)]
    assert await buy_online(web, rye)
    assert (await town.audit()).discrepancies == []


async def test_a_report_that_can_not_be_read_books_nothing(town: Town) -> None:
    rye = fresh("RYE")
    _, _, person = await set_up(town, **{rye: 5})
    sale = {
        "external_id": "1",
        "sold_at": OPENING.isoformat(),
        "lines": [{"sku": rye, "quantity": 1}],
    }
    path = f"channels/{person.channel}/sales"
    for sales, field in (
        ([], "sales"),
        ([sale] * 501, "sales"),
        ([{**sale, "lines": []}], "sales[0].lines"),
        ([{**sale, "sold_at": "yesterday"}], "sales[0].sold_at"),
        ([{**sale, "sold_at": "2026-05-01T09:00:00"}], "sales[0].sold_at"),
        ([{**sale, "external_id": ""}], "sales[0].external_id"),
        ([{**sale, "external_id": "a\0b"}], "sales[0].external_id"),
        ([{**sale, "price": 3}], "sales[0]"),
        (
            [sale, {**sale, "lines": [{"sku": rye, "quantity": 0}]}],
            "sales[1].lines[0].quantity",
        ),
        (
            [sale, {**sale, "lines": [{"sku": rye, "quantity": 1, "units": [4]}]}],
            "sales[1].lines[0].lot",
        ),
        (
            [{**sale, "lines": [{"sku": rye, "quantity": 2, "lot": "a", "units": [4, 4]}]}],
            "sales[0].lines[0].units",
        ),
    ):
        refused = await person.post(path, status=422, sales=sales)
        assert (refused["type"], refused["field"]) == ("/problems/malformed-request", field)
        assert refused["problem"]
    assert (await person.get("orders"))["items"] == []
    nobody = await town.operator.post("channels/nobody/sales", status=404, sales=[sale])
    assert nobody["type"] == "/problems/channel-not-found"
    other = await person.post("channels/web/sales", status=403, sales=[sale])
    assert other["type"] == "/problems/other-channel"


async def test_a_report_with_a_key_gets_the_same_answer_again(town: Town) -> None:
    rye, key = fresh("RYE"), fresh("key")
    _, _, person = await set_up(town, **{rye: 5})
    sale = {
        "external_id": "1",
        "sold_at": OPENING.isoformat(),
        "lines": [{"sku": rye, "quantity": 1}],
    }
    path = f"channels/{person.channel}/sales"
    first = await person.post(path, status=200, key=key, sales=[sale])
    assert first["sales"][0]["status"] == "recorded"
    assert await person.post(path, status=200, key=key, sales=[sale]) == first
    plain = await person.post(path, status=200, sales=[sale])
    assert plain["sales"][0] == {**first["sales"][0], "status": "repeated"}
