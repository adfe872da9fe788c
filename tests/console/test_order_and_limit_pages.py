"""The pages of orders, lots, quotas, the waiting list and tamper evidence."""

import uuid
from collections.abc import Awaitable, Callable

import httpx
import pytest

from bundles import bundle_of
from houses import Shop
from rackhouse.inventory import (
    Line,
    LotFacts,
    SourcingWish,
    join_waiting_list,
    place_in_line,
    quota_of,
    recall_lot,
    register_lot,
)
from rackhouse.notary import sign_checkpoints
from rackhouse.orders import Order, place_order

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]


async def ordered(shop: Shop, quantity: int, sourcing: SourcingWish | None = None) -> Order:
    """An order through the shop's channel, with a number of its own."""
    return await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        hold_id=None,
        customer_id="ann",
        external_id=f"web-{uuid.uuid4().hex[:8]}",
        ttl_seconds=None,
        complete="confirm",
        promise=False,
        sourcing=sourcing,
    )


async def waits(shop: Shop, customer: str, quantity: int) -> str:
    """Somebody gets in line; answers the id of the place."""
    place = await join_waiting_list(
        context=shop.context,
        sku=shop.sku,
        quantity=quantity,
        channel=shop.channel,
        customer_id=customer,
        offer_seconds=None,
    )
    return place.id


async def test_an_order_tells_where_it_comes_from_and_why(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=2, locations=2)
    await shop.receive(shop.sku, 2, shop.locations[1])
    order = await ordered(shop, 3, SourcingWish(strategy="fewest_parcels"))
    listed = (await operator.get("/orders")).text
    assert f'href="/orders/{order.id}"' in listed
    found = (await operator.get("/orders", params={"number": order.external_id})).text
    assert order.external_id and order.external_id in found and found.count("<li>") == 1
    assert "No order has this number" in (await operator.get("/orders?number=nothing")).text
    page = (await operator.get(f"/orders/{order.id}")).text
    for location in shop.locations:
        assert f"<td>{location}</td>" in page
    assert "in the fewest parcels, in 2 parcels" in page
    assert "one of the fewest that have everything together" in page
    assert "took an order for" in page
    plain = (await operator.get(f"/orders/{(await ordered(shop, 1)).id}")).text
    assert "the first location that has enough" in plain
    assert (await operator.get("/orders?status=confirmed")).status_code == 200
    assert (await operator.get("/orders?status=eaten")).status_code == 422
    assert (await operator.get("/orders/nothing")).status_code == 404


async def test_the_lots_are_listed_by_status(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=0)
    name = uuid.uuid4().hex[:8]
    await register_lot(context=shop.context, sku=shop.sku, lot=name, facts=LotFacts(numbered=7))
    await recall_lot(context=shop.context, sku=shop.sku, lot=name, reason="a crumbling cork")
    address, found = "/lots?status=recalled", ""
    while f"/lots/{name}" not in found:
        found = (await operator.get(address)).text
        address = "/lots" + found.partition('rel="next"')[0].rpartition('href="')[2].strip('" ')
        address = address.replace("&amp;", "&")
    assert "a crumbling cork" in found and "7 numbered" in found
    assert (await operator.get("/lots?status=eaten")).status_code == 422
    assert (await operator.get("/lots?after=nothing")).status_code == 200


async def test_a_quota_is_set_shown_and_ended(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    quota = f"release-{uuid.uuid4().hex[:8]}"
    form = {"id": quota, "name": "Spring", "skus": shop.sku, "cap": "3", "per": "customer"}
    assert (await operator.post("/quotas", data=form)).status_code == 303
    await ordered(shop, 2)
    page = (await operator.get(f"/stock/{shop.sku}")).text
    assert "3 for each customer" in page and "ann has taken 2, 1 left" in page
    page = (await operator.get("/quotas", params={"after": quota[:-1]})).text
    assert "Spring" in page and "ann has taken 2, 1 left" in page
    assert (await operator.post(f"/quotas/{quota}/end")).status_code == 303
    assert (await quota_of(context=shop.context, quota=quota)).ended
    assert "3 for each customer" not in (await operator.get(f"/stock/{shop.sku}")).text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "Not This"}, "id"),
        ({"skus": " "}, "skus"),
        ({"cap": "-3"}, "cap"),
        ({"cap": "0"}, "cap"),
        ({"per": "wish"}, "per"),
    ],
)
async def test_a_quota_that_makes_no_sense_is_refused_with_its_field(
    operator: httpx.AsyncClient, change: dict[str, str], field: str
) -> None:
    form = {"id": "some", "name": "", "skus": "A", "cap": "3", "per": "customer"} | change
    answer = await operator.post("/quotas", data=form)
    assert answer.status_code == 422 and field in answer.text


async def test_who_waits_is_shown_and_taken_out_of_the_line(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=0)
    first = await waits(shop, "cleo", 2)
    await waits(shop, "dora", 3)
    address = f"/waiting?sku={shop.sku}"
    page = (await operator.get(address)).text
    assert page.index("cleo") < page.index("dora")
    assert "First in line" in page and "1 in front" in page
    assert "2 customers wait" in (await operator.get(f"/stock/{shop.sku}")).text
    assert (await operator.post(f"/waiting/{first}/leave")).status_code == 303
    assert (await place_in_line(context=shop.context, waiting_id=first)).status == "left"
    assert "cleo" not in (await operator.get(address)).text
    assert "cleo" in (await operator.get(f"{address}&status=left")).text
    assert (await operator.get("/waiting?status=eaten")).status_code == 422


async def test_a_bundle_says_how_many_of_it_there_are(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=7)
    bundle = await bundle_of(shop, {shop.sku: 2})
    page = (await operator.get(f"/stock/{bundle}")).text
    assert "<b>3</b> can be sold in all" in page


async def test_what_was_signed_is_shown_and_everything_is_compared(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1)
    await sign_checkpoints(context=shop.context, log=None)
    page = (await operator.get("/evidence")).text
    assert "inventory-" in page and "Compare everything" in page
    compared = (await operator.post("/evidence")).text
    assert "What was compared just now" in compared and "every hash fits" in compared


async def test_who_may_only_look_changes_nothing(sign_in: SignIn, open_shop: OpenShop) -> None:
    shop = await open_shop(units=0)
    place = await waits(shop, "cleo", 2)
    auditor = await sign_in("auditor")
    assert "Set a quota" not in (await auditor.get("/quotas")).text
    assert "Take out of the line" not in (await auditor.get(f"/waiting?sku={shop.sku}")).text
    form = {"id": "some", "name": "", "skus": shop.sku, "cap": "3", "per": "customer"}
    assert (await auditor.post("/quotas", data=form)).status_code == 403
    assert (await auditor.post("/quotas/some/end")).status_code == 403
    assert (await auditor.post(f"/waiting/{place}/leave")).status_code == 403
