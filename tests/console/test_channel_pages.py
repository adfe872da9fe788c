"""The pages of channels: how late each is told, and what a person can do about it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from houses import Shop
from rackhouse.inventory import Portion, allot
from rackhouse.outlets import Outlet, Place, open_outlet, outlet_of
from rackhouse.platform.ids import new_id

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]
PART = {"hx-request": "true"}


async def pushed(shop: Shop, **facts: Any) -> Outlet:
    """An outlet of the shop's channel that nobody sends through."""
    return await open_outlet(
        context=shop.context,
        outlet_id=new_id(),
        kind="webhook",
        name="Shelf display",
        channel=shop.channel,
        filter_values={},
        hears_orders=False,
        conflate_after=None,
        place=Place(snapshot=True),
        **facts,
    )


async def test_a_channel_is_listed_with_how_late_it_is_told(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    page = (await operator.get("/channels", params={"after": shop.channel[:-1]})).text
    row = page.split(f"/channels/{shop.channel}")[1].split("</tr>")[0]
    assert "Web shop" in row and "Asks by itself" in row
    part = (await operator.get("/channels", headers=PART)).text
    assert "<html" not in part and "<tr>" in part


async def test_an_outlet_is_paused_and_resumed(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    outlet = await pushed(shop)
    address = f"/channels/{shop.channel}"
    page = (await operator.get(address)).text
    assert "Shelf display" in page and "Pause" in page
    for step, state in (("pause", "paused"), ("resume", "running")):
        answer = await operator.post(f"{address}/outlets/{outlet.id}/{step}")
        assert (answer.status_code, answer.headers["location"]) == (303, address)
        assert (await outlet_of(context=shop.context, outlet_id=outlet.id)).state == state
    assert (await operator.post(f"{address}/outlets/{outlet.id}/explode")).status_code == 422
    part = (await operator.get(address, headers=PART)).text
    assert "<html" not in part and "Shelf display" in part


async def test_what_is_set_apart_is_shown(operator: httpx.AsyncClient, open_shop: OpenShop) -> None:
    shop = await open_shop(units=7)
    portion = Portion(sku=shop.sku, location=shop.location, quantity=4)
    await allot(context=shop.context, channel=shop.channel, portions=[portion])
    page = (await operator.get(f"/channels/{shop.channel}")).text
    apart = page.split("Set apart for it")[1]
    assert f"/stock/{shop.sku}" in apart and '<td class="number">4</td>' in apart


async def test_an_auditor_sees_and_changes_nothing(sign_in: SignIn, open_shop: OpenShop) -> None:
    shop = await open_shop()
    outlet = await pushed(shop)
    auditor = await sign_in("auditor")
    page = (await auditor.get(f"/channels/{shop.channel}")).text
    assert "Shelf display" in page and "Pause" not in page
    refused = await auditor.post(f"/channels/{shop.channel}/outlets/{outlet.id}/pause")
    assert refused.status_code == 403
    assert (await outlet_of(context=shop.context, outlet_id=outlet.id)).state == "running"


async def test_a_channel_that_is_not_there_is_refused(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/channels/nobody")
    assert answer.status_code == 404 and "nobody" in answer.text
