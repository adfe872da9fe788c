"""Curated bundles against a real catalog, real stock and real orders."""

import datetime
from collections.abc import AsyncIterator

import httpx
import pytest
from curating import a_bottle, a_mark, events_of, found, moved, now_of, stocked

from houses import context_of
from rackhouse.catalog import create_product, listed_products, products_with_skus, replace_product
from rackhouse.channels import Terms, open_channel
from rackhouse.curation import (
    BundleIsNotWhole,
    BundleSlot,
    BundleTerms,
    CollectionTerms,
    InvalidCuratedBundle,
    PercentOffPrice,
    Picked,
    accept_curated_bundle,
    change_curated_bundle,
    create_collection,
    curated_bundle_of,
    propose_again,
    propose_curated_bundle,
    remove_curated_bundle,
)
from rackhouse.curation.carrying_out import carry_out_due
from rackhouse.identity import mint_token
from rackhouse.inventory import Line, receive_stock
from serving import served

HOUR = datetime.timedelta(hours=1)
BUNDLES = "/api/v1/curated-bundles"


@pytest.fixture(scope="module")
async def api(house) -> AsyncIterator[httpx.AsyncClient]:
    """The API, asked by an administrator."""
    token = await mint_token(house=house, roles=["admin"], subject="admin", ttl_seconds=7200)
    async with served(house.settings, authorization=f"Bearer {token}") as client:
        yield client


@pytest.fixture(scope="module")
async def cellar(house) -> tuple[str, list[str], str]:
    """A mark, the SKUs of three bottles that have it, and where they lie: 9, 4 and none."""
    context, mark = context_of(house), a_mark()
    ids = [
        await a_bottle(context, mark, "peat", price_minor=4000, brand="Ardbeg"),
        await a_bottle(context, mark, "salt", price_minor=6000, brand="Talisker"),
        await a_bottle(context, mark, "gone", price_minor=100, brand="Talisker"),
    ]
    skus = [each.upper() for each in ids]
    place = await stocked(context, {skus[0]: 9, skus[1]: 4})
    terms = Terms(name=mark, kind="web_shop", locations=(place,), enabled=True)
    await open_channel(context=context, channel_id=f"shop-{mark}", terms=terms)
    await found(context, mark, 2, available=True)
    return mark, skus, place


async def test_a_bundle_by_hand_is_proposed_accepted_sold_and_closed(api, context, cellar) -> None:
    mark, (peat, salt, _), _ = cellar
    body = {
        "id": f"pair-{mark}",
        "name": "A pair",
        "components": [{"sku": peat, "quantity": 2}, {"sku": salt}],
        "price": {"kind": "percent_off", "percent": 10},
    }
    made = await api.post(BUNDLES, json=body)
    assert made.status_code == 201, made.text
    proposed = made.json()
    assert (proposed["state"], proposed["in_catalog"]) == ("proposed", False)
    assert proposed["proposal"]["sum_minor"] == 14000
    assert proposed["proposal"]["price_minor"] == 12600
    assert proposed["can_be_made"] == 4
    one = made.headers["location"]
    assert (await api.post(f"{one}/accept")).status_code == 428
    etag = made.headers["etag"]
    accepted = await api.post(f"{one}/accept", headers={"if-match": etag})
    assert (accepted.status_code, accepted.json()["state"]) == (200, "open"), accepted.text
    assert (await api.post(f"{one}/accept", headers={"if-match": etag})).status_code == 412
    product = (await api.get(f"/api/v1/products/pair-{mark}")).json()
    assert (product["type"], product["price_minor"]) == ("bundle", 12600)
    order = {
        "channel": f"shop-{mark}",
        "complete": "confirm",
        "lines": [{"sku": f"PAIR-{mark.upper()}", "quantity": 1}],
    }
    bought = await api.post("/api/v1/orders", json=order)
    assert bought.status_code == 201, bought.text
    changed = await api.put(
        one,
        json={"name": "Another pair", "components": [{"sku": peat}, {"sku": salt}]},
        headers={"if-match": accepted.headers["etag"]},
    )
    assert changed.json()["proposal"]["price_minor"] == 10000
    assert (await api.get(f"/api/v1/products/pair-{mark}")).json()["name"] == "A pair"
    headers = {"if-match": changed.headers["etag"]}
    assert (await api.post(f"{one}/accept", headers=headers)).status_code == 200
    assert (await api.get(f"/api/v1/products/pair-{mark}")).json()["price_minor"] == 10000
    assert (await api.delete(one, headers={"if-match": "*"})).status_code == 204
    assert (await api.get(f"/api/v1/products/pair-{mark}")).status_code == 404
    assert (await api.post("/api/v1/orders", json=order)).status_code == 422
    kept = (await api.get(f"/api/v1/orders/{bought.json()['id']}")).json()
    assert {each["sku"]: each["quantity"] for each in kept["allocations"]} == {peat: 2, salt: 1}
    cancelled = await api.post(f"/api/v1/orders/{kept['id']}/cancel")
    assert cancelled.status_code == 200, cancelled.text
    assert await events_of(context.house, f"curated-bundle:pair-{mark}") == [
        "CuratedBundleProposed",
        "CuratedBundleAccepted",
        "CuratedBundleOpened",
        "CuratedBundleProposed",
        "CuratedBundleAccepted",
        "CuratedBundleClosed",
        "CuratedBundleRemoved",
    ]


