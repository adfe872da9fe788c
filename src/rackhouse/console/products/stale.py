"""Two people edit one product: whoever comes second sees both, and takes over piece by piece."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.params import Parameter
from litestar.response import Redirect

from rackhouse.catalog import product_of, replace_product
from rackhouse.console.forms import context_of_form
from rackhouse.console.products.history import happenings_of, streams_of
from rackhouse.console.products.merging import Side, Versions, differences, merged
from rackhouse.console.products.product_page import Editing, form_page, type_named
from rackhouse.console.products.reading import draft_of, form_of
from rackhouse.console.products.refusals import problems_of
from rackhouse.console.products.submitting import form_in
from rackhouse.console.products.texts import one
from rackhouse.console.rendering import whole_page
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MalformedRequest, Refusal, StaleVersion
from rackhouse.platform.http import status_of

__all__ = ["conflict_page", "post_product_merge"]

AnyRequest = Request[Any, Any, Any]
Id = Annotated[str, Parameter(max_length=100)]


async def conflict_page(
    context: Context, product_id: str, was: str, mine: dict[str, Any]
) -> Response[str]:
    """What differs between the product as somebody wants it and as others made it meanwhile."""
    product = await product_of(context=context, product_id=product_id, only_type=None)
    versions = Versions(_draft(was), mine, draft_of(product))
    product_type = await type_named(context, product.type)
    return whole_page(
        "products/conflict.html",
        status=409,
        product=product,
        differences=differences(versions, product_type),
        was=was,
        mine=msgspec.json.encode(mine).decode(),
        theirs=msgspec.json.encode(versions.theirs).decode(),
        happenings=(await happenings_of(context, *streams_of(product_id)))[:3],
    )


@post("/products/{product_id:str}/merge", status_code=200)
async def post_product_merge(request: AnyRequest, product_id: Id) -> Response[Any]:
    """Save a product with what somebody chose of both."""
    context = await context_of_form(request)
    sent = await form_in(request)
    product = await product_of(context=context, product_id=product_id, only_type=None)
    base, mine, theirs = (one(sent, name) for name in ("was", "mine", "theirs"))
    versions = Versions(_draft(base), _draft(mine), _draft(theirs))
    if _draft(theirs) != draft_of(product):
        return await conflict_page(context, product_id, base, versions.mine)
    draft = merged(versions, _choices(sent))
    try:
        await replace_product(
            context=context,
            product_id=product_id,
            only_type=None,
            draft=draft,
            expected_version=product.version,
        )
    except StaleVersion:
        return await conflict_page(context, product_id, base, versions.mine)
    except Refusal as refusal:
        product_type = await type_named(context, product.type)
        if product_type is None:
            raise
        form = form_of(draft, product_type)
        editing = Editing(
            product=product,
            product_type=product_type,
            form=form,
            version=product.version,
            was=theirs,
            problems=problems_of(refusal, form),
        )
        return await form_page(context, editing, status=status_of(type(refusal)))
    return Redirect(f"/products/{product_id}?saved=1", status_code=303)


def _choices(sent: dict[str, list[str]]) -> dict[str, Side]:
    taken = {name.removeprefix("take."): one(sent, name) for name in sent if name[:5] == "take."}
    return {piece: "theirs" if side == "theirs" else "mine" for piece, side in taken.items()}


def _draft(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        problem = "is not as it was sent; open the product again"
        raise MalformedRequest(field="was", problem=problem) from error
