"""Cases, audits, reports and counts over HTTP."""

import datetime
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from spoilt_houses import audited, doctor, shop_of

from houses import Shop
from rackhouse.identity import mint_token
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from serving import served

Ask = Callable[..., Awaitable[Any]]
STOCK_AT = "where sku = %(sku)s and location = %(at)s"


@pytest.fixture(scope="module")
async def client(spoilt: House) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody's client of the API."""
    async with served(spoilt.settings) as client:
        yield client


@pytest.fixture
def ask(client: httpx.AsyncClient, spoilt: House) -> Ask:
    """Asks the API as somebody with a role, and expects a status."""

    async def asked(
        method: str,
        path: str,
        status: int,
        *,
        role: str = "operator",
        subject: str = "Ada",
        channel: str | None = None,
        key: str | None = None,
        **body: Any,
    ) -> Any:
        token = await mint_token(house=spoilt, roles=[role], subject=subject, channel=channel)
        headers = {"authorization": f"Bearer {token}"}
        if key is not None:
            headers["idempotency-key"] = key
        answer = await client.request(
            method, f"/api/v1{path}", headers=headers, json=body if method == "POST" else None
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    return asked


async def a_case(shop: Shop) -> str:
    """The id of a case about the shop's row."""
    await doctor(shop, f"update inventory.stock set on_hand = on_hand + 1 {STOCK_AT}")
    await audited(shop.context)
    return shop.sku


async def test_cases_are_listed_filtered_shown_and_decided(spoilt: House, ask: Ask) -> None:
    shop = await shop_of(spoilt, units=9)
    sku = await a_case(shop)
    listed = await ask("GET", f"/reconciliation/cases?status=open&kind=stock_row&sku={sku}", 200)
    (case,) = listed["items"]
    assert case["proposal"] == {
        "action": "rewrite_stock",
        "sku": shop.sku,
        "location": shop.location,
    }
    assert (case["expected"]["on_hand"], case["found"]["on_hand"]) == (9, 10)
    assert [(each["type"], each["version"]) for each in case["evidence"]] == [("StockReceived", 1)]
    path = f"/reconciliation/cases/{case['id']}"
    assert await ask("GET", path, 200) == case
    wrong = {"action": "adjust_stock", "sku": "OTHER", "location": shop.location, "delta": 1}
    refused = await ask("POST", f"{path}/edit", 422, correction=wrong, reason="x")
    assert refused["field"] == "sku"
    assert (await ask("POST", f"{path}/edit", 422, correction={"action": "dance"}, reason="x"))[
        "status"
    ] == 422
    await ask("POST", f"{path}/accept", 403, role="auditor", reason="may not")
    key = new_id()
    done = await ask("POST", f"{path}/accept", 200, reason="looked", key=key)
    assert (done["status"], done["decided_by"], done["being_decided"]) == ("accepted", "Ada", False)
    assert await ask("POST", f"{path}/accept", 200, reason="looked", key=key) == done
    conflict = await ask("POST", f"{path}/reject", 409, reason="no")
    assert conflict["case_status"] == "accepted"
    assert (await ask("GET", f"/reconciliation/cases?status=open&sku={sku}", 200))["items"] == []


async def test_cases_come_in_pages(spoilt: House, ask: Ask) -> None:
    for _ in range(3):
        await a_case(await shop_of(spoilt, units=1))
    first = await ask("GET", "/reconciliation/cases?limit=2", 200)
    second = await ask("GET", f"/reconciliation/cases?limit=2&cursor={first['next_cursor']}", 200)
    ids = [each["id"] for each in first["items"] + second["items"]]
    assert len(first["items"]) == 2 and len(set(ids)) == len(ids)


async def test_a_case_that_there_is_not_is_not_found(ask: Ask) -> None:
    assert (await ask("GET", "/reconciliation/cases/nothing", 404))["case_id"] == "nothing"


async def test_an_audit_is_begun_and_listed(spoilt: House, ask: Ask) -> None:
    shop = await shop_of(spoilt, units=1)
    begun = await ask("POST", "/reconciliation/audits", 202, whole=True)
    assert (begun["status"], begun["whole"], begun["started_by"]) == ("running", True, "Ada")
    assert (await ask("POST", "/reconciliation/audits", 409))["audit_id"] == begun["id"]
    await audited(shop.context, whole=True)
    (newest,) = (await ask("GET", "/reconciliation/audits?limit=1", 200))["items"]
    assert (newest["id"], newest["status"]) == (begun["id"], "ended")
    assert newest["events"] > 0 and newest["ended_at"] is not None
    await ask("GET", "/reconciliation/audits", 403, role="channel", channel="web")


async def test_a_channel_reports_its_own_figures_and_is_asked_to_take_others(
    spoilt: House, ask: Ask
) -> None:
    shop, other = await shop_of(spoilt, units=9), await shop_of(spoilt, units=1)
    path = f"/channels/{shop.channel}/reported-stock"
    own = {"role": "channel", "channel": shop.channel}
    report = {
        "as_of": datetime.datetime.now(datetime.UTC).isoformat(),
        "items": [{"sku": shop.sku, "available": 7}],
    }
    taken = await ask("POST", path, 202, **own, **report)
    assert (taken["figures"], taken["requested"]) == (1, [])
    await ask("POST", path, 403, role="channel", channel=other.channel, **report)
    await ask("POST", path, 422, **own, as_of="yesterday", items=report["items"])
    await audited(shop.context)
    (case,) = (await ask("GET", f"/reconciliation/cases?sku={shop.sku}", 200))["items"]
    assert (case["kind"], case["channel"]) == ("channel_figure", shop.channel)
    await ask(
        "POST", f"/reconciliation/cases/{case['id']}/accept", 200, reason="the shelf is right"
    )
    requested = f"/channels/{shop.channel}/requested-stock"
    (figure,) = (await ask("GET", requested, 200, **own))["items"]
    assert (figure["sku"], figure["available"]) == (shop.sku, 9)
    await ask("GET", requested, 403, role="channel", channel=other.channel)


async def test_a_blind_count_over_http(spoilt: House, ask: Ask) -> None:
    shop = await shop_of(spoilt, units=9)
    counter: dict[str, Any] = {"role": "counter", "subject": "Joan"}
    opened = await ask("POST", "/counts", 201, location=shop.location, skus=[shop.sku])
    path = f"/counts/{opened['id']}"
    line = {"sku": shop.sku, "counted": 8}
    recorded = await ask("POST", f"{path}/record", 200, lines=[line], **counter)
    for told in (opened, recorded, await ask("GET", path, 200, **counter)):
        assert told["lines"][0]["expected"] is None and told["lines"][0]["difference"] is None
    for step in ("review", "post", "approve"):
        await ask("POST", f"{path}/{step}", 403, **counter)
    await ask("GET", f"/inventory/{shop.sku}", 403, **counter)  # nor may they look it up
    seen = await ask("POST", f"{path}/review", 200)
    assert (seen["lines"][0]["expected"], seen["lines"][0]["difference"]) == (9, -1)
    assert (await ask("POST", f"{path}/record", 403, lines=[line]))["subject"] == "Ada"
    await ask("POST", f"{path}/post", 422)
    reasons = [{"sku": shop.sku, "reason": "broken"}]
    posted = await ask("POST", f"{path}/post", 200, reasons=reasons, key="post-it")
    assert (posted["status"], posted["lines"][0]["reason"]) == ("posted", "broken")
    assert await ask("POST", f"{path}/post", 200, reasons=reasons, key="post-it") == posted
    assert await shop.levels() == {shop.location: (8, 0, 0)}
    listed = await ask("GET", f"/counts?location={shop.location}&status=posted", 200, **counter)
    assert [each["id"] for each in listed["items"]] == [opened["id"]]


async def test_a_count_is_cancelled_and_what_is_wrong_with_one_is_named(
    spoilt: House, ask: Ask
) -> None:
    shop = await shop_of(spoilt, units=9)
    opened = await ask("POST", "/counts", 201, location=shop.location, blind=False)
    path = f"/counts/{opened['id']}"
    unsaid = await ask("POST", f"{path}/record", 422, lines=[{"sku": shop.sku}])
    assert unsaid["field"] == "counted"
    await ask("POST", f"{path}/record", 404, lines=[{"sku": "OTHER", "counted": 1}])
    assert (await ask("POST", f"{path}/post", 409))["uncounted"] == 1
    done = await ask("POST", f"{path}/cancel", 200, reason="wrong shelf")
    assert done["status"] == "cancelled"
    assert (await ask("POST", f"{path}/post", 409))["count_status"] == "cancelled"
    await ask("POST", "/counts", 404, location="nowhere")
