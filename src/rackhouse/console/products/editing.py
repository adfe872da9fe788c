"""Products put into the catalog, described otherwise and taken out, by forms."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter, QueryParameter
from litestar.response import Redirect

from rackhouse.catalog import (
    ListedProduct,
    ListedType,
    ProductNotFound,
    ProductTypeNotFound,
    create_product,
    product_of,
    product_types,
    remove_product,
    replace_product,
)
from rackhouse.console.forms import context_of_form
from rackhouse.console.products.product_page import (
    WRITES,
    Editing,
    facts_page,
    form_page,
    stock_by_sku,
    type_named,
)
from rackhouse.console.products.reading import SPARE_ID, draft_in, draft_of, form_of
from rackhouse.console.products.refusals import in_people_s_words, problems_of
from rackhouse.console.products.stale import conflict_page
from rackhouse.console.products.submitting import Stepped, form_in, stepped
from rackhouse.console.products.texts import one
from rackhouse.console.products.versions import version_in
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal, StaleVersion
from rackhouse.platform.http import status_of
from rackhouse.platform.ids import new_id

__all__ = [
    "get_new_product_page",
    "get_product_page",
    "get_product_removal_page",
    "post_new_product",
    "post_product",
    "post_product_removal",
]

SAVED = "Saved."
NOT_SAVED_YET = "Not saved yet."

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]
Saved = Annotated[bool, QueryParameter()]
Id = Annotated[str, Parameter(max_length=100)]
TypeName = Annotated[str, QueryParameter(name="type", max_length=100)]


@get("/products/new")
async def get_new_product_page(request: AnyRequest, type_name: TypeName = "") -> Response[str]:
    """The types to choose from, or the empty form of one."""
    context = await context_of_session(house_of(request), request)
    context.caller.require(WRITES)
    if not type_name:
        types = await product_types(context=context)
        return whole_page("products/choose_type.html", types=types)
    product_type = await _type_in_force(context, type_name)
    form = {SPARE_ID: [new_id()]}
    return await form_page(
        context, Editing(product=None, product_type=product_type, form=form, version=0)
    )


@post("/products/new", status_code=200)
async def post_new_product(request: AnyRequest, type_name: TypeName = "") -> AnyResponse:
    """Put a product into the catalog, or show the form after a step."""
    context = await context_of_form(request)
    context.caller.require(WRITES)
    product_type = await _type_in_force(context, type_name)
    step = await stepped(context, await form_in(request), product_type)
    editing = _stepped(None, product_type, step, version=0)
    if not step.saving:
        return await form_page(context, editing)
    submitted = draft_in(step.form, product_type)
    if submitted.problems:
        wrong = msgspec.structs.replace(editing, problems=submitted.problems)
        return await form_page(context, wrong, status=422)
    try:
        created = await create_product(context=context, draft=submitted.draft)
    except Refusal as refusal:
        return await _refused(context, editing, refusal)
    return Redirect(f"/products/{created.id}?saved=1", status_code=303)


@get("/products/{product_id:str}")
async def get_product_page(
    request: AnyRequest, product_id: Id, saved: Saved = False
) -> AnyResponse:
    """One product: the form for those who may change it, the facts for all others."""
    context = await context_of_session(house_of(request), request)
    product = await product_of(context=context, product_id=product_id, only_type=None)
    product_type = await type_named(context, product.type)
    if WRITES not in context.caller.permissions or product_type is None:
        return await facts_page(context, product, product_type)
    editing = _begun(product, product_type)
    note = SAVED if saved else ""
    return await form_page(context, msgspec.structs.replace(editing, note=note))


@post("/products/{product_id:str}", status_code=200)
async def post_product(request: AnyRequest, product_id: Id) -> AnyResponse:
    """Describe a product as its form says, or show the form after a step."""
    context = await context_of_form(request)
    context.caller.require(WRITES)
    sent = await form_in(request)
    product = await product_of(context=context, product_id=product_id, only_type=None)
    product_type = await _type_in_force(context, product.type)
    step = await stepped(context, sent, product_type)
    editing = _stepped(product, product_type, step, version=version_in(sent))
    if not step.saving:
        return await form_page(context, editing)
    submitted = draft_in(step.form, product_type)
    if submitted.problems:
        wrong = msgspec.structs.replace(editing, problems=submitted.problems)
        return await form_page(context, wrong, status=422)
    try:
        await replace_product(
            context=context,
            product_id=product_id,
            only_type=None,
            draft=submitted.draft,
            expected_version=editing.version,
        )
    except StaleVersion:
        return await conflict_page(context, product_id, editing.was, submitted.draft)
    except Refusal as refusal:
        return await _refused(context, editing, refusal)
    return Redirect(f"/products/{product_id}?saved=1", status_code=303)


@get("/products/{product_id:str}/remove")
async def get_product_removal_page(request: AnyRequest, product_id: Id) -> Response[str]:
    """What would be taken out of the catalog, and what there is of it."""
    context = await context_of_session(house_of(request), request)
    context.caller.require(WRITES)
    return await _removal_page(context, product_id, None)


@post("/products/{product_id:str}/remove", status_code=200)
async def post_product_removal(request: AnyRequest, product_id: Id) -> AnyResponse:
    """Take a product out of the catalog."""
    context = await context_of_form(request)
    expected = version_in(await form_in(request))
    try:
        await remove_product(
            context=context, product_id=product_id, only_type=None, expected_version=expected
        )
    except ProductNotFound:
        raise
    except Refusal as refusal:
        return await _removal_page(context, product_id, refusal)
    return Redirect(f"/products/{product_id}/versions?removed=1", status_code=303)


async def _removal_page(
    context: Context, product_id: str, refusal: Refusal | None
) -> Response[str]:
    product = await product_of(context=context, product_id=product_id, only_type=None)
    return whole_page(
        "products/remove.html",
        status=200 if refusal is None else status_of(type(refusal)),
        product=product,
        stock=await stock_by_sku(context, product_id),
        problem=in_people_s_words(refusal),
    )


async def _type_in_force(context: Context, name: str) -> ListedType:
    found = await type_named(context, name)
    if found is None:
        raise ProductTypeNotFound(name=name)
    return found


def _begun(product: ListedProduct, product_type: ListedType) -> Editing:
    draft = draft_of(product)
    return Editing(
        product=product,
        product_type=product_type,
        form=form_of(draft, product_type),
        version=product.version,
        was=msgspec.json.encode(draft).decode(),
    )


def _stepped(
    product: ListedProduct | None, product_type: ListedType, step: Stepped, *, version: int
) -> Editing:
    return Editing(
        product=product,
        product_type=product_type,
        form=step.form,
        version=version,
        was=one(step.form, "was"),
        blank=step.blank,
        found=step.found,
        note="" if step.saving else NOT_SAVED_YET,
    )


async def _refused(context: Context, editing: Editing, refusal: Refusal) -> Response[str]:
    """The form again with all that was typed, and with why it was refused."""
    problems = problems_of(refusal, editing.form)
    return await form_page(
        context,
        msgspec.structs.replace(editing, problems=problems),
        status=status_of(type(refusal)),
    )
