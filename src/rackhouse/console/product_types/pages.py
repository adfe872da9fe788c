"""The pages of product types: all of them, each with its attributes, and a change tried before."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter, QueryParameter
from litestar.response import Redirect

from rackhouse.catalog import (
    ListedType,
    ProductTypeNotFound,
    change_product_type,
    define_product_type,
    product_type_of,
    product_types,
    remove_product_type,
)
from rackhouse.console.forms import context_of_form
from rackhouse.console.product_types.fields import told_kind
from rackhouse.console.product_types.reading import SubmittedType, form_of_type, kind_text, type_in
from rackhouse.console.product_types.type_page import (
    WRITES,
    EditingType,
    differing,
    refused_page,
    tried,
    type_page,
)
from rackhouse.console.products.history import happenings_of
from rackhouse.console.products.refusals import in_people_s_words
from rackhouse.console.products.rows import moved_up, without_blank_rows
from rackhouse.console.products.submitting import MORE_ROWS, form_in
from rackhouse.console.products.texts import one
from rackhouse.console.products.versions import version_in
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal, StaleVersion
from rackhouse.platform.http import status_of

__all__ = [
    "get_new_type_page",
    "get_type_page",
    "get_type_removal_page",
    "get_types_page",
    "post_new_type",
    "post_type",
    "post_type_removal",
]

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]
Saved = Annotated[bool, QueryParameter()]
Name = Annotated[str, Parameter(max_length=100)]


@get("/types")
async def get_types_page(request: AnyRequest) -> Response[str]:
    """Every product type in force."""
    context = await context_of_session(house_of(request), request)
    return whole_page(
        "types/list.html",
        types=await product_types(context=context),
        may_write=WRITES in context.caller.permissions,
    )


@get("/types/new")
async def get_new_type_page(request: AnyRequest) -> Response[str]:
    """The empty form of a product type."""
    context = await context_of_session(house_of(request), request)
    context.caller.require(WRITES)
    return await type_page(context, EditingType(product_type=None, form={}, version=0))


@post("/types/new", status_code=200)
async def post_new_type(request: AnyRequest) -> AnyResponse:
    """Define a product type, or show its form after a step."""
    context = await context_of_form(request)
    context.caller.require(WRITES)
    editing, step = _stepped(None, await form_in(request), version=0)
    if step not in ("", "save"):
        return await type_page(context, editing)
    submitted = type_in(editing.form, None)
    if submitted.problems:
        return await _wrong(context, editing, submitted)
    try:
        defined = await define_product_type(context=context, draft=submitted.definition)
    except Refusal as refusal:
        return await refused_page(context, editing, submitted, refusal)
    return Redirect(f"/types/{defined.name}?saved=1", status_code=303)


@get("/types/{name:str}")
async def get_type_page(request: AnyRequest, name: Name, saved: Saved = False) -> Response[str]:
    """One product type: the form for those who may change it, the facts for all others."""
    context = await context_of_session(house_of(request), request)
    product_type = await product_type_of(context=context, name=name)
    if WRITES not in context.caller.permissions:
        return whole_page(
            "types/facts.html",
            product_type=product_type,
            kinds={
                each.name: told_kind(kind_text(each), each.unit or "")
                for each in product_type.attributes
            },
            happenings=await happenings_of(context, f"product-type:{name}"),
        )
    note = "Saved." if saved else ""
    return await type_page(context, msgspec.structs.replace(_begun(product_type), note=note))


@post("/types/{name:str}", status_code=200)
async def post_type(request: AnyRequest, name: Name) -> AnyResponse:
    """Change a product type with its products, tell what that would do, or take another step."""
    context = await context_of_form(request)
    context.caller.require(WRITES)
    sent = await form_in(request)
    product_type = await product_type_of(context=context, name=name)
    editing, step = _stepped(product_type, sent, version=version_in(sent))
    if step not in ("", "save", "try"):
        return await type_page(context, editing)
    submitted = type_in(editing.form, name)
    if submitted.problems:
        return await _wrong(context, editing, submitted)
    try:
        if step == "try":
            outcome = await tried(context, name, submitted)
            return await type_page(context, msgspec.structs.replace(editing, tried=outcome))
        await _change(context, name, submitted, editing.version)
    except StaleVersion:
        return await _stale(context, editing)
    except Refusal as refusal:
        return await refused_page(context, editing, submitted, refusal)
    return Redirect(f"/types/{name}?saved=1", status_code=303)


@get("/types/{name:str}/remove")
async def get_type_removal_page(request: AnyRequest, name: Name) -> Response[str]:
    """Whether a product type is to be removed."""
    context = await context_of_session(house_of(request), request)
    context.caller.require(WRITES)
    return await _removal_page(context, name, None)


@post("/types/{name:str}/remove", status_code=200)
async def post_type_removal(request: AnyRequest, name: Name) -> AnyResponse:
    """Remove a product type of the seller's own."""
    context = await context_of_form(request)
    expected = version_in(await form_in(request))
    try:
        await remove_product_type(context=context, name=name, expected_version=expected)
    except ProductTypeNotFound:
        raise
    except Refusal as refusal:
        return await _removal_page(context, name, refusal)
    return Redirect("/types", status_code=303)


async def _removal_page(context: Context, name: str, refusal: Refusal | None) -> Response[str]:
    return whole_page(
        "types/remove.html",
        status=200 if refusal is None else status_of(type(refusal)),
        product_type=await product_type_of(context=context, name=name),
        problem=in_people_s_words(refusal),
    )


async def _change(context: Context, name: str, submitted: SubmittedType, version: int) -> None:
    await change_product_type(
        context=context,
        name=name,
        draft=submitted.definition,
        conversions=submitted.conversions,
        on_misfit=submitted.on_misfit,
        expected_version=version,
    )


async def _wrong(context: Context, editing: EditingType, submitted: SubmittedType) -> Response[str]:
    wrong = msgspec.structs.replace(editing, problems=submitted.problems)
    return await type_page(context, wrong, status=422)


async def _stale(context: Context, editing: EditingType) -> Response[str]:
    """The form again with all that was typed, with what is otherwise now; sent once more, it goes
    over that."""
    assert editing.product_type is not None
    found = await product_type_of(context=context, name=editing.product_type.name)
    stale = msgspec.structs.replace(
        editing,
        product_type=found,
        version=found.version,
        differing=differing(editing.form, form_of_type(found)),
    )
    return await type_page(context, stale, status=409)


def _begun(product_type: ListedType) -> EditingType:
    return EditingType(
        product_type=product_type, form=form_of_type(product_type), version=product_type.version
    )


def _stepped(
    product_type: ListedType | None, sent: dict[str, list[str]], *, version: int
) -> tuple[EditingType, str]:
    step, _, where = one(sent, "step").partition(":")
    form = without_blank_rows({name: said for name, said in sent.items() if name != "step"})
    place = where.rpartition("[")[2].removesuffix("]")
    if step == "up" and place.isdecimal():
        form = moved_up(form, "attributes", int(place))
    editing = EditingType(
        product_type=product_type,
        form=form,
        version=version,
        blank={"attributes": MORE_ROWS} if step == "more" else {},
        note="" if step in ("", "save") else "Not saved yet.",
    )
    return editing, step
