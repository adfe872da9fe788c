"""Proposing what a curated bundle is made of: by hand, from a collection, or by rule from what can
be had now."""

import datetime
from collections.abc import Iterable, Sequence

from rackhouse.catalog import ListedProduct, Variant, listed_products, products_with_skus
from rackhouse.curation.collections import seen_collection
from rackhouse.curation.errors import BundleIsNotWhole, CollectionNotFound, InvalidCuratedBundle
from rackhouse.curation.judging import own_context, problem_of_rule, search_of
from rackhouse.curation.members import members_now
from rackhouse.curation.rules.bundles import (
    COMPONENTS_MAX,
    BundleProposal,
    BundleSlot,
    BundleTerms,
    Candidate,
    choose,
    problems_of_bundle,
    proposed,
)
from rackhouse.curation.rules.collections import CollectionRule
from rackhouse.inventory import availability_of_many
from rackhouse.platform.context import Context
from rackhouse.platform.errors import FieldProblem, Invalid
from rackhouse.search import ids_found

__all__ = ["free_pieces", "proposal_now"]

CANDIDATES_MAX = 50
ASKED_AT_ONCE = 100

_Picks = Sequence[tuple[Candidate, int]]


async def proposal_now(
    context: Context, terms: BundleTerms, now: datetime.datetime
) -> BundleProposal:
    """What a bundle with some terms would be made of at this moment.

    Refuses with `InvalidCuratedBundle`, and with `BundleIsNotWhole` where there is not what the
    terms ask for.
    """
    problems = problems_of_bundle(terms)
    for place, slot in enumerate(terms.slots):
        problem = await problem_of_rule(context, _rule_of(slot), f"slots[{place}]")
        problems += [problem] if problem else []
    if problems:
        raise InvalidCuratedBundle(tuple(problems))
    if terms.slots:
        picks = await _by_rule(context, terms.slots)
    elif terms.collection is not None:
        picks = await _from_collection(context, terms.collection)
    else:
        picks = await _by_hand(context, terms)
    proposal, problems = proposed(picks, terms.price, now)
    if proposal is None:
        raise InvalidCuratedBundle(tuple(problems))
    return proposal


async def free_pieces(context: Context, product_ids: Iterable[str]) -> dict[str, int]:
    """How many pieces of each SKU of some products can be promised at this moment."""
    ids = list(dict.fromkeys(product_ids))
    free: dict[str, int] = {}
    for start in range(0, len(ids), ASKED_AT_ONCE):
        found = await availability_of_many(
            context=own_context(context), ids=ids[start : start + ASKED_AT_ONCE], channel=None
        )
        free |= {each.sku: each.available for item in found.items for each in item.skus}
    return free


async def _by_hand(context: Context, terms: BundleTerms) -> _Picks:
    skus = [each.sku for each in terms.components]
    products = await products_with_skus(context=context, skus=skus)
    problems: list[FieldProblem] = []
    picks: list[tuple[Candidate, int]] = []
    for place, each in enumerate(terms.components):
        path = f"components[{place}].sku"
        product = products.get(each.sku)
        if product is None:
            problems.append(FieldProblem(path, f"there is no SKU {each.sku!r}; add it first"))
            continue
        variant = next(found for found in product.variants if found.sku == each.sku)
        if variant.is_bundle:
            remedy = "bundles have one level; take what is in it"
            problems.append(FieldProblem(path, f"{each.sku!r} is a bundle itself; {remedy}"))
        picks.append((_candidate(product, variant, 0), each.quantity))
    if problems:
        raise InvalidCuratedBundle(tuple(problems))
    return picks


async def _from_collection(context: Context, collection_id: str) -> _Picks:
    """One of each product of a collection: of its first variant that can be had, or its first."""
    try:
        stored, _ = await seen_collection(context, collection_id)
    except CollectionNotFound as refusal:
        raise InvalidCuratedBundle((FieldProblem("collection", str(refusal)),)) from refusal
    ids = (await members_now(context, stored.terms)).ids
    if not 1 <= len(ids) <= COMPONENTS_MAX:
        fact = f"{collection_id!r} has {len(ids)} products"
        problem = f"{fact}; a bundle has 1 to {COMPONENTS_MAX} components"
        raise BundleIsNotWhole((FieldProblem("collection", problem),))
    products = await listed_products(context=context, product_ids=ids)
    free = await free_pieces(context, products)
    picks: list[tuple[Candidate, int]] = []
    for product_id in ids:
        some = _variants_of(products.get(product_id), free)
        if some:
            picks.append((max(some, key=lambda each: each.free > 0), 1))
    if not picks:
        problem = f"nothing in {collection_id!r} can be in a bundle; choose another one"
        raise BundleIsNotWhole((FieldProblem("collection", problem),))
    return picks


async def _by_rule(context: Context, slots: Sequence[BundleSlot]) -> _Picks:
    found = [await _found_for(context, place, each) for place, each in enumerate(slots)]
    every = dict.fromkeys(product_id for ids in found for product_id in ids)
    products = await listed_products(context=own_context(context), product_ids=list(every))
    free = await free_pieces(context, products)
    candidates = [
        [each for product_id in ids for each in _variants_of(products.get(product_id), free)]
        for ids in found
    ]
    chosen, problems = choose(slots, candidates)
    if problems:
        raise BundleIsNotWhole(tuple(problems))
    return [(each, slot.quantity) for each, slot in zip(chosen, slots, strict=True)]


async def _found_for(context: Context, place: int, slot: BundleSlot) -> list[str]:
    try:
        return await ids_found(context=own_context(context), search=search_of(_rule_of(slot)))
    except Invalid as refusal:  # the index has not heard yet of how the types are now
        raise BundleIsNotWhole((FieldProblem(f"slots[{place}]", str(refusal)),)) from refusal


def _rule_of(slot: BundleSlot) -> CollectionRule:
    return CollectionRule(
        q=slot.q, filter=slot.filter, sort=slot.sort, available=True, limit=CANDIDATES_MAX
    )


def _variants_of(product: ListedProduct | None, free: dict[str, int]) -> list[Candidate]:
    """The variants of a product that can be in a bundle, with how many of each are free."""
    if product is None:
        return []
    return [
        _candidate(product, each, free.get(each.sku, 0))
        for each in product.variants
        if not each.is_bundle
    ]


def _candidate(product: ListedProduct, variant: Variant, free: int) -> Candidate:
    own = variant.price_minor
    return Candidate(
        sku=variant.sku,
        product_id=product.id,
        name=f"{product.name}, {variant.name}" if variant.name else product.name,
        price_minor=product.price_minor if own is None else own,
        currency=product.currency,
        free=free,
    )
