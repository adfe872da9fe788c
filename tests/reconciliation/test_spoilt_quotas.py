"""Quotas whose terms were changed by hand are found by an audit of everything, and put right."""

import pytest
from spoilt_houses import audited, doctor, order, shop_of

from houses import Shop
from rackhouse.inventory import end_quota, quota_of, quota_uses, set_quota
from rackhouse.inventory.errors import QuotaExceeded
from rackhouse.platform.house import House
from rackhouse.reconciliation import Case, RecountQuota, accept_case, case_page

PLANTS = {
    "a higher cap": "update inventory.quota set cap = 99 where id = %(quota)s",
    "another way to count": "update inventory.quota set per = 'customer' where id = %(quota)s",
    "it is over": "update inventory.quota set ended = true where id = %(quota)s",
    "a SKU less": "delete from inventory.quota_sku where quota_id = %(quota)s and sku = %(sku)s",
    "a SKU more": "insert into inventory.quota_sku (quota_id, sku) values (%(quota)s, 'OTHER')",
    "another version": "update inventory.quota set version = 7 where id = %(quota)s",
}


async def limited(house: House) -> tuple[Shop, str]:
    """A shop that may sell five of its SKUs together, and has sold two."""
    shop = await shop_of(house, units=9, skus=2)
    quota = f"quota-{shop.sku.lower()}"
    await set_quota(
        context=shop.context,
        quota=quota,
        name="Five in all",
        skus=shop.skus,
        cap=5,
        per="everyone",
        expected_version=None,
    )
    await order(shop, 2, "confirm")
    return shop, quota


async def cases_of(shop: Shop, quota: str) -> list[Case]:
    found = await case_page(
        context=shop.context, before=None, status="open", kind=None, sku=None, limit=200
    )
    return [each for each in found if each.quota == quota]


@pytest.mark.parametrize("plant", PLANTS)
async def test_the_terms_of_a_quota_are_written_anew(spoilt: House, plant: str) -> None:
    shop, quota = await limited(spoilt)
    before = await quota_of(context=shop.context, quota=quota)
    await audited(shop.context, whole=True)
    assert await cases_of(shop, quota) == []
    assert await doctor(shop, PLANTS[plant], quota=quota) == 1
    await audited(shop.context, whole=True)
    await audited(shop.context)
    found = await cases_of(shop, quota)
    assert "quota_row" in {each.kind for each in found}
    assert {type(each.proposal) for each in found} == {RecountQuota}
    for each in found:
        await accept_case(context=shop.context, case_id=each.id, reason="looked at it")
    await audited(shop.context, whole=True)
    assert await cases_of(shop, quota) == []
    assert await quota_of(context=shop.context, quota=quota) == before
    assert [each.used for each in await quota_uses(context=shop.context, quota=quota, limit=5)] == [
        2
    ]
    with pytest.raises(QuotaExceeded):
        await order(shop, 4)


async def test_a_quota_that_is_over_is_as_its_log_says(spoilt: House) -> None:
    shop, quota = await limited(spoilt)
    await end_quota(context=shop.context, quota=quota, expected_version=None)
    await audited(shop.context, whole=True)
    assert await cases_of(shop, quota) == []