async def test_a_bundle_by_rule_takes_what_can_be_had_now(context, cellar) -> None:
    mark, (peat, salt, gone), place = cellar
    slots = (
        BundleSlot(q=mark, filter="price_minor:..5000", sort="price"),
        BundleSlot(q=mark, filter="brand:Talisker", sort="price"),
    )
    terms = BundleTerms(name="By rule", slots=slots)
    name = f"rule-{mark}"
    bundle = await propose_curated_bundle(context=context, bundle_id=name, terms=terms)
    assert [each.sku for each in bundle.proposal.components] == [peat, salt]
    lines = [Line(gone, 3)]
    await receive_stock(context=context, location=place, lines=lines, reference=None)
    await found(context, mark, 3, available=True)
    again = await propose_again(context=context, bundle_id=name)
    assert [each.sku for each in again.proposal.components] == [peat, gone]
    assert (again.can_be_made, again.proposal.price_minor) == (3, 4100)
    too_many = BundleTerms(name="Many", slots=(BundleSlot(q=mark, quantity=500),))
    with pytest.raises(BundleIsNotWhole) as refusal:
        await propose_curated_bundle(context=context, bundle_id=f"many-{mark}", terms=too_many)
    assert [each.field for each in refusal.value.problems] == ["slots[0]"]


async def test_a_bundle_from_a_collection_opens_and_closes_by_the_clock(context, cellar) -> None:
    mark, (peat, salt, _), _ = cellar
    house, name = context.house, f"set-{mark}"
    members = (peat.lower(), salt.lower())
    terms = CollectionTerms(title="Two", members=members)
    await create_collection(context=context, collection_id=name, terms=terms)
    now = await now_of(house)
    terms = BundleTerms(
        name="From it",
        collection=name,
        price=PercentOffPrice(20),
        starts_at=now + HOUR,
        ends_at=now + 3 * HOUR,
    )
    made = await propose_curated_bundle(context=context, bundle_id=name, terms=terms)
    await accept_curated_bundle(context=context, bundle_id=name, expected_version=made.version)

    async def product():
        return (await listed_products(context=context, product_ids=[name])).get(name)

    assert await product() is None
    for _ in range(2):
        await moved(house, "bundle", name, hours=2)
        await carry_out_due(context=context)
        bundle = await curated_bundle_of(context=context, bundle_id=name)
        listed = await product()
        assert (bundle.state == "open") == (listed is not None) == bundle.in_catalog
        if listed is not None:
            assert (listed.price_minor, len(listed.variants[0].components)) == (8000, 2)
    told = await events_of(house, f"curated-bundle:{name}")
    assert told[-2:] == ["CuratedBundleOpened", "CuratedBundleClosed"]


