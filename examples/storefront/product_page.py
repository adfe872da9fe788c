"""A product's page: what is said of it, what there is of each variant, and what is in a set."""

from dataclasses import dataclass, field
from typing import Any

from examples.storefront.bag import variant_words
from examples.storefront.house import House, LotTold, Part, ProductType
from examples.storefront.live import Shown, shown_of
from examples.storefront.media import first_picture, picture_address
from examples.storefront.settings import Settings
from examples.storefront.words import (
    StockWords,
    amount,
    attribute_in_words,
    day_in_words,
    stock_in_words,
)
from rackhouse_client import NotFound, Product, RackhouseError, Variant

__all__ = ["Component", "ProductShown", "product_shown"]

PROSE_LENGTH = 90
PROSE_NAMES = ("tasting_notes",)
TOLD_BY_PARTS = ("contents",)
NUMBERS_MAX = 30


@dataclass(frozen=True, kw_only=True)
class VariantShown:
    """One sellable form of it."""

    sku: str
    words: str
    price: str
    stock: StockWords
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class Component:
    """What a set takes of another product."""

    product: Product
    words: str
    quantity: int
    picture: str
    stock: StockWords


@dataclass(frozen=True, kw_only=True)
class LotShown:
    """A lot that pieces come from: its numbers that are free, and how it tastes."""

    sku: str
    lot: str
    numbered: int | None
    left: int
    numbers: list[int]
    flavors: list[tuple[str, int | None]] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ProductShown:
    """All that the page says."""

    product: Product
    type_title: str
    chosen: VariantShown | None
    groups: list[tuple[str, list[VariantShown]]]
    stock: Shown | None
    facts: list[tuple[str, str]]
    prose: list[tuple[str, str]]
    components: list[Component]
    lots: list[LotShown]
    pictures: list[tuple[str, str]]
    model: str | None
    model_for_ios: str | None

    @property
    def can_be_had(self) -> bool:
        """Whether there is any of it that nobody holds."""
        there = self.stock.skus.values() if self.stock is not None else ()
        return any(state in ("in", "few") for state, _ in there)


async def product_shown(
    house: House, settings: Settings, product: Product, chosen_sku: str | None
) -> ProductShown:
    """What is said of a product at this moment, with one of its variants chosen."""
    types = await house.types()
    lots = await _lots(house, product)
    found = await house.availability([product.id])
    stock = shown_of(found[product.id], house.numbered) if product.id in found else None
    chosen = _chosen(product, chosen_sku, stock)
    groups: dict[str, list[VariantShown]] = {}
    grouped_by = _grouping_option(product)
    for variant in product.variants:
        group = variant.options.get(grouped_by, "")
        shown = _variant_shown(
            product, variant, stock, without=grouped_by, is_chosen=variant.sku == chosen
        )
        groups.setdefault(group, []).append(shown)
    facts, prose = _said(product, types.get(product.type))
    every = [each for group in groups.values() for each in group]
    return ProductShown(
        product=product,
        type_title=types[product.type].title if product.type in types else product.type,
        chosen=next((each for each in every if each.is_chosen), None),
        groups=list(groups.items()),
        stock=stock,
        facts=facts,
        prose=prose,
        components=await _components(house, settings, product, chosen),
        lots=lots,
        pictures=_pictures(settings, product),
        model=_model(settings, product, ".glb"),
        model_for_ios=_media(settings, product, ".usdz"),
    )


def _chosen(product: Product, wanted: str | None, stock: Shown | None) -> str | None:
    """The SKU that was asked for, else the first that can be had, else the first."""
    skus = [each.sku for each in product.variants]
    if wanted in skus:
        return wanted
    there = stock.skus if stock is not None else {}
    free = (each for each in skus if there.get(each, ("out", ""))[0] in ("in", "few"))
    return next(free, skus[0] if skus else None)


def _grouping_option(product: Product) -> str:
    """The option that variants are grouped by: the one with the fewest values, such as the color
    of what comes in many sizes; none where there is but one."""
    values: dict[str, set[str]] = {}
    for variant in product.variants:
        for name, value in variant.options.items():
            values.setdefault(name, set()).add(value)
    return min(values, key=lambda each: len(values[each])) if len(values) > 1 else ""


