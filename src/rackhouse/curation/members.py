"""What belongs to a collection at this moment, and lists of it as a search has them."""

import msgspec

from rackhouse.catalog import listed_products, product_of
from rackhouse.curation import store
from rackhouse.curation.collections import seen_collection, sees_hidden
from rackhouse.curation.errors import InvalidCollection
from rackhouse.curation.judging import (
    own_context,
    problem_of_rule,
    refuse_unfit_terms,
    search_of,
    state_of,
)
from rackhouse.curation.rules.collections import (
    Collection,
    CollectionRule,
    CollectionTerms,
    in_order,
    place_after,
)
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import FieldProblem, Invalid
from rackhouse.search import (
    Answered,
    FoundProduct,
    Search,
    SearchNotReady,
    ids_found,
    search_products,
)

__all__ = [
    "OWN_ORDER",
    "CollectionNow",
    "CollectionPage",
    "CollectionPreview",
    "OwnPlace",
    "collection_now",
    "collection_products",
    "collections_of_product",
    "members_now",
    "preview_collection",
]

OWN_ORDER = "collection"
PREVIEWED = 50
CHUNK_MAX = 250
SCANNED_AT_ONCE = 100

OwnPlace = tuple[int, str]
"""Where a product stands in a collection's own order: after how many others, and its id."""


class CollectionNow(Collection, frozen=True, kw_only=True):
    """A collection with how many products it has now (null where this process can not search at
    the moment), and its members that are not in the catalog any more."""

    products: int | None
    missing: tuple[str, ...]


class CollectionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the products of a collection, as a search answers. ``reason`` says why its rule
    can not be read, if that is so; ``own_place`` is where its own order goes on."""

    found: Answered
    reason: str | None
    own_place: OwnPlace | None = None


class CollectionPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a collection with some terms would have now: how many products, and the first of them;
    and its members that are not found: they are not in the catalog, or not shown."""

    total: int
    items: list[FoundProduct]
    missing: list[str]


class _Belonging(msgspec.Struct, frozen=True):
    """The ids of what belongs to a collection, in its own order; and why its rule can not be
    read, if that is so."""

    ids: tuple[str, ...]
    reason: str | None


@operation("catalog:read")
async def collection_products(
    *, context: Context, collection_id: str, search: Search, after: OwnPlace | None
) -> CollectionPage:
    """The products of a collection that are as asked for, with all that a search can narrow, count
    and order; in the collection's own order where ``search.sort`` is `collection`, after a place
    of that.

    Refuses with `CollectionNotFound`, and as ``search_products`` does of what is asked besides; a
    rule that can not be read any more brings nothing in, and is told.
    """
    stored, _ = await seen_collection(context, collection_id)
    belonging = await members_now(context, stored.terms)
    among = frozenset(belonging.ids)
    if search.sort != OWN_ORDER:
        asked = msgspec.structs.replace(search, among=among)
        found = await search_products(context=context, search=asked)
        return CollectionPage(found=found, reason=belonging.reason)
    return await _in_own_order(context, search, belonging, after)


@operation("catalog:read")
async def collection_now(*, context: Context, collection_id: str) -> CollectionNow:
    """A collection with what belongs to it at this moment. Refuses with `CollectionNotFound` as
    ``collection_of`` does."""
    stored, now = await seen_collection(context, collection_id)
    collection = await state_of(context, stored, now)
    known = await listed_products(context=context, product_ids=stored.terms.members)
    return CollectionNow(
        **{field: getattr(collection, field) for field in Collection.__struct_fields__},
        products=await _count(context, stored.terms),
        missing=tuple(each for each in stored.terms.members if each not in known),
    )


@operation("curation:write")
async def preview_collection(*, context: Context, terms: CollectionTerms) -> CollectionPreview:
    """What a collection with some terms would have, without making one.

    Refuses with `InvalidCollection` and `SearchNotReady`.
    """
    await refuse_unfit_terms(context, terms)
    belonging = await members_now(context, terms)
    if belonging.reason is not None:
        field, _, problem = belonging.reason.partition(": ")
        raise InvalidCollection((FieldProblem(field, problem),))
    search = Search(sort=OWN_ORDER, limit=PREVIEWED)
    page = await _in_own_order(context, search, belonging, None)
    shown = set(
        await ids_found(
            context=own_context(context),
            search=Search(among=frozenset(terms.members), limit=max(1, len(terms.members))),
        )
    )
    missing = [each for each in terms.members if each not in shown]
    return CollectionPreview(total=page.found.total, items=page.found.items, missing=missing)


