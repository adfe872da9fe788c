"""Several people edit the same thing at once: one edit is made, the others are told that what they
saw is over. And several channels want the last piece."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from houses import Shop, context_of
from rackhouse.channels import Terms, open_channel
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id

OpenShop = Callable[..., Awaitable[Shop]]
EDITORS = 5


async def edits(api: httpx.AsyncClient, shop: Shop, what: str) -> tuple[str, str, dict[str, Any]]:
    """How a thing of the shop is edited: method, path, and what it is now."""
    if what == "a channel":
        body = {"name": "C", "kind": "web_shop", "locations": [shop.location], "enabled": True}
        return "PUT", f"/api/v1/channels/{shop.channel}", body
    product = f"product-{new_id()}"
    body = {"type": "goods", "name": "P", "variants": [{"sku": f"SKU-{product}"}]}
    assert (await api.post("/api/v1/products", json={**body, "id": product})).is_success
    return "PUT", f"/api/v1/products/{product}", body


@pytest.mark.parametrize("what", ["a channel", "a product"])
async def test_of_many_who_edit_the_same_version_one_does_and_the_others_are_told(
    api: httpx.AsyncClient, open_shop: OpenShop, what: str
) -> None:
    shop = await open_shop(units=1)
    method, path, body = await edits(api, shop, what)
    seen = (await api.get(path)).headers["etag"]

    async def edit(number: int) -> httpx.Response:
        changed = {**body, "name": f"by {number}"}
        return await api.request(method, path, json=changed, headers={"if-match": seen})

    answers = await asyncio.gather(*map(edit, range(EDITORS)))
    assert sorted(each.status_code for each in answers) == [200] + [412] * (EDITORS - 1)
    told = [each.json() for each in answers if each.status_code == 412]
    assert {each["type"] for each in told} == {"/problems/version-is-stale"}
    now = await api.get(path)
    (made,) = [number for number, each in enumerate(answers) if each.status_code == 200]
    assert now.json()["name"] == f"by {made}"
    assert {f'"{each["current"]}"' for each in told} == {now.headers["etag"]}
    blind = await api.request(method, path, json={**body, "name": "unseen"})
    assert (blind.status_code, blind.json()["type"]) == (428, "/problems/if-match-missing")


async def test_of_many_who_set_the_same_quota_one_does_and_the_others_are_told(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    body = {"id": f"quota-{new_id()}", "name": "Release", "cap": 1, "skus": [shop.sku]}
    assert (await api.post("/api/v1/quotas", json=body)).is_success

    async def set_to(cap: int) -> httpx.Response:
        return await api.post("/api/v1/quotas", json={**body, "cap": cap, "expected_version": 1})

    answers = await asyncio.gather(*map(set_to, range(2, 2 + EDITORS)))
    assert sorted(each.status_code for each in answers) == [200] + [409] * (EDITORS - 1)
    refused = {each.json()["type"] for each in answers if not each.is_success}
    assert refused == {"/problems/quota-version-stale"}


async def test_of_several_channels_that_want_the_last_piece_one_gets_it(
    api: httpx.AsyncClient, house: House, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1)
    channels = [f"rival-{new_id()}" for _ in range(EDITORS)]
    for channel in channels:
        terms = Terms(name="Rival", kind="pos", locations=shop.locations, enabled=True)
        await open_channel(context=context_of(house), channel_id=channel, terms=terms)

    async def buy(channel: str) -> httpx.Response:
        body = {
            "channel": channel,
            "lines": [{"sku": shop.sku, "quantity": 1}],
            "complete": "confirm",
        }
        return await api.post("/api/v1/orders", json=body)

    answers = await asyncio.gather(*map(buy, channels))
    assert sorted(each.status_code for each in answers) == [201] + [409] * (EDITORS - 1)
    refused = [each.json() for each in answers if not each.is_success]
    assert {each["type"] for each in refused} == {"/problems/not-enough-stock"}
    assert await shop.levels() == {shop.location: (1, 0, 1)}
