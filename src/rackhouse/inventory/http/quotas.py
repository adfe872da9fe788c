"""Quotas over HTTP."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    QuotaBelowUse,
    QuotaNotFound,
    QuotaVersionStale,
)
from rackhouse.inventory.http.shapes import QUANTITY_LIMIT, Handle, Sku
from rackhouse.inventory.quotas import (
    QuotaUse,
    end_quota,
    quota_of,
    quota_uses,
    quotas,
    set_quota,
)
from rackhouse.inventory.rules import QuotaTerms
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]

QUOTA_SKUS_LIMIT = 1000
USES_LIMIT = 200


class QuotaBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cap that SKUs share. What is held, sold and not returned counts, also from before."""

    id: Handle
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    cap: Annotated[int, Meta(ge=0, le=QUANTITY_LIMIT, description="How many pieces at most.")]
    skus: Annotated[
        list[Sku],
        Meta(min_length=1, max_length=QUOTA_SKUS_LIMIT, description="Over all these stocked SKUs."),
    ]
    per: Annotated[
        Literal["everyone", "customer"],
        Meta(description="Whether the cap is for everyone together or for each customer."),
    ] = "everyone"
    expected_version: Annotated[int | None, Meta(description="0 for a new quota.")] = None


class QuotasQuery(PageQuery, frozen=True, kw_only=True):
    """Which quotas to list."""

    sku: Annotated[str | None, Meta(description="Only those that limit this SKU.")] = None


class EndQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which version to end."""

    expected_version: Annotated[int | None, Meta(description="Refuse any other.")] = None


class QuotaAnswer(msgspec.Struct, frozen=True):
    """A quota, and who has taken the most of it."""

    id: str
    name: str
    cap: int
    per: str
    version: int
    ended: bool
    skus: tuple[str, ...]
    uses: list[QuotaUse]


async def post_quota(call: Call) -> QuotaTerms:
    body: QuotaBody = call.body
    return await set_quota(
        context=call.context,
        quota=body.id,
        name=body.name,
        cap=body.cap,
        per=body.per,
        skus=body.skus,
        expected_version=body.expected_version,
    )


async def get_quotas(call: Call) -> Answer:
    query: QuotasQuery = call.query
    found = await quotas(
        context=call.context, after=query.after(str) or "", sku=query.sku, limit=query.limit + 1
    )
    return Answer(200, Page.of(found, query.limit, lambda each: each.id))


async def get_quota(call: Call) -> Answer:
    terms = await quota_of(context=call.context, quota=call.path["quota"])
    uses = await quota_uses(context=call.context, quota=terms.id, limit=USES_LIMIT)
    return Answer(200, QuotaAnswer(**msgspec.structs.asdict(terms), uses=uses))


async def delete_quota(call: Call) -> Answer:
    query: EndQuery = call.query
    ended = await end_quota(
        context=call.context, quota=call.path["quota"], expected_version=query.expected_version
    )
    return Answer(200, ended)


def _set(terms: QuotaTerms) -> Answer:
    return Answer(200, terms)


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/quotas",
        handler=post_quota,
        present=_set,
        permission="inventory:write",
        summary="Let SKUs share a cap, for everyone together or per customer, or change it",
        body=QuotaBody,
        answers={200: QuotaTerms},
        refusals=(SkuUnknown, BundleHasNoStock, QuotaBelowUse, QuotaVersionStale),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/quotas",
        handler=get_quotas,
        permission="inventory:read",
        summary="Quotas that count",
        query=QuotasQuery,
        answers={200: Page[QuotaTerms]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/quotas/{quota}",
        handler=get_quota,
        permission="inventory:read",
        summary="A quota, and who has taken the most of it",
        answers={200: QuotaAnswer},
        refusals=(QuotaNotFound,),
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/quotas/{quota}",
        handler=delete_quota,
        permission="inventory:write",
        summary="Let a quota count no more",
        query=EndQuery,
        answers={200: QuotaTerms},
        refusals=(QuotaNotFound, QuotaVersionStale),
    ),
]