async def test_what_can_not_be_in_a_bundle_is_refused_with_its_field(context, cellar) -> None:
    mark, (peat, _, _), _ = cellar
    other = await a_bottle(context, mark, "dollar", currency="USD")
    for components, field in (
        ((Picked(sku=peat), Picked(sku="NOTHING")), "components[1].sku"),
        ((Picked(sku=peat), Picked(sku=other.upper())), "price"),
    ):
        terms = BundleTerms(name="Wrong", components=components)
        with pytest.raises(InvalidCuratedBundle) as refusal:
            await propose_curated_bundle(context=context, bundle_id=f"w-{mark}", terms=terms)
        assert [each.field for each in refusal.value.problems] == [field]
    taken = BundleTerms(name="Taken", sku=peat, components=(Picked(sku=other.upper()),))
    with pytest.raises(InvalidCuratedBundle):
        await propose_curated_bundle(context=context, bundle_id=f"w-{mark}", terms=taken)


async def test_a_bundle_that_the_catalog_does_not_take_tells_why_and_is_tried_again(
    context, cellar
) -> None:
    mark, (peat, salt, _), _ = cellar
    house, name = context.house, f"late-{mark}"
    now = await now_of(house)
    terms = BundleTerms(name="Late", components=(Picked(sku=peat),), starts_at=now + HOUR)
    made = await propose_curated_bundle(context=context, bundle_id=name, terms=terms)
    await accept_curated_bundle(context=context, bundle_id=name, expected_version=made.version)
    draft = {"type": "goods", "name": "In its way", "variants": [{"sku": name.upper()}]}
    blocking = await create_product(context=context, draft=draft)
    await moved(house, "bundle", name, hours=2)
    await carry_out_due(context=context)
    bundle = await curated_bundle_of(context=context, bundle_id=name)
    assert (bundle.state, bundle.in_catalog) == ("open", False)
    assert bundle.trouble is not None
    assert blocking.id in bundle.trouble
    other = BundleTerms(name="Late", sku=f"{name}-2", components=(Picked(sku=salt),))
    changed = await change_curated_bundle(
        context=context, bundle_id=name, terms=other, expected_version=None
    )
    accepted = await accept_curated_bundle(
        context=context, bundle_id=name, expected_version=changed.version
    )
    assert (accepted.trouble, accepted.in_catalog) == (None, True)
    assert f"{name}-2" in await products_with_skus(context=context, skus=[f"{name}-2"])
    await remove_curated_bundle(context=context, bundle_id=name, expected_version=None)


async def test_a_proposal_that_costs_otherwise_by_now_is_not_accepted(context, cellar) -> None:
    mark, _, _ = cellar
    bottle = await a_bottle(context, mark, "dearer")
    terms = BundleTerms(name="Soon", components=(Picked(sku=bottle.upper()),))
    name = f"soon-{mark}"
    made = await propose_curated_bundle(context=context, bundle_id=name, terms=terms)
    draft = {"type": "goods", "name": "Dearer", "price_minor": 5100, "currency": "EUR"}
    draft["variants"] = [{"sku": bottle.upper()}]
    await replace_product(
        context=context, product_id=bottle, only_type=None, draft=draft, expected_version=None
    )
    with pytest.raises(BundleIsNotWhole):
        await accept_curated_bundle(context=context, bundle_id=name, expected_version=made.version)
    again = await propose_again(context=context, bundle_id=name)
    accepted = await accept_curated_bundle(
        context=context, bundle_id=name, expected_version=again.version
    )
    assert accepted.proposal.price_minor == 5100
    await remove_curated_bundle(context=context, bundle_id=name, expected_version=None)
