"""The pages of cases, as they come from the server."""

import datetime
from collections.abc import AsyncIterator
from typing import get_args

import httpx
import pytest

from houses import Shop, context_of, migrated_database, shop_in
from rackhouse.api.app import build_app
from rackhouse.console import routes
from rackhouse.console.case_wording import KINDS, in_words
from rackhouse.identity import new_signin_code, use_signin_code
from rackhouse.inventory import Line
from rackhouse.modules import MODULES
from rackhouse.orders import ReportedSale, report_sales
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from rackhouse.reconciliation import (
    AdjustStock,
    AskChannel,
    CancelOrder,
    ConfirmHold,
    Correction,
    CountStock,
    CoverSale,
    DismissSale,
    FollowHold,
    RecountQuota,
    ReleaseHold,
    RewriteHold,
    RewriteLot,
    RewriteOrder,
    RewriteStock,
    RewriteUnits,
    case_page,
    run_audit,
)

ORIGIN = "http://console.test"


@pytest.fixture(scope="module")
async def spoilt(settings: Settings, server_url: str) -> AsyncIterator[House]:
    """A house whose rows may be changed by hand."""
    alone = Settings(data=settings.data, database_url=migrated_database(server_url))
    async with House(alone, MODULES) as house:
        await migrate(house)
        yield house


@pytest.fixture
async def browser(spoilt: House) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody is signed in."""
    app = build_app(spoilt, further_routes=routes(spoilt))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=ORIGIN, headers={"origin": ORIGIN}
    ) as client:
        yield client


async def signed_in(house: House, browser: httpx.AsyncClient, *roles: str) -> httpx.AsyncClient:
    code = await new_signin_code(house=house, roles=roles)
    browser.cookies.set("rackhouse_session", await use_signin_code(house=house, code=code))
    return browser


async def spoil(shop: Shop) -> str:
    """Let the shop's row say five more than it should; answers the id of the case."""
    async with shop.house.database("inventory").transaction() as tx:
        await tx.run(
            "update inventory.stock set on_hand = on_hand + 5 where sku = %(sku)s",
            {"sku": shop.sku},
        )
    await run_audit(context=shop.context, whole=False, share=1.0, progress=lambda _: None)
    (case,) = await case_page(
        context=shop.context, before=None, status="open", kind=None, sku=shop.sku, limit=5
    )
    return case.id


async def test_a_case_is_shown_with_what_explains_it_and_accepted(
    spoilt: House, browser: httpx.AsyncClient
) -> None:
    shop = await shop_in(context_of(spoilt), units=9)
    case_id = await spoil(shop)
    operator = await signed_in(spoilt, browser, "operator")
    listed = (await operator.get("/cases")).text
    assert f'href="/cases/{case_id}"' in listed and KINDS["stock_row"] in listed
    page = (await operator.get(f"/cases/{case_id}")).text
    assert "9 on hand" in page and "14 on hand" in page and "received 9" in page
    assert "anew from the log" in page and "Accept the proposal" in page
    done = await operator.post(
        f"/cases/{case_id}", data={"decision": "accept", "reason": "I counted"}
    )
    assert (done.status_code, done.headers["location"]) == (303, f"/cases/{case_id}")
    after = (await operator.get(f"/cases/{case_id}")).text
    assert "Accepted by console:" in after and "I counted" in after
    assert 'name="decision"' not in after
    assert case_id in (await operator.get("/cases?status=accepted")).text
    assert await shop.levels() == {shop.location: (9, 0, 0)}


async def test_a_case_is_edited_or_rejected(spoilt: House, browser: httpx.AsyncClient) -> None:
    shop = await shop_in(context_of(spoilt), units=9)
    operator = await signed_in(spoilt, browser, "operator")
    case_id = await spoil(shop)
    for wrong in (
        {"decision": "edit", "action": "by", "pieces": "few", "reason": "x"},
        {"decision": "edit", "action": "to", "pieces": "-1", "reason": "x"},
        {"decision": "edit", "action": "dance", "pieces": "1", "reason": "x"},
        {"decision": "accept", "reason": " "},
        {"decision": "shrug", "reason": "x"},
    ):
        assert (await operator.post(f"/cases/{case_id}", data=wrong)).status_code == 422
    edited = {"decision": "edit", "action": "count", "pieces": "", "reason": "go and look"}
    assert (await operator.post(f"/cases/{case_id}", data=edited)).status_code == 303
    assert "Count" in (await operator.get(f"/cases/{case_id}")).text
    assert f"{shop.location}</b>, 1 line" in (await operator.get("/counts")).text
    other = await spoil(await shop_in(context_of(spoilt), units=9))
    rejected = {"decision": "reject", "reason": "a known loan"}
    assert (await operator.post(f"/cases/{other}", data=rejected)).status_code == 303
    assert "a known loan" in (await operator.get(f"/cases/{other}")).text


