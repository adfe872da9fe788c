"""The pages of collections: which there are, and what belongs to each, by hand and by rule. All of
it works with buttons; a script shows while one types what a rule would bring in."""

import re
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from rackhouse.catalog import listed_products
from rackhouse.console.collection_form import (
    CollectionForm,
    form_of,
    form_read,
    stepped,
    terms_in,
)
from rackhouse.console.forms import context_of_form
from rackhouse.console.rendering import fragment, whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.curation import (
    Collection,
    CollectionExists,
    InvalidCollection,
    change_collection,
    collection_of,
    collection_page,
    collection_products,
    create_collection,
    preview_collection,
    remove_collection,
)
from rackhouse.platform.context import Context
from rackhouse.platform.errors import FieldProblem, MalformedRequest, Refusal, StaleVersion
from rackhouse.search import FoundProduct, Search, SearchNotReady

__all__ = [
    "get_collection_page",
    "get_collections_page",
    "post_collection_matches",
    "post_collection_step",
    "post_new_collection",
]

COLLECTIONS_SHOWN = 50
PRODUCTS_SHOWN = 50
CHANGES = "curation:write"
HANDLE = re.compile("[a-z0-9][a-z0-9._-]{0,63}")

AnyRequest = Request[Any, Any, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Id = Annotated[str, Parameter(max_length=100)]


class _Matches(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to a collection now, or why that can not be said."""

    total: int = 0
    items: list[FoundProduct] = []
    problem: str | None = None


@get("/collections")
async def get_collections_page(request: AnyRequest, after: Id = "") -> Response[str]:
    """The collections in the order of their ids, and a form for another one."""
    context = await context_of_session(house_of(request), request)
    found = await collection_page(
        context=context, channel=None, after=after, limit=COLLECTIONS_SHOWN + 1
    )
    return whole_page(
        "collections.html",
        collections=found[:COLLECTIONS_SHOWN],
        further=found[COLLECTIONS_SHOWN - 1].id if len(found) > COLLECTIONS_SHOWN else None,
        may_change=CHANGES in context.caller.permissions,
    )


@post("/collections", status_code=200)
async def post_new_collection(request: AnyRequest, data: Form) -> Response[str]:
    """The page of a collection that there is not yet; nothing is made before it is saved."""
    context = await context_of_form(request)
    context.caller.require(CHANGES)
    collection_id = data.get("id", "").strip()
    if HANDLE.fullmatch(collection_id) is None:
        problem = "small letters, digits, dots and hyphens, 64 at most, such as winter-drams"
        raise MalformedRequest(field="id", problem=problem)
    form = CollectionForm(title=data.get("title", ""))
    return await _shown(context, collection_id, form, _Matches())


@get("/collections/{collection_id:str}")
async def get_collection_page(request: AnyRequest, collection_id: Id) -> Response[str]:
    """One collection, as it is."""
    context = await context_of_session(house_of(request), request)
    collection = await collection_of(context=context, collection_id=collection_id)
    form = form_of(collection.terms(), collection.version)
    matches = await _belonging(context, collection_id)
    return await _shown(context, collection_id, form, matches, collection=collection)


@post("/collections/{collection_id:str}", status_code=200)
async def post_collection_step(request: AnyRequest, collection_id: Id, data: Form) -> Response[Any]:
    """What a button does: the list of members changes, what belongs is looked at, or all of it is
    saved or removed. Nothing that was typed is lost where it is refused."""
    context = await context_of_form(request)
    form, step = form_read(data), data.get("step", "preview")
    if step == "remove":
        await remove_collection(
            context=context, collection_id=collection_id, expected_version=form.version
        )
        return Redirect("/collections", status_code=303)
    if step == "save":
        try:
            await _save(context, collection_id, form)
        except (InvalidCollection, CollectionExists, StaleVersion) as refusal:
            matches = _Matches(problem="Nothing was saved.")
            return await _shown(context, collection_id, form, matches, refusal=refusal)
        return Redirect(f"/collections/{collection_id}", status_code=303)
    form, focus = stepped(form, step, data.get("add", ""))
    try:
        matches = await _previewed(context, form)
    except InvalidCollection as refusal:
        matches = _Matches(problem="Mend it, and what belongs to it is shown here.")
        return await _shown(context, collection_id, form, matches, refusal=refusal, focus=focus)
    return await _shown(context, collection_id, form, matches, focus=focus)


@post("/collections/{collection_id:str}/matches", status_code=200)
async def post_collection_matches(
    request: AnyRequest, collection_id: Id, data: Form
) -> Response[str]:
    """What would belong to a collection as it stands in the form: for the script."""
    context = await context_of_form(request)
    try:
        matches = await _previewed(context, form_read(data))
    except InvalidCollection as refusal:
        matches = _Matches(problem=str(refusal))
    text = fragment("collection_matches.html", matches=matches)
    return Response(text, media_type="text/html; charset=utf-8")


async def _save(context: Context, collection_id: str, form: CollectionForm) -> None:
    terms = terms_in(form)
    if form.version == 0:
        await create_collection(context=context, collection_id=collection_id, terms=terms)
        return
    await change_collection(
        context=context,
        collection_id=collection_id,
        terms=terms,
        expected_version=form.version,
    )


async def _previewed(context: Context, form: CollectionForm) -> _Matches:
    try:
        preview = await preview_collection(context=context, terms=terms_in(form))
    except SearchNotReady as refusal:
        return _Matches(problem=str(refusal))
    return _Matches(total=preview.total, items=preview.items)


async def _belonging(context: Context, collection_id: str) -> _Matches:
    search = Search(sort="collection", limit=PRODUCTS_SHOWN)
    try:
        page = await collection_products(
            context=context, collection_id=collection_id, search=search, after=None
        )
    except SearchNotReady as refusal:
        return _Matches(problem=str(refusal))
    return _Matches(total=page.found.total, items=page.found.items, problem=page.reason)


async def _shown(
    context: Context,
    collection_id: str,
    form: CollectionForm,
    matches: _Matches,
    *,
    collection: Collection | None = None,
    refusal: Refusal | None = None,
    focus: str = "",
) -> Response[str]:
    names = await listed_products(context=context, product_ids=form.members)
    problems: tuple[FieldProblem, ...] = getattr(refusal, "problems", ())
    return whole_page(
        "collection.html",
        status=200 if refusal is None else 422,
        id=collection_id,
        form=form,
        collection=collection,
        matches=matches,
        names={each: found.name for each, found in names.items()},
        problems=problems,
        refusal=None if problems else refusal,
        focus=focus,
        may_change=CHANGES in context.caller.permissions,
    )
