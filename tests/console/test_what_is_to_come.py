"""What is to come in the console: shipments, promises, and the condition of pieces."""

import datetime
from collections.abc import Awaitable, Callable

import httpx

from houses import Shop
from rackhouse.inventory import (
    Inbound,
    Line,
    PromiseTerms,
    Shipment,
    availability,
    expect_inbound,
    inbound_of,
    open_promise,
    place_hold,
    send_transfer,
)

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]
SPRING = datetime.datetime(2035, 4, 1, tzinfo=datetime.UTC)


async def expected(shop: Shop, quantity: int = 5) -> Inbound:
    shipment = Shipment(
        destination=shop.location, lines=[Line(shop.sku, quantity)], expected_at=SPRING
    )
    return await expect_inbound(context=shop.context, supplier="Cooper & Sons", shipment=shipment)


async def test_the_page_of_shipments_shows_who_has_what_and_takes_it_in(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=4, locations=2)
    inbound = await expected(shop)
    transfer = await send_transfer(
        context=shop.context,
        origin=shop.location,
        shipment=Shipment(
            destination=shop.locations[1], lines=[Line(shop.sku, 2)], carrier="Ada with the van"
        ),
        condition="sellable",
    )
    text = (await operator.get("/inbound")).text
    assert "Cooper &amp; Sons" in text and "with Ada with the van" in text
    data = {"came-0": "3", "condition-0": "damaged"}
    answer = await operator.post(f"/inbound/{inbound.id}/receive", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbound")
    seen = (await availability(context=shop.context, id=shop.sku)).skus[0].locations[0]
    assert (seen.unavailable, seen.incoming) == (3, 2)
    short = await operator.post(f"/inbound/{inbound.id}/receive", data={"complete": "yes"})
    assert short.status_code == 409 and "Say why" in short.text
    data = {"complete": "yes", "reason": "fell off the boat"}
    assert (await operator.post(f"/inbound/{inbound.id}/receive", data=data)).status_code == 303
    back = await operator.post(f"/inbound/{transfer.id}/cancel", data={})
    assert back.status_code == 303
    assert (await inbound_of(context=shop.context, inbound_id=transfer.id)).status == "cancelled"
    text = (await operator.get("/inbound")).text
    assert "2 missing" in text and "fell off the boat" in text


async def test_nothing_is_received_that_was_not_written_down(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    inbound = await expected(shop)
    for data in ({}, {"came-0": "some"}, {"came-0": "1", "condition-0": "fine"}):
        answer = await operator.post(f"/inbound/{inbound.id}/receive", data=data)
        assert answer.status_code == 422
    assert (await operator.post(f"/inbound/{inbound.id}/dance", data={})).status_code == 422
    assert (await inbound_of(context=shop.context, inbound_id=inbound.id)).status == "expected"


async def test_the_page_of_a_sku_tells_what_is_to_come_and_who_waits(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1)
    await expected(shop)
    terms = PromiseTerms(kind="pre_order", promised_at=SPRING, cap=9, note="Cask strength")
    await open_promise(context=shop.context, sku=shop.sku, terms=terms)
    await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, 3)],
        ttl_seconds=60,
        promise=True,
        sell=True,
    )
    text = (await operator.get(f"/stock/{shop.sku}")).text
    assert "5 on the way" in text and "1 order waits" in text and "what is to come" in text
    assert "~promised" not in text
    text = (await operator.get("/promises")).text
    assert "Pre-order for" in text and "Cask strength" in text and "1 order waits" in text
    board = (await operator.get(f"/?q={shop.sku}")).text
    assert "~promised" not in board


async def test_the_condition_of_pieces_is_changed_on_the_page_of_their_sku(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    page = f"/stock/{shop.sku}"
    data = {
        "location": shop.location,
        "quantity": "2",
        "before": "sellable",
        "after": "damaged",
        "reason": "a leak",
    }
    answer = await operator.post(f"{page}/conditions", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}#conditions")
    text = (await operator.get(page)).text
    assert "Damaged" in text and "a leak" in text
    for wrong in ({"quantity": "0"}, {"after": "sellable"}, {"before": "new"}):
        assert (await operator.post(f"{page}/conditions", data=data | wrong)).status_code == 422


async def test_who_only_reads_sees_no_forms(sign_in: SignIn, open_shop: OpenShop) -> None:
    shop = await open_shop(units=1)
    inbound = await expected(shop)
    auditor = await sign_in("auditor")
    assert "Receive</button>" not in (await auditor.get("/inbound")).text
    assert "/conditions" not in (await auditor.get(f"/stock/{shop.sku}")).text
    answer = await auditor.post(f"/inbound/{inbound.id}/receive", data={"came-0": "1"})
    assert answer.status_code == 403
