"""Tax rates over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

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
    TaxRateExists,
    TaxRateNotFound,
    TaxRatesCollide,
    TooManyPricingRules,
)
from rackhouse.pricing.rules import Handle, TaxRateTerms
from rackhouse.pricing.tax_rates import (
    TaxRate,
    change_tax_rate,
    create_tax_rate,
    remove_tax_rate,
    tax_rate_of,
    tax_rates,
)

__all__ = ["ENDPOINTS"]

_ID = {"tax_rate": "The id of the tax rate."}


class TaxRateRequest(TaxRateTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tax rate to put on record."""

    id: Annotated[
        Handle | None, Meta(description="Such as `de-standard`; without, it is given one.")
    ] = None

    def terms(self) -> TaxRateTerms:
        """All but the id."""
        return TaxRateTerms(
            **{field: getattr(self, field) for field in TaxRateTerms.__struct_fields__}
        )


class TaxRatePlace(msgspec.Struct, frozen=True):
    """Where a page ended."""

    id: Handle


async def get_tax_rates(call: Call) -> Answer:
    """The tax rates in the order of their ids, as they are now."""
    query: PageQuery = call.query
    after = query.after(TaxRatePlace)
    found = await tax_rates(
        context=call.context, after=after.id if after else None, limit=query.limit + 1
    )
    return Answer(200, Page.of(found, query.limit, lambda last: TaxRatePlace(last.id)))


async def post_tax_rate(call: Call) -> TaxRate:
    """Put a tax rate on record. One that could not be told from another by which goes first is
    refused, and the other named."""
    request: TaxRateRequest = call.body
    return await create_tax_rate(context=call.context, tax_rate=request.id, terms=request.terms())


def created(made: TaxRate) -> Answer:
    """A tax rate that was just made, and where it is."""
    location = (b"location", f"/api/v1/tax-rates/{made.id}".encode())
    return Answer(201, made, (entity_tag(made.version), location))


async def get_tax_rate(call: Call) -> Answer:
    """One tax rate as it is now, with its version as the ETag."""
    found = await tax_rate_of(context=call.context, tax_rate=call.path["tax_rate"])
    return Answer(200, found, (entity_tag(found.version),))


async def put_tax_rate(call: Call) -> Answer:
    """Let a tax rate say otherwise from now on. What it said before stays on record."""
    changed = await change_tax_rate(
        context=call.context,
        tax_rate=call.path["tax_rate"],
        terms=call.body,
        expected_version=version_matched(call),
    )
    return Answer(200, changed, (entity_tag(changed.version),))


async def delete_tax_rate(call: Call) -> Answer:
    """Let a tax rate count no more. What it said before stays on record."""
    await remove_tax_rate(
        context=call.context,
        tax_rate=call.path["tax_rate"],
        expected_version=version_matched(call),
    )
    return Answer(204)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/tax-rates",
        handler=get_tax_rates,
        permission="pricing:read",
        summary="List the tax rates",
        query=PageQuery,
        answers={200: Page[TaxRate]},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/tax-rates",
        handler=post_tax_rate,
        present=created,
        permission="pricing:write",
        summary="Make a tax rate",
        body=TaxRateRequest,
        answers={201: TaxRate},
        refusals=(TaxRateExists, TaxRatesCollide, InvalidPricing, TooManyPricingRules),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/tax-rates/{tax_rate}",
        handler=get_tax_rate,
        permission="pricing:read",
        summary="Read a tax rate",
        answers={200: TaxRate},
        refusals=(TaxRateNotFound,),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/tax-rates/{tax_rate}",
        handler=put_tax_rate,
        permission="pricing:write",
        summary="Change a tax rate",
        body=TaxRateTerms,
        answers={200: TaxRate},
        refusals=(TaxRateNotFound, TaxRatesCollide, InvalidPricing),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/tax-rates/{tax_rate}",
        handler=delete_tax_rate,
        permission="pricing:write",
        summary="Remove a tax rate",
        answers={204: None},
        refusals=(TaxRateNotFound,),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
)
