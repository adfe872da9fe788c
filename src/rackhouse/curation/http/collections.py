"""Collections over HTTP."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from rackhouse.catalog import ProductNotFound
from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.curation.collections import (
    change_collection,
    collection_page,
    create_collection,
    remove_collection,
)
from rackhouse.curation.errors import (
    CollectionExists,
    CollectionNotFound,
    InvalidCollection,
    TooManyCollections,
)
from rackhouse.curation.members import (
    OWN_ORDER,
    CollectionNow,
    CollectionPreview,
    collection_now,
    collection_products,
    collections_of_product,
    preview_collection,
)
from rackhouse.curation.rules.collections import Collection, CollectionTerms, Handle
from rackhouse.inventory import LocationNotFound, OtherChannel
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    cursor_of,
    entity_tag,
    version_matched,
)
from rackhouse.platform.http.endpoint import CursorUnknown
from rackhouse.platform.ids import new_id
from rackhouse.search import (
    FacetUnknown,
    FilterUnknown,
    FilterUnreadable,
    OrderUnknown,
    QueryTooLong,
    Results,
    Search,
    SearchNotReady,
    SearchQuery,
)

__all__ = ["ENDPOINTS"]

PATH = "/api/v1/collections"
TIE_MAX = 2**63 - 1
PLACE_MAX = 10_000
CURSOR = "next_cursor"

_ID = {"collection_id": "The collection's id."}
_Id = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[^\\x00]*$")]
_After = Annotated[str, Meta(max_length=64, pattern="^[a-z0-9._-]*$")]
_OwnPlace: Any = tuple[Literal["collection"], Annotated[int, Meta(ge=0, le=PLACE_MAX)], _Id]
_Place: Any = tuple[str, float | None, Annotated[int, Meta(ge=0, le=TIE_MAX)]]


class CollectionRequest(CollectionTerms, frozen=True, kw_only=True):
    """A collection to make; without an id it is given one."""

    id: Handle | None = None

    def terms(self) -> CollectionTerms:
        """What is said of it."""
        return CollectionTerms(
            **{field: getattr(self, field) for field in CollectionTerms.__struct_fields__}
        )


class CollectionsQuery(PageQuery, frozen=True, kw_only=True):
    """Which collections to list."""

    channel: Annotated[
        _Id | None, Meta(description="Only those for this channel, and those for all.")
    ] = None


class CollectionProductsQuery(SearchQuery, frozen=True, kw_only=True):
    """What to look for in a collection, and what to count."""

    sort: Annotated[
        str,
        Meta(
            max_length=2000,
            description="The order: `collection`, which is the collection's own, or as in a "
            "search.",
        ),
    ] = OWN_ORDER


class CollectionResults(Results, frozen=True, kw_only=True):
    """What was found in a collection, as a search answers it. ``reason`` says why its rule can not
    be read any more, if that is so: then there are its members alone."""

    reason: str | None


async def get_collections(call: Call) -> Answer:
    """In the order of their ids. Those that are not open are told only to who curates."""
    query: CollectionsQuery = call.query
    found = await collection_page(
        context=call.context,
        channel=query.channel,
        after=query.after(_After) or "",
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, lambda last: last.id))


async def post_collection(call: Call) -> Collection:
    """It is shown from the first moment of its window on, to the second."""
    request: CollectionRequest = call.body
    return await create_collection(
        context=call.context, collection_id=request.id or new_id(), terms=request.terms()
    )


async def get_collection(call: Call) -> Answer:
    """With how many products it has now, and its members that have left the catalog."""
    found = await collection_now(context=call.context, **call.path)
    return Answer(200, found, (entity_tag(found.version),))


async def put_collection(call: Call) -> Answer:
    """What is left out is as if it had never been said."""
    changed = await change_collection(
        context=call.context, terms=call.body, expected_version=version_matched(call), **call.path
    )
    return Answer(200, changed, (entity_tag(changed.version),))


async def delete_collection(call: Call) -> Answer:
    """Its products stay what they are."""
    await remove_collection(
        context=call.context, expected_version=version_matched(call), **call.path
    )
    return Answer(204)


async def get_collection_products(call: Call) -> Answer:
    """As a search among what belongs to the collection at this moment: the same documents, filters,
    facets and orders, and its own order besides."""
    query: CollectionProductsQuery = call.query
    own = query.after(_OwnPlace) if query.sort == OWN_ORDER else None
    after = query.after(_Place) if query.sort != OWN_ORDER else None
    if after is not None and after[0] != query.sort:
        raise CursorUnknown(cursor=query.cursor or "")
    page = await collection_products(
        context=call.context,
        search=_search(query, after),
        after=None if own is None else (own[1], own[2]),
        **call.path,
    )
    found, cursor = page.found, None
    if page.own_place is not None:
        cursor = cursor_of((OWN_ORDER, *page.own_place))
    elif found.more and query.sort != OWN_ORDER:
        cursor = cursor_of((query.sort, *found.places[-1]))
    said = {name: getattr(found, name) for name in Results.__struct_fields__ if name != CURSOR}
    return Answer(200, CollectionResults(**said, next_cursor=cursor, reason=page.reason))


async def get_product_collections(call: Call) -> Answer:
    """Those of which it is a member, and those whose rule brings it in now."""
    query: CollectionsQuery = call.query
    found = await collections_of_product(
        context=call.context,
        channel=query.channel,
        after=query.after(_After) or "",
        limit=query.limit + 1,
        **call.path,
    )
    return Answer(200, Page.of(found, query.limit, lambda last: last.id))


async def preview_of_collection(call: Call) -> Answer:
    """How many products there would be, and the first of them. Nothing is changed."""
    return Answer(200, await preview_collection(context=call.context, terms=call.body))


def _created(collection: Collection) -> Answer:
    location = (b"location", f"{PATH}/{collection.id}".encode())
    return Answer(201, collection, (entity_tag(collection.version), location))


def _search(query: CollectionProductsQuery, after: Any) -> Search:
    asked = set(Search.__struct_fields__).intersection(SearchQuery.__struct_fields__)
    said = {name: getattr(query, name) for name in asked}
    return Search(**said, after=None if after is None else (after[1], after[2]))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path=PATH,
        handler=get_collections,
        permission="catalog:read",
        summary="Collections of products",
        query=CollectionsQuery,
        answers={200: Page[Collection]},
        refusals=(CursorUnknown,),
    ),
    Endpoint(
        method="POST",
        path=PATH,
        handler=post_collection,
        present=_created,
        permission="curation:write",
        summary="Make a collection",
        body=CollectionRequest,
        answers={201: Collection},
        refusals=(InvalidCollection, CollectionExists, TooManyCollections),
    ),
    Endpoint(
        method="GET",
        path=f"{PATH}/{{collection_id}}",
        handler=get_collection,
        permission="catalog:read",
        summary="A collection",
        answers={200: CollectionNow},
        refusals=(CollectionNotFound,),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="PUT",
        path=f"{PATH}/{{collection_id}}",
        handler=put_collection,
        permission="curation:write",
        summary="Say anew what a collection is",
        body=CollectionTerms,
        answers={200: Collection},
        refusals=(CollectionNotFound, InvalidCollection),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
    Endpoint(
        method="DELETE",
        path=f"{PATH}/{{collection_id}}",
        handler=delete_collection,
        permission="curation:write",
        summary="Remove a collection",
        answers={204: None},
        refusals=(CollectionNotFound,),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
    Endpoint(
        method="GET",
        path=f"{PATH}/{{collection_id}}/products",
        handler=get_collection_products,
        permission="catalog:read",
        summary="The products of a collection",
        query=CollectionProductsQuery,
        answers={200: CollectionResults},
        refusals=(
            CollectionNotFound,
            FilterUnknown,
            FilterUnreadable,
            FacetUnknown,
            OrderUnknown,
            QueryTooLong,
            CursorUnknown,
            SearchNotReady,
            LocationNotFound,
            ChannelNotFound,
            ChannelDisabled,
            OtherChannel,
        ),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/products/{product_id}/collections",
        handler=get_product_collections,
        permission="catalog:read",
        summary="The collections of a product",
        query=CollectionsQuery,
        answers={200: Page[Collection]},
        refusals=(ProductNotFound, CursorUnknown, SearchNotReady),
        path_descriptions={"product_id": "The product's id."},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/collection-previews",
        handler=preview_of_collection,
        permission="curation:write",
        summary="What a collection would have",
        body=CollectionTerms,
        answers={200: CollectionPreview},
        refusals=(InvalidCollection, SearchNotReady),
        only_reads=True,
    ),
)
