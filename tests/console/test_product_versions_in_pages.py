"""Versions of products in the console: two people at once, removal, restoring, who may."""

import re
from collections.abc import Awaitable, Callable
from html import unescape

import httpx
import pytest
from catalog_forms import draft_of_malt, form_in_page, new_malt, opened

from rackhouse.catalog import create_product, product_of, replace_product
from rackhouse.platform.context import Context

SignIn = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def mark(context: Context) -> str:
    """What a new product type and its product are called after."""
    return await new_malt(context)


async def test_two_people_see_both_versions_and_take_over_field_by_field(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    form = await opened(operator, mark)
    theirs = draft_of_malt(mark, name=f"Theirs {mark}", brand="Islay House")
    theirs["attributes"] = {**theirs["attributes"], "age": 21}
    await replace_product(
        context=context, product_id=f"malt-{mark}", only_type=None, draft=theirs, expected_version=1
    )
    form |= {"name": [f"Mine {mark}"], "tags": ["mine"]}
    told = await operator.post(f"/products/malt-{mark}", data=form)
    assert told.status_code == 409
    page = told.text
    assert f"Mine {mark}" in page and f"Theirs {mark}" in page and "Both changed it" in page
    assert "test</b> changed the name, the brand, attributes" in page
    sides = dict(re.findall(r'name="take\.([^"]+)" value="(\w+)" required checked', page))
    assert sides == {"brand": "theirs", "attributes.age": "theirs", "tags": "mine"}
    hidden = dict(re.findall(r'name="(was|mine|theirs)" value="([^"]*)"', page))
    merge = {name: unescape(value) for name, value in hidden.items()}
    merge |= {f"take.{piece}": side for piece, side in sides.items()} | {"take.name": "mine"}
    saved = await operator.post(f"/products/malt-{mark}/merge", data=merge)
    assert saved.status_code == 303, saved.text
    product = await product_of(context=context, product_id=f"malt-{mark}", only_type=None)
    assert (product.name, product.brand, product.tags) == (f"Mine {mark}", "Islay House", ("mine",))
    assert (product.attributes["age"], product.version) == (21, 3)
    once_more = await operator.post(f"/products/malt-{mark}/merge", data=merge)
    assert once_more.status_code == 409 and f"Mine {mark}" in once_more.text


async def test_a_product_is_removed_after_a_question_and_the_reason_is_told_if_not(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    naming = draft_of_malt(mark, id=f"naming-{mark}", variants=[])
    naming["attributes"] = {"pairs_with": f"malt-{mark}"}
    await create_product(context=context, draft=naming)
    question = await operator.get(f"/products/malt-{mark}/remove")
    assert question.status_code == 200 and "Keep it" in question.text
    refused = await operator.post(f"/products/malt-{mark}/remove", data={"version": "1"})
    assert refused.status_code == 409 and f"naming-{mark}" in refused.text
    gone = await operator.post(f"/products/naming-{mark}/remove", data={"version": "1"})
    assert gone.status_code == 303
    assert (await operator.get(f"/products/naming-{mark}")).status_code == 404
    versions = await operator.get(gone.headers["location"])
    assert "It can be restored" in versions.text
    kept = f"/products/naming-{mark}/versions/1"
    restored = await operator.post(kept, data={"version": "2"})
    assert restored.headers["location"] == f"/products/naming-{mark}?saved=1"
    page = (await operator.get(f"/products/naming-{mark}")).text
    assert "restored version 1" in page and "took it out of the catalog" in page


async def test_versions_are_compared_and_restored(
    sign_in: SignIn, context: Context, mark: str
) -> None:
    await replace_product(
        context=context,
        product_id=f"malt-{mark}",
        only_type=None,
        draft=draft_of_malt(mark, name="Otherwise"),
        expected_version=1,
    )
    auditor = await sign_in("auditor")
    versions = (await auditor.get(f"/products/malt-{mark}/versions")).text
    assert "Version 2" in versions and "As it is now" in versions
    page = (await auditor.get(f"/products/malt-{mark}/versions/1")).text
    assert f"<td>Malt {mark}</td><td>Otherwise</td>" in page and "Restore" not in page
    operator = await sign_in("operator")
    stale = await operator.post(f"/products/malt-{mark}/versions/1", data={"version": "1"})
    assert stale.status_code == 412 and "Somebody else changed it meanwhile" in stale.text
    done = await operator.post(f"/products/malt-{mark}/versions/1", data={"version": "2"})
    assert done.status_code == 303
    product = await product_of(context=context, product_id=f"malt-{mark}", only_type=None)
    assert (product.name, product.version) == (f"Malt {mark}", 3)
    assert (await operator.get(f"/products/malt-{mark}/versions/9")).status_code == 404


async def test_a_product_is_scheduled_and_archived_by_its_form(
    operator: httpx.AsyncClient, context: Context, mark: str
) -> None:
    form = await opened(operator, mark) | {"goes_live_at": ["2999-01-01T10:00"]}
    assert (await operator.post(f"/products/malt-{mark}", data=form)).status_code == 303
    page = (await operator.get(f"/products/malt-{mark}")).text
    assert "Scheduled</span> live on" in page and 'value="2999-01-01T10:00:00"' in page
    form = form_in_page(page) | {"archives_at": ["2998-01-01T10:00:00"], "stage": ["archived"]}
    refused = await operator.post(f"/products/malt-{mark}", data=form)
    assert 'id="f-archives_at-wrong"' in refused.text
    form |= {"archives_at": [""]}
    assert (await operator.post(f"/products/malt-{mark}", data=form)).status_code == 303
    product = await product_of(context=context, product_id=f"malt-{mark}", only_type=None)
    assert (product.state, product.archives_at) == ("archived", None)


async def test_who_may_not_write_reads_the_facts_and_writes_nothing(
    sign_in: SignIn, mark: str
) -> None:
    auditor = await sign_in("auditor")
    page = (await auditor.get(f"/products/malt-{mark}")).text
    assert "<textarea" not in page and "64.00 EUR" in page and "16 years" in page
    assert "New product" not in (await auditor.get("/products")).text
    for address in ("/products/new", f"/products/malt-{mark}/remove"):
        assert (await auditor.get(address)).status_code == 403
    for address in (f"/products/malt-{mark}", f"/products/malt-{mark}/remove"):
        answer = await auditor.post(address, data={"version": "1", "name": "x"})
        assert answer.status_code == 403, address


async def test_a_form_from_elsewhere_or_without_its_version_is_refused(
    operator: httpx.AsyncClient, mark: str
) -> None:
    answer = await operator.post(f"/products/malt-{mark}", data={"name": "x"})
    assert answer.status_code == 422 and "open the page again" in answer.text
    forged = await operator.post(
        f"/products/malt-{mark}", data={"version": "1"}, headers={"origin": "https://evil.example"}
    )
    assert forged.status_code == 403