@operation("catalog:read")
async def collections_of_product(
    *, context: Context, product_id: str, channel: str | None, after: str, limit: int
) -> list[Collection]:
    """The collections to which a product belongs at this moment, in the order of their ids: as
    ``collection_page`` shows them to the caller. Refuses with `ProductNotFound`."""
    await product_of(context=context, product_id=product_id, only_type=None)
    belongs: list[Collection] = []
    while len(belongs) < limit:
        async with context.house.database("curation").reading() as tx:
            scanned = await store.collections_with_member(
                tx,
                product_id=product_id,
                after=after,
                channel=context.caller.channel or channel,
                hidden=sees_hidden(context),
                limit=SCANNED_AT_ONCE,
            )
        for stored, now in scanned:
            if stored is not None and await _belongs(context, stored.terms, product_id):
                belongs.append(await state_of(context, stored, now))
                if len(belongs) == limit:
                    return belongs
            after = stored.id if stored is not None else after
        if len(scanned) < SCANNED_AT_ONCE:
            break
    return belongs


async def members_now(context: Context, terms: CollectionTerms) -> _Belonging:
    """What belongs to a collection with some terms at this moment."""
    rule = terms.rule
    if rule is None:
        return _Belonging(terms.members, None)
    problem = await problem_of_rule(context, rule)
    if problem is not None:
        return _Belonging(terms.members, f"{problem.field}: {problem.problem}")
    try:
        return _Belonging(in_order(terms, await _found_by(context, rule, terms)), None)
    except Invalid as refusal:  # the index has not heard yet of how the types are now
        return _Belonging(terms.members, f"rule.{refusal}")


async def _count(context: Context, terms: CollectionTerms) -> int | None:
    try:
        among = frozenset((await members_now(context, terms)).ids)
        search = Search(among=among, limit=0)
        return (await search_products(context=own_context(context), search=search)).total
    except SearchNotReady:
        return None


async def _found_by(context: Context, rule: CollectionRule, terms: CollectionTerms) -> list[str]:
    """What a rule finds: as many products as it takes, and those that it does not bring in."""
    enough = rule.limit + len(terms.members) + len(terms.excluded)
    search = msgspec.structs.replace(search_of(rule), limit=enough)
    return await ids_found(context=own_context(context), search=search)


async def _belongs(context: Context, terms: CollectionTerms, product_id: str) -> bool:
    if product_id in terms.members:
        return True
    rule = terms.rule
    if rule is None or await problem_of_rule(context, rule) is not None:
        return False
    only_it = msgspec.structs.replace(search_of(rule), among=frozenset({product_id}))
    try:
        found = await ids_found(context=own_context(context), search=only_it)
    except Invalid:
        return False
    return bool(found) and product_id in (await members_now(context, terms)).ids


async def _in_own_order(
    context: Context, search: Search, belonging: _Belonging, after: OwnPlace | None
) -> CollectionPage:
    """A page in the collection's own order: its products are asked for piece by piece in that
    order, until as many as wanted are as asked for."""
    ids = belonging.ids
    at_once = len(ids) if search.q else 0  # words may be read otherwise among fewer products
    every = msgspec.structs.replace(search, sort="newest", among=frozenset(ids), limit=at_once)
    whole = await search_products(context=context, search=every)
    known = {each.id: each for each in whole.items}
    place = place_after(ids, *after) if after is not None else 0
    page: list[tuple[int, FoundProduct]] = []
    wanted = search.limit + 1
    while len(page) < wanted and place < len(ids) and whole.total:
        several = ids[place : place + min(wanted, CHUNK_MAX)]
        found = known if search.q else await _asked_for(context, search, several)
        page += [(place + step, found[each]) for step, each in enumerate(several) if each in found]
        place += len(several)
    more = len(page) > search.limit
    page = page[: search.limit]
    return CollectionPage(
        found=msgspec.structs.replace(whole, items=[each for _, each in page], more=more),
        reason=belonging.reason,
        own_place=(page[-1][0], page[-1][1].id) if more and page else None,
    )


async def _asked_for(
    context: Context, search: Search, ids: tuple[str, ...]
) -> dict[str, FoundProduct]:
    asked = msgspec.structs.replace(
        search, sort="newest", facets="", among=frozenset(ids), limit=len(ids)
    )
    found = await search_products(context=context, search=asked)
    return {each.id: each for each in found.items}
