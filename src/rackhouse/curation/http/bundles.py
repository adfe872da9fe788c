"""Curated bundles over HTTP."""

from typing import Annotated

from msgspec import Meta

from rackhouse.curation.bundles import (
    CuratedBundle,
    accept_curated_bundle,
    change_curated_bundle,
    curated_bundle_of,
    curated_bundle_page,
    propose_again,
    propose_curated_bundle,
    remove_curated_bundle,
)
from rackhouse.curation.errors import (
    BundleIsNotWhole,
    CuratedBundleExists,
    CuratedBundleNotFound,
    InvalidCuratedBundle,
    TooManyCuratedBundles,
)
from rackhouse.curation.rules.bundles import BundleTerms
from rackhouse.curation.rules.collections import Handle
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)
from rackhouse.platform.http.endpoint import CursorUnknown, VersionIsStale
from rackhouse.platform.ids import new_id
from rackhouse.search import SearchNotReady

__all__ = ["ENDPOINTS"]

PATH = "/api/v1/curated-bundles"
_ID = {"bundle_id": "The id of the curated bundle, which is also that of its product."}
_After = Annotated[str, Meta(max_length=64, pattern="^[a-z0-9._-]*$")]


class CuratedBundleRequest(BundleTerms, frozen=True, kw_only=True):
    """A bundle to propose; without an id it is given one."""

    id: Handle | None = None

    def terms(self) -> BundleTerms:
        """What is said of it."""
        fields = BundleTerms.__struct_fields__
        return BundleTerms(**{field: getattr(self, field) for field in fields})


async def get_curated_bundles(call: Call) -> Answer:
    """In the order of their ids."""
    query: PageQuery = call.query
    found = await curated_bundle_page(
        context=call.context, after=query.after(_After) or "", limit=query.limit + 1
    )
    return Answer(200, Page.of(found, query.limit, lambda last: last.id))


async def post_curated_bundle(call: Call) -> CuratedBundle:
    """The answer says what it is made of, what it costs and how many can be made now. Nothing is
    sold of it before it is accepted."""
    request: CuratedBundleRequest = call.body
    return await propose_curated_bundle(
        context=call.context, bundle_id=request.id or new_id(), terms=request.terms()
    )


async def get_curated_bundle(call: Call) -> Answer:
    """Its version is the ETag, with which it is changed and accepted."""
    return _found(await curated_bundle_of(context=call.context, **call.path))


async def put_curated_bundle(call: Call) -> Answer:
    """Makes another proposal. What was accepted is sold on until that is accepted."""
    changed = await change_curated_bundle(
        context=call.context, terms=call.body, expected_version=version_matched(call), **call.path
    )
    return _found(changed)


async def delete_curated_bundle(call: Call) -> Answer:
    """Its product leaves the catalog, for which the permission `catalog:write` is needed, too.
    Orders of it stay as they are."""
    await remove_curated_bundle(
        context=call.context, expected_version=version_matched(call), **call.path
    )
    return Answer(204)


async def post_proposal(call: Call) -> CuratedBundle:
    """By rule, from what can be had now; and reckoned with what the components cost now."""
    return await propose_again(context=call.context, **call.path)


async def post_acceptance(call: Call) -> CuratedBundle:
    """Within its window the bundle is a product from now on. Needs the permission `catalog:write`,
    too."""
    return await accept_curated_bundle(
        context=call.context, expected_version=version_matched(call), **call.path
    )


def _found(bundle: CuratedBundle) -> Answer:
    return Answer(200, bundle, (entity_tag(bundle.version),))


def _made(bundle: CuratedBundle) -> Answer:
    location = (b"location", f"{PATH}/{bundle.id}".encode())
    return Answer(201, bundle, (entity_tag(bundle.version), location))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path=PATH,
        handler=get_curated_bundles,
        permission="curation:read",
        summary="Curated bundles",
        query=PageQuery,
        answers={200: Page[CuratedBundle]},
        refusals=(CursorUnknown,),
    ),
    Endpoint(
        method="POST",
        path=PATH,
        handler=post_curated_bundle,
        present=_made,
        permission="curation:write",
        summary="Propose a curated bundle",
        body=CuratedBundleRequest,
        answers={201: CuratedBundle},
        refusals=(
            InvalidCuratedBundle,
            BundleIsNotWhole,
            CuratedBundleExists,
            TooManyCuratedBundles,
            SearchNotReady,
        ),
    ),
    Endpoint(
        method="GET",
        path=f"{PATH}/{{bundle_id}}",
        handler=get_curated_bundle,
        permission="curation:read",
        summary="A curated bundle",
        answers={200: CuratedBundle},
        refusals=(CuratedBundleNotFound,),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="PUT",
        path=f"{PATH}/{{bundle_id}}",
        handler=put_curated_bundle,
        permission="curation:write",
        summary="Say anew what a curated bundle is",
        body=BundleTerms,
        answers={200: CuratedBundle},
        refusals=(CuratedBundleNotFound, InvalidCuratedBundle, BundleIsNotWhole, SearchNotReady),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
    Endpoint(
        method="DELETE",
        path=f"{PATH}/{{bundle_id}}",
        handler=delete_curated_bundle,
        permission="curation:write",
        summary="Remove a curated bundle, and its product",
        answers={204: None},
        refusals=(CuratedBundleNotFound, BundleIsNotWhole),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
    Endpoint(
        method="POST",
        path=f"{PATH}/{{bundle_id}}/proposals",
        handler=post_proposal,
        present=_found,
        permission="curation:write",
        summary="Propose a curated bundle again, from what there is now",
        answers={200: CuratedBundle},
        refusals=(CuratedBundleNotFound, InvalidCuratedBundle, BundleIsNotWhole, SearchNotReady),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="POST",
        path=f"{PATH}/{{bundle_id}}/accept",
        handler=post_acceptance,
        present=_found,
        permission="curation:write",
        summary="Accept what is proposed of a curated bundle",
        answers={200: CuratedBundle},
        refusals=(CuratedBundleNotFound, BundleIsNotWhole, VersionIsStale),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
)
