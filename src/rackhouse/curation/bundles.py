"""Curated bundles: proposed, accepted, changed, removed, and read by those who curate."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.catalog import listed_products, products_with_skus
from rackhouse.curation import store
from rackhouse.curation.carrying_out import carry_out, record_bundle
from rackhouse.curation.collections import HANDLE
from rackhouse.curation.errors import (
    BundleIsNotWhole,
    CuratedBundleExists,
    CuratedBundleNotFound,
    InvalidCuratedBundle,
    TooManyCuratedBundles,
)
from rackhouse.curation.events import (
    CuratedBundleAccepted,
    CuratedBundleProposed,
    CuratedBundleRemoved,
)
from rackhouse.curation.proposing import free_pieces, proposal_now
from rackhouse.curation.rules.bundles import (
    AcceptedBundle,
    BundleProposal,
    BundleState,
    BundleTerms,
    bundle_state,
    can_be_made,
)
from rackhouse.curation.rules.collections import Handle
from rackhouse.curation.rules.windows import CLOSED, phase_at
from rackhouse.curation.store import StoredBundle
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import FieldProblem
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.store import server_time

__all__ = [
    "CuratedBundle",
    "accept_curated_bundle",
    "change_curated_bundle",
    "curated_bundle_of",
    "curated_bundle_page",
    "propose_again",
    "propose_curated_bundle",
    "remove_curated_bundle",
]

BUNDLES_MAX = 1000


class CuratedBundle(BundleTerms, frozen=True, kw_only=True):
    """A curated bundle as it is now: what is proposed of it and, once that was accepted, what it
    is sold as within its window. The proposal ``can_be_made`` so often at this moment; the product
    has the bundle's id. ``trouble`` is why the catalog did not take what was accepted; that is
    tried again."""

    id: Handle
    state: BundleState
    proposal: BundleProposal
    can_be_made: int
    accepted: AcceptedBundle | None
    in_catalog: bool
    trouble: str | None
    version: int
    created_at: datetime.datetime
    updated_at: datetime.datetime


@operation("curation:write")
async def propose_curated_bundle(
    *, context: Context, bundle_id: str, terms: BundleTerms
) -> CuratedBundle:
    """Propose a bundle: what it would be made of, what it would cost, and how many can be made now.
    Nothing is sold of it before the proposal is accepted.

    Refuses with `InvalidCuratedBundle`, `BundleIsNotWhole`, `CuratedBundleExists` and
    `TooManyCuratedBundles`.
    """
    if HANDLE.fullmatch(bundle_id) is None:
        remedy = "begin with a letter or digit; small letters, digits, dots, hyphens, 64 at most"
        raise InvalidCuratedBundle((FieldProblem("id", remedy),))
    proposal = await _proposal(context, bundle_id, terms)
    products = await listed_products(context=context, product_ids=[bundle_id])
    async with context.house.database("curation").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.lock_curation(tx)
        await store.lock_one(tx, _stream(bundle_id))
        before, now = await store.read_bundle(tx, bundle_id)
        if products or (before is not None and not before.removed):
            raise CuratedBundleExists(bundle_id=bundle_id)
        if await store.count_bundles(tx) >= BUNDLES_MAX:
            raise TooManyCuratedBundles(limit=BUNDLES_MAX)
        if phase_at(terms.starts_at, terms.ends_at, now) == CLOSED:
            remedy = "is past; choose a later moment, or leave it out"
            raise InvalidCuratedBundle((FieldProblem("ends_at", remedy),))
        stored = StoredBundle(
            id=bundle_id,
            terms=terms,
            proposal=proposal,
            accepted=None,
            made=None,
            shelved=None,
            trouble=None,
            version=before.version if before else 0,
            removed=False,
            created_at=now,
            updated_at=now,
        )
        stored = await _propose(tx, context, stored, now)
        answer = await _shown(context, stored, now)
        await remember_answer(tx, context.idempotency, answer, answered_at=now)
    return answer


@operation("curation:write")
async def propose_again(*, context: Context, bundle_id: str) -> CuratedBundle:
    """Choose and reckon anew, from what there is at this moment. What was accepted stays as it is
    until the new proposal is accepted.

    Refuses with `CuratedBundleNotFound`, `InvalidCuratedBundle` and `BundleIsNotWhole`.
    """
    terms = (await _existing(context, bundle_id))[0].terms
    proposal = await _proposal(context, bundle_id, terms)
    async with context.house.database("curation").transaction() as tx:
        await claim(tx, context.idempotency)
        stored, now = await _expected(tx, bundle_id, None)
        stored = msgspec.structs.replace(stored, proposal=proposal, updated_at=now)
        stored = await _propose(tx, context, stored, now)
        answer = await _shown(context, stored, now)
        await remember_answer(tx, context.idempotency, answer, answered_at=now)
    return answer


@operation("curation:write")
async def change_curated_bundle(
    *, context: Context, bundle_id: str, terms: BundleTerms, expected_version: int | None
) -> CuratedBundle:
    """Say otherwise what a bundle is, which makes another proposal; the same terms change nothing.
    What was accepted stays as it is until the new proposal is accepted.

    Refuses with `CuratedBundleNotFound`, `VersionIsStale` (None expects any version),
    `InvalidCuratedBundle` and `BundleIsNotWhole`.
    """
    await _existing(context, bundle_id)
    proposal = await _proposal(context, bundle_id, terms)
    async with context.house.database("curation").transaction() as tx:
        stored, now = await _expected(tx, bundle_id, expected_version)
        if stored.terms != terms:
            stored = msgspec.structs.replace(stored, terms=terms, proposal=proposal, updated_at=now)
            stored = await _propose(tx, context, stored, now)
    return await _shown(context, stored, now)


@operation("curation:write")
async def accept_curated_bundle(
    *, context: Context, bundle_id: str, expected_version: int | None
) -> CuratedBundle:
    """Accept a proposal as it is: within its window the bundle is a product of the catalog, with
    the bundle's id. It needs the permission ``catalog:write``, too. Orders of what was accepted
    before stay as they are.

    Refuses with `CuratedBundleNotFound`, `VersionIsStale` (None expects any version), and with
    `BundleIsNotWhole` where the catalog does not take it, or the components do not cost what was
    proposed any more.
    """
    context.caller.require("catalog:write")
    before = (await _existing(context, bundle_id))[0]
    await _refuse_outdated(context, before)
    async with context.house.database("curation").transaction() as tx:
        await claim(tx, context.idempotency)
        stored, now = await _expected(tx, bundle_id, expected_version)
        if stored.version != before.version:
            raise VersionIsStale(current=stored.version)
        stored = await _accept(tx, context, stored, now)
        stored = await carry_out(tx, context, stored, now, insisting=False)
        answer = await _shown(context, stored, now)
        await remember_answer(tx, context.idempotency, answer, answered_at=now)
    return answer


@operation("curation:write")
async def remove_curated_bundle(
    *, context: Context, bundle_id: str, expected_version: int | None
) -> None:
    """Remove a curated bundle; where it is a product, that leaves the catalog, which needs the
    permission ``catalog:write``, too. Orders of it stay as they are.

    Refuses with `CuratedBundleNotFound`, `VersionIsStale` (None expects any version), and with
    `BundleIsNotWhole` where the catalog keeps the product.
    """
    await _existing(context, bundle_id)
    async with context.house.database("curation").transaction() as tx:
        stored, now = await _expected(tx, bundle_id, expected_version)
        if stored.made is not None:
            context.caller.require("catalog:write")
        stored = msgspec.structs.replace(stored, removed=True, updated_at=now)
        stored = await carry_out(tx, context, stored, now, insisting=False)
        event = CuratedBundleRemoved(bundle_id=bundle_id, name=stored.terms.name)
        stored = await record_bundle(tx, context, stored, event, now)
        await store.write_bundle(tx, stored, None)


@operation("curation:read")
async def curated_bundle_of(*, context: Context, bundle_id: str) -> CuratedBundle:
    """A curated bundle as it is now. Refuses with `CuratedBundleNotFound`."""
    return await _shown(context, *await _existing(context, bundle_id))


@operation("curation:read")
async def curated_bundle_page(*, context: Context, after: str, limit: int) -> list[CuratedBundle]:
    """Curated bundles in the order of their ids."""
    async with context.house.database("curation").reading() as tx:
        found = await store.bundle_page(tx, after=after, limit=limit)
    stored = [(each, now) for each, now in found if each is not None]
    free = await _free(context, [each.proposal for each, _ in stored])
    return [_with(each, free, now) for each, now in stored]


async def _proposal(context: Context, bundle_id: str, terms: BundleTerms) -> BundleProposal:
    async with context.house.database("curation").reading() as tx:
        now = await server_time(tx)
    proposal = await proposal_now(context, terms, now)
    sku = _sku(bundle_id, terms)
    taken = (await products_with_skus(context=context, skus=[sku])).get(sku)
    if taken is not None and taken.id != bundle_id:
        remedy = f"is a SKU of the product {taken.id}; choose another one"
        raise InvalidCuratedBundle((FieldProblem("sku", remedy),))
    return proposal


async def _refuse_outdated(context: Context, stored: StoredBundle) -> None:
    """Refuse a proposal whose components are gone, or cost something else by now."""
    components = stored.proposal.components
    products = await products_with_skus(context=context, skus=[each.sku for each in components])
    problems = []
    for place, each in enumerate(components):
        product = products.get(each.sku)
        variants = [found for found in product.variants if found.sku == each.sku] if product else []
        own = variants[0].price_minor if variants else None
        price = product.price_minor if product is not None and own is None else own
        path = f"proposal.components[{place}]"
        if not variants:
            problems.append(FieldProblem(path, f"{each.sku} is gone; propose the bundle again"))
        elif price != each.price_minor:
            fact = f"{each.sku} costs {price} now, not {each.price_minor}"
            problems.append(FieldProblem(path, f"{fact}; propose the bundle again"))
    if problems:
        raise BundleIsNotWhole(tuple(problems))


async def _propose(
    tx: Transaction, context: Context, stored: StoredBundle, now: datetime.datetime
) -> StoredBundle:
    proposal = stored.proposal
    event = CuratedBundleProposed(
        bundle_id=stored.id,
        name=stored.terms.name,
        skus=tuple(each.sku for each in proposal.components),
        price_minor=proposal.price_minor,
        currency=proposal.currency,
    )
    stored = await record_bundle(tx, context, stored, event, now)
    return await carry_out(tx, context, stored, now, insisting=True)


async def _accept(
    tx: Transaction, context: Context, stored: StoredBundle, now: datetime.datetime
) -> StoredBundle:
    terms, proposal = stored.terms, stored.proposal
    accepted = AcceptedBundle(
        **{field: getattr(proposal, field) for field in BundleProposal.__struct_fields__},
        name=terms.name,
        description=terms.description,
        sku=_sku(stored.id, terms),
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        version=stored.version,
        accepted_at=now,
    )
    event = CuratedBundleAccepted(
        bundle_id=stored.id,
        name=accepted.name,
        sku=accepted.sku,
        skus=tuple(each.sku for each in accepted.components),
        price_minor=accepted.price_minor,
        currency=accepted.currency,
        starts_at=accepted.starts_at,
        ends_at=accepted.ends_at,
    )
    stored = msgspec.structs.replace(stored, accepted=accepted, trouble=None, updated_at=now)
    return await record_bundle(tx, context, stored, event, now)


async def _existing(context: Context, bundle_id: str) -> tuple[StoredBundle, datetime.datetime]:
    stored = None
    if HANDLE.fullmatch(bundle_id) is not None:
        async with context.house.database("curation").reading() as tx:
            stored, now = await store.read_bundle(tx, bundle_id)
    if stored is None or stored.removed:
        raise CuratedBundleNotFound(bundle_id=bundle_id)
    return stored, now


async def _expected(
    tx: Transaction, bundle_id: str, expected_version: int | None
) -> tuple[StoredBundle, datetime.datetime]:
    await store.lock_one(tx, _stream(bundle_id))
    stored, now = await store.read_bundle(tx, bundle_id)
    if stored is None or stored.removed:
        raise CuratedBundleNotFound(bundle_id=bundle_id)
    if expected_version not in (None, stored.version):
        raise VersionIsStale(current=stored.version)
    return stored, now


async def _shown(context: Context, stored: StoredBundle, now: datetime.datetime) -> CuratedBundle:
    return _with(stored, await _free(context, [stored.proposal]), now)


async def _free(context: Context, proposals: Sequence[BundleProposal]) -> dict[str, int]:
    products = [pick.product_id for each in proposals for pick in each.components]
    return await free_pieces(context, products)


def _with(stored: StoredBundle, free: dict[str, int], now: datetime.datetime) -> CuratedBundle:
    terms = stored.terms
    return CuratedBundle(
        **{field: getattr(terms, field) for field in BundleTerms.__struct_fields__},
        id=stored.id,
        state=bundle_state(stored.accepted, now),
        proposal=stored.proposal,
        can_be_made=can_be_made(stored.proposal.components, free),
        accepted=stored.accepted,
        in_catalog=stored.made is not None,
        trouble=stored.trouble,
        version=stored.version,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def _sku(bundle_id: str, terms: BundleTerms) -> str:
    return terms.sku or bundle_id.upper()


def _stream(bundle_id: str) -> str:
    return f"curated-bundle:{bundle_id}"