async def test_who_may_only_look_can_not_decide(spoilt: House, browser: httpx.AsyncClient) -> None:
    shop = await shop_in(context_of(spoilt), units=9)
    case_id = await spoil(shop)
    auditor = await signed_in(spoilt, browser, "auditor")
    page = (await auditor.get(f"/cases/{case_id}")).text
    assert "You may look at it, but not decide." in page and "Accept the proposal" not in page
    answer = await auditor.post(f"/cases/{case_id}", data={"decision": "accept", "reason": "x"})
    assert answer.status_code == 403


async def test_a_decision_from_another_site_is_refused(
    spoilt: House, browser: httpx.AsyncClient
) -> None:
    shop = await shop_in(context_of(spoilt), units=9)
    case_id = await spoil(shop)
    operator = await signed_in(spoilt, browser, "operator")
    answer = await operator.post(
        f"/cases/{case_id}",
        data={"decision": "accept", "reason": "x"},
        headers={"origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 403
    assert (await browser.get("/cases/nothing")).status_code == 404


CORRECTIONS: list[Correction] = [
    RewriteStock("A", "cellar"),
    RewriteHold("h", "A", "cellar"),
    RewriteUnits("A", "SPRING"),
    RewriteLot("A", "SPRING"),
    RecountQuota("two-each"),
    AdjustStock("A", "cellar", delta=-2),
    AdjustStock("A", "cellar", counted=3),
    CountStock("A", "cellar"),
    AskChannel("web", "A", 3),
    RewriteOrder("o"),
    FollowHold("h"),
    ConfirmHold("h"),
    ReleaseHold("h"),
    CancelOrder("o"),
    CoverSale("till", "s"),
    DismissSale("till", "s"),
]


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda each: type(each).__name__)
def test_every_correction_can_be_told(correction: Correction) -> None:
    assert in_words(correction, {"A": "Gin"}).endswith(".")


def test_no_correction_is_left_out() -> None:
    assert {type(each) for each in CORRECTIONS} == set(get_args(Correction))


async def test_a_reported_sale_without_stock_is_booked_or_dismissed(
    spoilt: House, browser: httpx.AsyncClient
) -> None:
    shop = await shop_in(context_of(spoilt), units=1)
    sold_at = datetime.datetime.now(datetime.UTC)
    sale = ReportedSale(external_id="b-1", sold_at=sold_at, lines=(Line(shop.sku, 3),))
    await report_sales(context=shop.context, channel=shop.channel, sales=[sale])
    await run_audit(context=shop.context, whole=False, share=1.0, progress=lambda _: None)
    (case,) = await case_page(
        context=shop.context, before=None, status="open", kind="sale_not_covered", sku=None, limit=5
    )
    operator = await signed_in(spoilt, browser, "operator")
    page = (await operator.get(f"/cases/{case.id}")).text
    assert KINDS["sale_not_covered"] in page and "Book the sale" in page
    refused = {"decision": "accept", "reason": "it was sold"}
    assert (await operator.post(f"/cases/{case.id}", data=refused)).status_code == 409
    dismissed = {"decision": "dismiss", "reason": "typed wrong"}
    assert (await operator.post(f"/cases/{case.id}", data=dismissed)).status_code == 303
    assert "Never book the sale" in (await operator.get(f"/cases/{case.id}")).text


async def test_an_audit_is_begun_from_the_page(spoilt: House, browser: httpx.AsyncClient) -> None:
    operator = await signed_in(spoilt, browser, "operator")
    assert "Begin an audit" in (await operator.get("/cases")).text
    assert (await operator.post("/audits", data={"whole": "yes"})).status_code == 303
    page = (await operator.get("/cases")).text
    assert "is running" in page and "Begin an audit" not in page
    await run_audit(context=context_of(spoilt), whole=True, share=1.0, progress=lambda _: None)
    auditor = await signed_in(spoilt, browser, "auditor")
    assert "Begin an audit" not in (await auditor.get("/cases")).text
    assert (await auditor.post("/audits", data={"whole": "yes"})).status_code == 403
