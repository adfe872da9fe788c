"""The pages of collections, as they come from the server, and the form in them."""

import datetime
import uuid
from collections.abc import Awaitable, Callable

import httpx
import pytest

from houses import Shop
from rackhouse.console.collection_form import (
    CollectionForm,
    form_of,
    form_read,
    stepped,
    terms_in,
)
from rackhouse.curation import (
    CollectionRule,
    CollectionTerms,
    InvalidCollection,
    Picture,
    collection_of,
)

OpenShop = Callable[..., Awaitable[Shop]]
SignIn = Callable[..., Awaitable[httpx.AsyncClient]]

FULL = CollectionTerms(
    title="Peat",
    description="Smoke\nand salt",
    image=Picture(url="/peat.jpg", alt="A fire"),
    members=("b", "a"),
    excluded=("x", "y"),
    rule=CollectionRule(q="peat", filter="abv:46..", sort="-price", available=True, limit=7),
    channels=("web", "pos"),
    starts_at=datetime.datetime(2026, 12, 1, 9, 0, 30, tzinfo=datetime.UTC),
    ends_at=datetime.datetime(2026, 12, 24, tzinfo=datetime.UTC),
)


def sent(form: CollectionForm) -> dict[str, str]:
    """What a browser sends of a form."""
    fields = {name: getattr(form, name) for name in form.__struct_fields__}
    members = {f"member-{place}": each for place, each in enumerate(fields.pop("members"))}
    ticked = {name: "yes" for name in ("by_rule", "available") if fields.pop(name)}
    return {**{name: str(each) for name, each in fields.items()}, **members, **ticked}


@pytest.mark.parametrize("terms", [FULL, CollectionTerms(title="Bare")])
def test_what_a_form_shows_is_what_it_says_when_it_is_sent(terms: CollectionTerms) -> None:
    assert terms_in(form_read(sent(form_of(terms, 3)))) == terms


@pytest.mark.parametrize(
    ("step", "members", "focus"),
    [
        ("up:2", "acb", "up:1"),
        ("up:1", "bac", "down:0"),
        ("down:1", "acb", "up:2"),
        ("down:0", "bac", "down:1"),
        ("out:2", "ab", "out:1"),
        ("up:9", "abc", "add"),
        ("add", "abcd", "add"),
    ],
)
def test_buttons_move_take_out_and_add_members(step: str, members: str, focus: str) -> None:
    form, focused = stepped(CollectionForm(members=("a", "b", "c")), step, "d, a")
    assert ("".join(form.members), focused) == (members, focus)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (CollectionForm(title=" "), "title"),
        (CollectionForm(title="T", limit="many", by_rule=True), "rule.limit"),
        (CollectionForm(title="T", limit="0", by_rule=True), "rule.limit"),
        (CollectionForm(title="T", starts_at="soon"), "starts_at"),
        (CollectionForm(title="T", image_url="peat"), "image.url"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_field(form: CollectionForm, field: str) -> None:
    with pytest.raises(InvalidCollection) as refusal:
        terms_in(form)
    assert [each.field for each in refusal.value.problems] == [field]


async def test_a_collection_is_made_refused_mended_and_removed(
    sign_in: SignIn, open_shop: OpenShop
) -> None:
    shop, browser = await open_shop(), await sign_in("operator")
    product, name = f"product-{shop.sku[4:14]}", f"c-{uuid.uuid4().hex[:10]}"
    begun = await browser.post("/collections", data={"id": name, "title": "Odd & ends"})
    assert begun.status_code == 200
    assert "not saved yet" in begun.text
    assert "Odd &amp; ends" in begun.text
    typed = {"title": "Odd & ends", "version": "0", "member-0": product, "q": "typed words"}
    wrong = typed | {"step": "save", "by_rule": "yes", "filter": "regoin:Islay"}
    refused = await browser.post(f"/collections/{name}", data=wrong)
    assert refused.status_code == 422
    assert "did you mean region?" in refused.text
    assert "typed words" in refused.text
    saved = await browser.post(f"/collections/{name}", data=typed | {"step": "save"})
    assert saved.headers["location"] == f"/collections/{name}"
    page = (await browser.get(f"/collections/{name}")).text
    assert f'name="member-0" value="{product}"' in page
    assert name in (await browser.get("/collections")).text
    stale = typed | {"step": "save", "version": "1", "title": "Older"}
    assert (await browser.post(f"/collections/{name}", data=stale)).status_code == 422
    kept = await collection_of(context=shop.context, collection_id=name)
    assert (kept.title, kept.members) == ("Odd & ends", (product,))
    gone = {"step": "remove", "version": str(kept.version)}
    assert (await browser.post(f"/collections/{name}", data=gone)).status_code == 303
    assert (await browser.get(f"/collections/{name}")).status_code == 404


async def test_who_may_only_read_is_shown_no_buttons(sign_in: SignIn) -> None:
    auditor = await sign_in("auditor")
    page = await auditor.get("/collections")
    assert "Make a collection" not in page.text
    assert (await auditor.post("/collections", data={"id": "x", "title": "y"})).status_code == 403
    operator = await sign_in("operator")
    assert (
        await operator.post("/collections", data={"id": "No/", "title": "y"})
    ).status_code == 422
