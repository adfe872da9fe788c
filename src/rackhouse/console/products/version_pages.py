"""The versions of a product: who wrote each, what differs, and writing one again."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter, QueryParameter
from litestar.response import Redirect

from rackhouse.catalog import (
    Difference,
    ListedProduct,
    ProductNotFound,
    ProductType,
    ProductVersion,
    compare_product_versions,
    product_of,
    product_version_of,
    product_versions,
    restore_product,
)
from rackhouse.console.forms import context_of_form
from rackhouse.console.money import amount_in_words
from rackhouse.console.products.merging import in_words, label_of
from rackhouse.console.products.product_page import WRITES, type_named
from rackhouse.console.products.refusals import in_people_s_words
from rackhouse.console.products.submitting import form_in
from rackhouse.console.products.texts import one
from rackhouse.console.products.versions import version_in
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal
from rackhouse.platform.http import status_of

__all__ = ["get_version_page", "get_versions_page", "post_restoration"]

VERSIONS_SHOWN = 30
VERSION_MAX = 2**53

AnyRequest = Request[Any, Any, Any]
Id = Annotated[str, Parameter(max_length=100)]
Number = Annotated[int, Parameter(ge=1, le=VERSION_MAX)]
Before = Annotated[int | None, QueryParameter(ge=1, le=VERSION_MAX)]
Removed = Annotated[bool, QueryParameter()]


class DifferenceTold(msgspec.Struct, frozen=True):
    """What a field said in a version, and what it says now."""

    field: str
    then: str
    now: str


@get("/products/{product_id:str}/versions")
async def get_versions_page(
    request: AnyRequest, product_id: Id, before: Before = None, removed: Removed = False
) -> Response[str]:
    """The versions of a product, the newest first; also of one that was removed."""
    context = await context_of_session(house_of(request), request)
    found = await product_versions(
        context=context, product_id=product_id, before=before, limit=VERSIONS_SHOWN + 1
    )
    shown = found[:VERSIONS_SHOWN]
    return whole_page(
        "products/versions.html",
        product_id=product_id,
        product=await _product_now(context, product_id),
        versions=shown,
        name=_name_of(shown) or product_id,
        older=shown[-1].version if len(found) > VERSIONS_SHOWN else None,
        removed=removed,
    )


@get("/products/{product_id:str}/versions/{version:int}")
async def get_version_page(request: AnyRequest, product_id: Id, version: Number) -> Response[str]:
    """What a version of a product says otherwise than the product now."""
    context = await context_of_session(house_of(request), request)
    return await _version_page(context, product_id, version, None)


@post("/products/{product_id:str}/versions/{version:int}", status_code=200)
async def post_restoration(request: AnyRequest, product_id: Id, version: Number) -> Response[Any]:
    """Describe a product again as a version of it did."""
    context = await context_of_form(request)
    sent = await form_in(request)
    try:
        await restore_product(
            context=context,
            product_id=product_id,
            version=version,
            life="restore" if one(sent, "life") == "restore" else "keep",
            expected_version=version_in(sent),
        )
    except Refusal as refusal:
        return await _version_page(context, product_id, version, refusal)
    return Redirect(f"/products/{product_id}?saved=1", status_code=303)


async def _version_page(
    context: Context, product_id: str, version: int, refusal: Refusal | None
) -> Response[str]:
    kept = await product_version_of(context=context, product_id=product_id, version=version)
    (newest, *_) = await product_versions(
        context=context, product_id=product_id, before=None, limit=1
    )
    compared = await compare_product_versions(
        context=context,
        product_id=product_id,
        from_version=version,
        to_version=newest.version,
    )
    document = kept.document or newest.document or {}
    product_type = await type_named(context, document.get("type", ""))
    return whole_page(
        "products/version.html",
        status=200 if refusal is None else status_of(type(refusal)),
        product_id=product_id,
        kept=kept,
        newest=newest,
        name=document.get("name", product_id),
        differences=[_told(each, product_type, document) for each in compared.differences],
        problem=in_people_s_words(refusal),
        may_restore=WRITES in context.caller.permissions
        and kept.document is not None
        and kept.version != newest.version,
    )


async def _product_now(context: Context, product_id: str) -> ListedProduct | None:
    try:
        return await product_of(context=context, product_id=product_id, only_type=None)
    except ProductNotFound:
        return None


def _name_of(versions: list[ProductVersion]) -> str | None:
    names = (each.document.get("name") for each in versions if each.document)
    return next(names, None)


def _told(
    difference: Difference, product_type: ProductType | None, document: Mapping[str, Any]
) -> DifferenceTold:
    def words(value: Any) -> str:
        is_price = difference.field.endswith("price_minor") and isinstance(value, int)
        return amount_in_words(value, document.get("currency")) if is_price else in_words(value)

    return DifferenceTold(
        label_of(difference.field, product_type),
        words(difference.before),
        words(difference.after),
    )
