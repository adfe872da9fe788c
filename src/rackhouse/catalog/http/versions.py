"""Versions of products over HTTP: read, compared, restored."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rackhouse.catalog.errors import (
    InvalidProduct,
    ProductNotFound,
    ProductVersionNotFound,
    SkuInBundle,
    SkuTaken,
    VersionSaysNothing,
)
from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.catalog.store import ProductVersion
from rackhouse.catalog.versions import (
    VERSION_MAX,
    ComparedVersions,
    compare_product_versions,
    product_version_of,
    product_versions,
    restore_product,
)
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)

__all__ = ["ENDPOINTS"]

PATH = "/api/v1/products/{product_id}/versions"

_Version = Annotated[int, Meta(ge=1, le=VERSION_MAX)]
_PLACES = {"product_id": "The product's id.", "version": "The number of the version."}


class ComparisonQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Which versions to compare."""

    from_: Annotated[_Version, Meta(description="The version before.")]
    to: Annotated[_Version, Meta(description="The version after.")]


class Restoration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to restore a version: its stage and moments, too, or these kept as they are now."""

    life: Literal["keep", "restore"] = "keep"


async def get_product_versions(call: Call) -> Answer:
    """Every edit made one, also the removal, which has no document. Those of a removed product
    stay."""
    query: PageQuery = call.query
    found = await product_versions(
        context=call.context,
        product_id=call.path["product_id"],
        before=query.after(_Version),
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, _number))


async def get_product_version(call: Call) -> Answer:
    """A version never changes."""
    found = await product_version_of(
        context=call.context,
        product_id=call.path["product_id"],
        version=_version_in(call),
    )
    return Answer(200, found)


async def compare_versions(call: Call) -> Answer:
    """Attributes are compared one by one, and variants by their SKU."""
    query: ComparisonQuery = call.query
    compared = await compare_product_versions(
        context=call.context,
        product_id=call.path["product_id"],
        from_version=query.from_,
        to_version=query.to,
    )
    return Answer(200, compared)


async def post_restoration(call: Call) -> ListedProduct:
    """The product is described as in the version, which makes a new one, if its type still allows
    it. A removed product comes back; If-Match names the version of its removal, or is `*`."""
    asked: Restoration = call.body
    return await restore_product(
        context=call.context,
        product_id=call.path["product_id"],
        version=_version_in(call),
        life=asked.life,
        expected_version=version_matched(call),
    )


def present_restored(listed: ListedProduct) -> Answer:
    return Answer(200, listed, (entity_tag(listed.version),))


def _version_in(call: Call) -> int:
    text = call.path["version"]
    if text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    raise ProductVersionNotFound(product_id=call.path["product_id"], version=0)


def _number(version: Any) -> int:
    return int(version.version)


ENDPOINTS = [
    Endpoint(
        method="GET",
        path=PATH,
        handler=get_product_versions,
        permission="drafts:read",
        summary="The versions of a product with who made them, the newest in front",
        query=PageQuery,
        answers={200: Page[ProductVersion]},
        refusals=(ProductNotFound,),
        path_descriptions=_PLACES,
    ),
    Endpoint(
        method="GET",
        path=f"{PATH}/compare",
        handler=compare_versions,
        permission="drafts:read",
        summary="What two versions of a product say otherwise",
        query=ComparisonQuery,
        answers={200: ComparedVersions},
        refusals=(ProductVersionNotFound,),
        path_descriptions=_PLACES,
    ),
    Endpoint(
        method="GET",
        path=f"{PATH}/{{version}}",
        handler=get_product_version,
        permission="drafts:read",
        summary="A version of a product",
        answers={200: ProductVersion},
        refusals=(ProductVersionNotFound,),
        path_descriptions=_PLACES,
    ),
    Endpoint(
        method="POST",
        path=f"{PATH}/{{version}}/restore",
        handler=post_restoration,
        present=present_restored,
        permission="catalog:write",
        summary="Describe a product again as a version of it did",
        body=Restoration,
        body_optional=True,
        answers={200: ListedProduct},
        refusals=(
            ProductVersionNotFound,
            VersionSaysNothing,
            InvalidProduct,
            SkuTaken,
            SkuInBundle,
        ),
        needs_if_match=True,
        path_descriptions=_PLACES,
    ),
]