def _variant_shown(
    product: Product, variant: Variant, stock: Shown | None, *, without: str, is_chosen: bool
) -> VariantShown:
    price = product.price_minor if variant.price_minor is None else variant.price_minor
    own = [value for name, value in variant.options.items() if name != without]
    words = ", ".join(own) or variant_words(variant)
    there = stock.skus.get(variant.sku) if stock is not None else None
    return VariantShown(
        sku=variant.sku,
        words=words or "One size",
        price=amount(price, product.currency),
        stock=there or stock_in_words(0, 0),
        is_chosen=is_chosen,
    )


def _said(
    product: Product, product_type: ProductType | None
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The attributes in words, as its type orders them: short ones as facts, long ones as prose."""
    has_parts = any(each.components for each in product.variants)
    facts: list[tuple[str, str]] = []
    prose: list[tuple[str, str]] = []
    for each in product_type.attributes if product_type else ():
        value = product.attributes.get(each.name)
        if value in (None, "", []) or (each.name in TOLD_BY_PARTS and has_parts):
            continue
        words = attribute_in_words(value, each.unit)
        is_long = each.name in PROSE_NAMES or (isinstance(value, str) and len(words) > PROSE_LENGTH)
        (prose if is_long else facts).append((each.title, words[:1].upper() + words[1:]))
    if product.release_date is not None:
        facts.append(("Released", day_in_words(product.release_date)))
    return facts, prose


async def _components(
    house: House, settings: Settings, product: Product, sku: str | None
) -> list[Component]:
    variant = next((each for each in product.variants if each.sku == sku), None)
    if variant is None or not variant.components:
        return []
    found = await house.availability(each.sku for each in variant.components)
    parts = await house.products_of_skus(each.sku for each in variant.components)
    shown = []
    for each in variant.components:
        part = parts.get(each.sku)
        if part is None:
            continue
        there = found.get(each.sku)
        stock = shown_of(there, {}).skus.get(each.sku) if there is not None else None
        of = next((one for one in part.variants if one.sku == each.sku), None)
        shown.append(
            Component(
                product=part,
                words=", ".join(of.options.values()) if of is not None else "",
                quantity=each.quantity,
                picture=first_picture(settings, part),
                stock=stock or stock_in_words(0, 0),
            )
        )
    return shown


async def _lots(house: House, product: Product) -> list[LotShown]:
    """The lots that can be sold from now; without them where they can not be read."""
    try:
        parts = await house.parts(product.id)
    except RackhouseError:
        return []
    together: dict[tuple[str, str], list[Part]] = {}
    for each in parts:
        if each.status == "sellable" and each.available > 0:
            together.setdefault((each.sku, each.lot or ""), []).append(each)
    shown = []
    for (sku, lot), places in together.items():
        try:
            told = await house.lot(sku, lot)
        except NotFound:
            continue
        numbers = sorted(number for each in places for number in each.free_numbers)
        shown.append(
            LotShown(
                sku=sku,
                lot=lot,
                numbered=told.numbered,
                left=sum(each.available for each in places),
                numbers=numbers[:NUMBERS_MAX],
                flavors=_flavors(told.flavor_profile),
                facts=_lot_facts(told),
            )
        )
    return shown


def _flavors(profile: Any) -> list[tuple[str, int | None]]:
    if isinstance(profile, dict):
        scores = {str(name): int(score) for name, score in profile.items()}
        return [(name, scores[name]) for name in sorted(scores, key=lambda each: -scores[each])]
    return [(str(each), None) for each in profile or ()]


def _lot_facts(lot: LotTold) -> list[tuple[str, str]]:
    facts = [
        (name.replace("_", " ").capitalize(), attribute_in_words(value))
        for name, value in lot.attributes.items()
    ]
    return [("Bottled", lot.made_on), *facts] if lot.made_on else facts


def _pictures(settings: Settings, product: Product) -> list[tuple[str, str]]:
    """Addresses and what they show."""
    own = [
        (picture_address(settings, product.id, each.url), each.alt or product.name)
        for each in product.media
        if each.kind == "image"
    ]
    return own or [(picture_address(settings, product.id, None), f"A drawing of {product.name}")]


def _model(settings: Settings, product: Product, ending: str) -> str | None:
    """A model: the product's own, or for a bottle one that the shop makes."""
    own = _media(settings, product, ending)
    if own is None and product.type in settings.adult_types:
        return f"/models/{product.id}.glb"
    return own


def _media(settings: Settings, product: Product, ending: str) -> str | None:
    for each in product.media:
        if each.kind == "model" and each.url.partition("?")[0].endswith(ending):
            address = picture_address(settings, product.id, each.url)
            return None if address.startswith("/pictures/") else address
    return None
