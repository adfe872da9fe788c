"""Promotions over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.channels import ChannelNotFound
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)
from rackhouse.pricing.errors import (
    InvalidPricing,
    PromotionExists,
    PromotionNotFound,
    PromotionsCollide,
    TooManyPricingRules,
)
from rackhouse.pricing.promotions import (
    Promotion,
    change_promotion,
    create_promotion,
    promotion_of,
    promotions,
    remove_promotion,
)
from rackhouse.pricing.rules import Handle, PromotionTerms

__all__ = ["ENDPOINTS"]

_ID = {"promotion": "The id of the promotion."}


class PromotionRequest(PromotionTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A promotion to put on record."""

    id: Annotated[
        Handle | None, Meta(description="Such as `black-friday`; without, it is given one.")
    ] = None

    def terms(self) -> PromotionTerms:
        """All but the id."""
        return PromotionTerms(
            **{field: getattr(self, field) for field in PromotionTerms.__struct_fields__}
        )


class PromotionPlace(msgspec.Struct, frozen=True):
    """Where a page ended."""

    id: Handle


async def get_promotions(call: Call) -> Answer:
    """The promotions in the order of their ids, as they are now."""
    query: PageQuery = call.query
    after = query.after(PromotionPlace)
    found = await promotions(
        context=call.context, after=after.id if after else None, limit=query.limit + 1
    )
    return Answer(200, Page.of(found, query.limit, lambda last: PromotionPlace(last.id)))


async def post_promotion(call: Call) -> Promotion:
    """Put a promotion on record. One that could not be told from another by which goes first is
    refused, and the other named."""
    request: PromotionRequest = call.body
    return await create_promotion(context=call.context, promotion=request.id, terms=request.terms())


def created(made: Promotion) -> Answer:
    """A promotion that was just made, and where it is."""
    location = (b"location", f"/api/v1/promotions/{made.id}".encode())
    return Answer(201, made, (entity_tag(made.version), location))


async def get_promotion(call: Call) -> Answer:
    """One promotion as it is now, with its version as the ETag."""
    found = await promotion_of(context=call.context, promotion=call.path["promotion"])
    return Answer(200, found, (entity_tag(found.version),))


async def put_promotion(call: Call) -> Answer:
    """Let a promotion say otherwise from now on. What it said before stays on record."""
    changed = await change_promotion(
        context=call.context,
        promotion=call.path["promotion"],
        terms=call.body,
        expected_version=version_matched(call),
    )
    return Answer(200, changed, (entity_tag(changed.version),))


async def delete_promotion(call: Call) -> Answer:
    """Let a promotion count no more. What it said before stays on record."""
    await remove_promotion(
        context=call.context,
        promotion=call.path["promotion"],
        expected_version=version_matched(call),
    )
    return Answer(204)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/promotions",
        handler=get_promotions,
        permission="pricing:read",
        summary="List the promotions",
        query=PageQuery,
        answers={200: Page[Promotion]},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/promotions",
        handler=post_promotion,
        present=created,
        permission="pricing:write",
        summary="Make a promotion",
        body=PromotionRequest,
        answers={201: Promotion},
        refusals=(
            PromotionExists,
            PromotionsCollide,
            InvalidPricing,
            ChannelNotFound,
            TooManyPricingRules,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/promotions/{promotion}",
        handler=get_promotion,
        permission="pricing:read",
        summary="Read a promotion",
        answers={200: Promotion},
        refusals=(PromotionNotFound,),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/promotions/{promotion}",
        handler=put_promotion,
        permission="pricing:write",
        summary="Change a promotion",
        body=PromotionTerms,
        answers={200: Promotion},
        refusals=(PromotionNotFound, PromotionsCollide, InvalidPricing, ChannelNotFound),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/promotions/{promotion}",
        handler=delete_promotion,
        permission="pricing:write",
        summary="Remove a promotion",
        answers={204: None},
        refusals=(PromotionNotFound,),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
)
