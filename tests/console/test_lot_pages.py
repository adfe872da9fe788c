"""Lots in the console: on the page of their SKU, and on a page of their own."""

import datetime
from collections.abc import Awaitable, Callable

import httpx

from houses import Shop
from rackhouse.console import lot_view
from rackhouse.inventory import (
    Line,
    LotFacts,
    lot_of,
    place_hold,
    recall_lot,
    receive_stock,
    register_lot,
)
from rackhouse.orders import place_order

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]
SOON = datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC)


async def cask(shop: Shop, bottles: int = 9) -> str:
    """A numbered lot of which all bottles but the last have come; answers its page's address."""
    facts = LotFacts(
        numbered=bottles,
        flavor_profile={"smoke": 80},
        attributes={"abv": {"kind": "number", "value": 57.1, "unit": "% vol"}},
    )
    await register_lot(context=shop.context, sku=shop.sku, lot="cask-7", facts=facts)
    await receive_stock(
        context=shop.context,
        location=shop.location,
        lines=[Line(shop.sku, bottles - 1, "cask-7", tuple(range(1, bottles)))],
        reference=None,
    )
    return f"/stock/{shop.sku}/lots/cask-7"


async def sell(shop: Shop, number: int) -> str:
    """An order for one bottle; answers its id."""
    hold = await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, 1, "cask-7", (number,))],
        ttl_seconds=600,
        customer_id="ada",
    )
    order = await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=None,
        hold_id=hold.id,
        customer_id=None,
        external_id=None,
        ttl_seconds=None,
        complete="confirm",
    )
    return order.id


async def test_a_sku_page_shows_its_lots_and_a_square_for_each_bottle(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    await cask(shop)
    await register_lot(
        context=shop.context, sku=shop.sku, lot="later", facts=LotFacts(release_at=SOON)
    )
    await sell(shop, 3)
    text = (await operator.get(f"/stock/{shop.sku}")).text
    assert f'<a href="/stock/{shop.sku}/lots/cask-7">cask-7</a>' in text
    assert "9 numbered" in text and "Unreleased" in text
    assert f'title="3 of 9: sold, in {shop.location}"' in text
    assert f'4<span class="unseen"> in stock, in {shop.location}</span>' in text
    assert "7 in stock" in text and "1 sold" in text


async def test_a_sku_without_lots_shows_none(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    assert "lots-title" not in (await operator.get(f"/stock/{shop.sku}")).text


async def test_a_lot_s_page_says_what_is_known_and_what_happened_to_a_bottle(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    page = await cask(shop)
    await sell(shop, 3)
    text = (await operator.get(page, params={"number": 3})).text
    assert "9 in all" in text and "57.1 % vol" in text
    assert '<meter id="flavor-1" min="0" max="100" value="80">' in text
    assert "Number 3 of 9" in text and "Committed, sellable" in text
    history = text.partition('id="unit"')[2]
    assert history.index("received 8") < history.index("held 1") < history.index("sold 1")
    never_came = await operator.get(page, params={"number": 9})
    assert never_came.status_code == 404 and "never come in" in never_came.text
    assert (await operator.get(page, params={"number": 0})).status_code == 422
    unknown = await operator.get(f"/stock/{shop.sku}/lots/unknown")
    assert unknown.status_code == 404


async def test_whoever_may_recalls_a_lot_and_sees_who_has_some(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    page = await cask(shop)
    order = await sell(shop, 3)
    answer = await operator.post(f"{page}/recall", data={"reason": "a cork taint"})
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    text = (await operator.get(page)).text
    assert "Recalled: a cork taint." in text
    assert f"order {order}" in text and "<td>ada</td>" in text
    known = await lot_of(context=shop.context, sku=shop.sku, lot="cask-7")
    assert known.status == "recalled"
    again = await operator.post(f"{page}/recall", data={"reason": "twice"})
    assert again.status_code == 409
    await operator.post(f"{page}/reinstate", data={"reason": "a mistake"})
    known = await lot_of(context=shop.context, sku=shop.sku, lot="cask-7")
    assert known.status == "sellable"
    for reason in ("", " ", "x" * 201, "a\x00b"):
        empty = await operator.post(f"{page}/recall", data={"reason": reason})
        assert empty.status_code == 422


async def test_whoever_may_only_look_has_no_button_and_can_not_recall(
    sign_in: SignIn, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    page = await cask(shop)
    auditor = await sign_in("auditor")
    assert "/recall" not in (await auditor.get(page)).text
    answer = await auditor.post(f"{page}/recall", data={"reason": "a cork taint"})
    assert answer.status_code == 403


async def test_a_recall_that_another_site_sends_is_refused(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    page = await cask(shop)
    elsewhere = {"origin": "https://elsewhere.example"}
    answer = await operator.post(f"{page}/recall", data={"reason": "x"}, headers=elsewhere)
    assert answer.status_code == 403
    assert (await lot_of(context=shop.context, sku=shop.sku, lot="cask-7")).status == "sellable"


async def test_many_bottles_come_in_pages(
    operator: httpx.AsyncClient, open_shop: OpenShop, monkeypatch
) -> None:
    monkeypatch.setattr(lot_view, "SQUARES_LIMIT", 5)
    shop = await open_shop()
    page = await cask(shop)
    first = (await operator.get(page)).text
    assert 'href="?after=5"' in first and "6 of 9" not in first
    second = (await operator.get(f"{page}?after=5")).text
    assert "6 of 9" in second and "?after=" not in second


async def test_the_board_tells_of_a_recall_in_words(
    operator: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    await cask(shop)
    await recall_lot(context=shop.context, sku=shop.sku, lot="cask-7", reason="a cork taint")
    text = (await operator.get(f"/stock/{shop.sku}")).text
    assert "declared lot cask-7 of" in text and "recalled (a cork taint)" in text
