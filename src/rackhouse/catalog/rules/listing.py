"""What may come into the catalog, beside what is in it: decide, then apply. Pure."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from rackhouse.platform.errors import FieldProblem

from ..errors import InvalidProduct, ProductExists, ProductReferenced, SkuInBundle, SkuTaken
from ..events import ProductChanged, ProductCreated, ProductRemoved
from .attribute_values import alike
from .life import ALWAYS_LIVE, LIFE_FIELDS, Availability, Life, Stage, State, check_life
from .problems import Problems
from .product_types import ProductType
from .products import Product
from .references import references_of
from .variants import Component, circle_problem, nested_problem

KEPT_IDS = frozenset({"bulk"})
"""Ids that are words of the paths under which products are."""


class ListedProduct(Product, frozen=True, kw_only=True):
    """A product as the catalog lists it. ``version`` grows with each change; ``state`` is what it
    is at the moment by the clock, ``availability`` whether any of it can be had."""

    version: int
    created_at: datetime.datetime
    updated_at: datetime.datetime
    stage: Stage = "live"
    goes_live_at: datetime.datetime | None = None
    archives_at: datetime.datetime | None = None
    state: State = "live"
    availability: Availability = "unstocked"

    @property
    def life(self) -> Life:
        """What the seller says of its life."""
        return Life(self.stage, self.goes_live_at, self.archives_at)


class SkuPlace(msgspec.Struct, frozen=True):
    """Which product a SKU belongs to, and whether it is a bundle."""

    product_id: str
    is_bundle: bool


class Listing(msgspec.Struct):
    """As much of the catalog as bears on some products: those of the same ids and their types,
    whom the SKUs in question belong to, and which bundles take them; which of the ids that they
    name are those of products (``known_ids``), and who names those that are to go, in which
    attribute. ``last_versions`` are those of products that were removed: one that comes back goes
    on counting. ``now`` is the moment of the change."""

    products: dict[str, ListedProduct]
    product_types: Mapping[str, ProductType]
    last_versions: Mapping[str, int]
    skus: dict[str, SkuPlace]
    bundles_with: dict[str, set[str]]
    known_ids: set[str]
    named_by: Mapping[str, tuple[str, str]]
    now: datetime.datetime


def create(
    listing: Listing, product: Product, restored_version: int | None = None
) -> ProductCreated:
    """A new product, or one that comes back as it was in a version. Refuses with `ProductExists`,
    and as `change` does."""
    if product.id in listing.products:
        raise ProductExists(product_id=product.id)
    if product.id in KEPT_IDS:
        problem = f"{product.id!r} is a word of the API; choose another id"
        raise InvalidProduct((FieldProblem("id", problem),))
    state = _life_of(_settled(listing, product)).state_at(listing.now)
    _check_skus(listing, product, ())
    _check_references(listing, product)
    return ProductCreated(
        product_id=product.id,
        type=product.type,
        name=product.name,
        skus=skus_of_product(product),
        price_minor=lowest_price_minor(product),
        currency=product.currency,
        state=state,
        hidden=state != "live",
        restored_version=restored_version,
    )


def change(
    listing: Listing, product: Product, restored_version: int | None = None
) -> ProductChanged | None:
    """Another description of a product that is listed, or None where it says the same.

    Refuses with `SkuTaken`, with `SkuInBundle`, and with `InvalidProduct` for a component that is
    not in the catalog, is a bundle, or contains the bundle that it is to be part of, and for a
    reference to what is no other product.
    """
    before = listing.products[product.id]
    product = _settled(listing, product)
    fields = changed_fields(before, product)
    if not fields:
        return None
    skus = skus_of_product(product)
    removed = tuple(sku for sku in skus_of_product(before) if sku not in skus)
    _check_skus(listing, product, removed)
    _check_references(listing, product)
    state = _life_of(product).state_at(listing.now)
    was_live = before.life.state_at(listing.now) == "live"
    return ProductChanged(
        product_id=product.id,
        type=product.type,
        name=product.name,
        skus=skus,
        removed_skus=removed,
        fields=fields,
        price_minor=lowest_price_minor(product),
        price_minor_before=lowest_price_minor(before),
        currency=product.currency,
        state=state,
        hidden=state != "live" and not was_live,
        restored_version=restored_version,
    )


def changed_fields(before: Product, product: Product) -> tuple[str, ...]:
    """The fields in which a product is described otherwise than before; what it does not say stays
    as it is."""
    return tuple(
        field
        for field in Product.__struct_fields__
        if getattr(product, field) not in (UNSET, getattr(before, field))
        or (field == "attributes" and not alike(product.attributes, before.attributes))
    )


def remove(listing: Listing, product_id: str) -> ProductRemoved:
    """The end of a product that is listed. Refuses with `SkuInBundle` and `ProductReferenced`."""
    before = listing.products[product_id]
    skus = skus_of_product(before)
    _check_not_in_bundles(listing, skus, of_product=skus)
    named = listing.named_by.get(product_id)
    if named is not None:
        by_product_id, attribute = named
        raise ProductReferenced(
            product_id=product_id, by_product_id=by_product_id, attribute=attribute
        )
    return ProductRemoved(
        product_id=product_id,
        type=before.type,
        name=before.name,
        skus=skus,
        hidden=before.life.state_at(listing.now) != "live",
    )


def apply(listing: Listing, product: Product, now: datetime.datetime) -> ListedProduct:
    """Put a product that was decided upon into the listing, in place of the one before."""
    before = listing.products.get(product.id)
    version = before.version if before else listing.last_versions.get(product.id, 0)
    product = _settled(listing, product)
    listed = ListedProduct(
        **{field: getattr(product, field) for field in Product.__struct_fields__},
        version=version + 1,
        created_at=before.created_at if before else now,
        updated_at=now,
        state=_life_of(product).state_at(now),
        availability=before.availability if before else "unstocked",
    )
    for variant in before.variants if before else ():
        listing.skus.pop(variant.sku, None)
        for component in variant.components:
            listing.bundles_with.get(component.sku, set()).discard(variant.sku)
    for variant in product.variants:
        listing.skus[variant.sku] = SkuPlace(product.id, variant.is_bundle)
        for component in variant.components:
            listing.bundles_with.setdefault(component.sku, set()).add(variant.sku)
    listing.products[product.id] = listed
    listing.known_ids.add(product.id)
    return listed


def _settled(listing: Listing, product: Product) -> Product:
    """The product with all of its life: what was not said stays as it is. Refuses with
    `InvalidProduct` where it would be archived before it goes live."""
    before = listing.products.get(product.id)
    life = before.life if before else ALWAYS_LIVE
    said = {field: getattr(product, field) for field in LIFE_FIELDS}
    unsaid = {field: getattr(life, field) for field, value in said.items() if value is UNSET}
    if not unsaid:
        return product
    settled = msgspec.structs.replace(product, **unsaid)
    problems = Problems()
    check_life(settled.goes_live_at, settled.archives_at, problems)
    if told := problems.told():
        raise InvalidProduct(told)
    return settled


def _life_of(settled: Product) -> Life:
    return Life(*(getattr(settled, field) for field in LIFE_FIELDS))


def foretell(listing: Listing, products: Sequence[Product]) -> None:
    """Let products that are put in together know of each other, in whichever order they come: in
    circles of references, among bundles and what they are made of, and where SKUs change hands."""
    coming = {product.id: set(skus_of_product(product)) for product in products}
    for product in products:
        listing.known_ids.add(product.id)
        for variant in product.variants:
            place = listing.skus.get(variant.sku)
            kept = place is not None and variant.sku in coming.get(place.product_id, (variant.sku,))
            own = place is not None and place.product_id == product.id
            if own or not kept:
                listing.skus[variant.sku] = SkuPlace(product.id, variant.is_bundle)


def skus_of_product(product: Product) -> tuple[str, ...]:
    """The SKUs of a product, in the order of its variants."""
    return tuple(variant.sku for variant in product.variants)


def lowest_price_minor(product: Product) -> int | None:
    """What the cheapest variant costs, in minor units; None where nothing is priced."""
    prices = [
        product.price_minor if variant.price_minor is None else variant.price_minor
        for variant in product.variants
    ]
    priced = [price for price in prices or [product.price_minor] if price is not None]
    return min(priced, default=None)


def _check_skus(listing: Listing, product: Product, removed: tuple[str, ...]) -> None:
    for variant in product.variants:
        place = listing.skus.get(variant.sku)
        if place is not None and place.product_id != product.id:
            raise SkuTaken(sku=variant.sku, product_id=place.product_id)
    _check_circles(listing, product)
    become_bundles = [variant.sku for variant in product.variants if variant.is_bundle]
    before = listing.products.get(product.id)
    own = skus_of_product(before) if before else ()
    _check_not_in_bundles(listing, (*removed, *become_bundles), of_product=own)
    _check_components(listing, product)


def _check_references(listing: Listing, product: Product) -> None:
    problems = Problems()
    for reference in references_of(product, listing.product_types):
        if reference.product_id == product.id:
            problems.note(reference.path, "names this product itself; name another one")
        elif reference.product_id not in listing.known_ids:
            fact = f"{reference.product_id!r} is not in the catalog"
            problems.note(reference.path, f"{fact}; add it first")
    if told := problems.told():
        raise InvalidProduct(told)


def _check_not_in_bundles(
    listing: Listing, skus: tuple[str, ...], *, of_product: tuple[str, ...]
) -> None:
    for sku in skus:
        others = listing.bundles_with.get(sku, set()).difference(of_product)
        if others:
            raise SkuInBundle(sku=sku, bundle_sku=min(others))


def _check_circles(listing: Listing, product: Product) -> None:
    problems = Problems()
    for index, variant in enumerate(product.variants):
        for place, component in enumerate(variant.components):
            if component.sku in listing.bundles_with.get(variant.sku, ()):
                circle = (variant.sku, component.sku, variant.sku)
                path = f"variants[{index}].components[{place}].sku"
                problems.note(path, circle_problem(circle))
    if told := problems.told():
        raise InvalidProduct(told)


def _check_components(listing: Listing, product: Product) -> None:
    problems = Problems()
    own: dict[str, Any] = {variant.sku: variant.is_bundle for variant in product.variants}
    for index, variant in enumerate(product.variants):
        for place, component in enumerate(variant.components):
            reason = _fault_of(component, listing, product.id, own)
            if reason is not None:
                problems.note(f"variants[{index}].components[{place}].sku", reason)
    if told := problems.told():
        raise InvalidProduct(told)


def _fault_of(
    component: Component, listing: Listing, product_id: str, own: Mapping[str, bool]
) -> str | None:
    place = listing.skus.get(component.sku)
    outside = place is not None and place.product_id != product_id
    if component.sku not in own and not outside:
        return f"{component.sku!r} is not in the catalog; add it first"
    if own.get(component.sku) or (outside and place is not None and place.is_bundle):
        return nested_problem(component.sku)
    return None
