"""The pages of channels: how late each is told, and what a person can do about it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from houses import Shop
from rackhouse.console.channel_told import parts_of_channel
from rackhouse.console.streaming import Parts
from rackhouse.inventory import Portion, allot
from rackhouse.outlets import Outlet, Place, open_outlet, outlet_of, pause_outlet
from rackhouse.platform.ids import new_id

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]


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
        signals=False,
        place=Place(snapshot=True),
        **facts,
    )


async def parts_of(shop: Shop) -> Parts:
    """What the stream of the shop's channel would send."""
    return await parts_of_channel(shop.context, shop.channel)


async def test_a_channel_is_listed_with_how_late_it_is_told(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    page = (await operator.get("/channels", params={"after": shop.channel[:-1]})).text
    row = page.split(f"/channels/{shop.channel}")[1].split("</tr>")[0]
    assert "Web shop" in row and "Asks by itself" in row


async def test_what_is_pushed_is_listed_with_a_picture_of_its_lag(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    outlet = await pushed(shop)
    await pause_outlet(context=shop.context, outlet_id=outlet.id, reason="the display moves")
    page = (await operator.get("/channels", params={"after": shop.channel[:-1]})).text
    row = page.split(f'id="channel-{shop.channel}"')[1].split("</tr>")[0]
    assert "Held up" in row and "Shelf display is paused (the display moves)" in row
    assert 'aria-label="Lag in the last 15 minutes' in row and "a snapshot" in row
    page = (await operator.get(f"/channels/{shop.channel}")).text
    assert "Error budget" in page and "100 % left" in page and "promised: 5 s" in page


async def test_the_stream_of_a_channel_sends_it_whole_and_then_what_changed(
    open_shop: OpenShop,
) -> None:
    shop = await open_shop(units=3)
    outlet = await pushed(shop)
    first = await parts_of(shop)
    assert first.whole.lstrip().startswith('<div id="told" hx-swap-oob="true">')
    assert set(first.parts) == {"state", "picture", "history", outlet.id}
    await pause_outlet(context=shop.context, outlet_id=outlet.id, reason="the display moves")
    second = await parts_of(shop)
    changed = {name for name, part in second.parts.items() if part != first.parts[name]}
    assert changed >= {"state", "history", outlet.id}
    assert "Resume" in second.parts[outlet.id] and 'hx-swap-oob="true"' in second.parts[outlet.id]


async def test_an_outlet_is_paused_and_resumed(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    outlet = await pushed(shop)
    address = f"/channels/{shop.channel}"
    page = (await operator.get(address)).text
    assert "Pause Shelf display" in page
    for step, state in (("pause", "paused"), ("resume", "running")):
        answer = await operator.post(f"{address}/outlets/{outlet.id}/{step}")
        assert (answer.status_code, answer.headers["location"]) == (303, address)
        assert (await outlet_of(context=shop.context, outlet_id=outlet.id)).state == state
    assert (await operator.post(f"{address}/outlets/{outlet.id}/explode")).status_code == 422
    happened = (await operator.get(address)).text.split("What happened to that")[1]
    assert happened.index("resumed") < happened.index("paused (paused in the console)")
    assert happened.index("paused") < happened.index("opened")


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
    assert "Shelf display" in page and "Pause Shelf display" not in page
    refused = await auditor.post(f"/channels/{shop.channel}/outlets/{outlet.id}/pause")
    assert refused.status_code == 403
    assert (await outlet_of(context=shop.context, outlet_id=outlet.id)).state == "running"


async def test_a_channel_that_is_not_there_is_refused(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/channels/nobody")
    assert answer.status_code == 404 and "nobody" in answer.text
