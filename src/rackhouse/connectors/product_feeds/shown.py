"""What a social shop is shown of a SKU: pure functions of the catalog, the figures as the channel
sees them, and the terms of the feed."""

import datetime
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from rackhouse.catalog import ListedProduct, Variant
from rackhouse.connectors.product_feeds.terms import FeedTerms, link_to
from rackhouse.inventory import AvailabilityOfSku

__all__ = ["NotShown", "Seen", "Shown", "gtin_of", "money", "plain", "shown_of"]

PREORDER_DAYS_LIMIT = 365
LINK_LENGTH_LIMIT = 2000
GROUP_LENGTH_LIMIT = 50
GTIN_LENGTHS = (8, 12, 13, 14)
# ISO 4217, list one: the currencies whose minor unit is not a hundredth.
# fmt: off
WITHOUT_MINOR_UNITS = frozenset((
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
    "VUV", "XAF", "XOF", "XPF",
))
# fmt: on
OF_A_THOUSAND = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_GROUP = re.compile(rf"[A-Za-z0-9_-]{{1,{GROUP_LENGTH_LIMIT}}}")
# Characters that XML 1.0 has no place for (https://www.w3.org/TR/xml/#charsets), and spaces.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TAGS = re.compile(r"<[A-Za-z/!][^<>]*>")


class Seen(msgspec.Struct, frozen=True):
    """What the channel sees of some SKUs at a moment: their figures, and which of all SKUs are
    promised as backorders."""

    figures: Mapping[str, AvailabilityOfSku]
    backorders: frozenset[str]
    now: datetime.datetime


class NotShown(Exception):
    """A SKU can not be shown; the message says what is missing."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU as a social shop may show it. ``availability`` is ``in_stock``, ``out_of_stock``,
    ``preorder`` or ``backorder``, the last two with ``available_at``."""

    id: str
    title: str
    description: str
    link: str
    image: str
    more_images: tuple[str, ...]
    availability: str
    available_at: datetime.datetime | None
    quantity: int
    price: str
    sale_price: str | None
    brand: str | None
    gtin: str | None
    mpn: str | None
    condition: str
    group: str | None
    color: str | None
    size: str | None
    material: str | None
    pattern: str | None
    is_bundle: bool
    kind: str | None


def shown_of(
    product: ListedProduct, seen: Seen, terms: FeedTerms
) -> Iterator[Shown | tuple[str, NotShown]]:
    """Each SKU of a product as it is shown, or why it is not."""
    several = len(product.variants) > 1
    for variant in product.variants:
        try:
            yield _shown(product, variant, seen, terms, several)
        except NotShown as reason:
            yield variant.sku, reason


def _shown(
    product: ListedProduct, variant: Variant, seen: Seen, terms: FeedTerms, several: bool
) -> Shown:
    figures = seen.figures.get(variant.sku)
    images = _images(product, terms)
    price, sale_price = _prices(product, variant, terms)
    title = plain(_title(product, variant) if several else product.name)
    availability, available_at = _availability(figures, seen)
    return Shown(
        id=variant.sku,
        title=title,
        description=plain(product.description) or title,
        link=_link(product, variant, terms),
        image=images[0],
        more_images=images[1:],
        availability=availability,
        available_at=available_at,
        quantity=max(figures.available, 0) if figures else 0,
        price=price,
        sale_price=sale_price,
        brand=plain(product.brand or terms.brand or "") or None,
        gtin=gtin_of(variant.barcode),
        mpn=_text(product.attributes, terms.mpn_attribute),
        condition=terms.condition,
        group=_group(product.id) if several else None,
        color=_said(product, variant, "color"),
        size=_said(product, variant, "size"),
        material=_said(product, variant, "material"),
        pattern=_said(product, variant, "pattern"),
        is_bundle=variant.is_bundle,
        kind=product.categories[0].replace("/", " > ") if product.categories else None,
    )


def money(minor: int, currency: str) -> str:
    """A price in the major unit, with its currency: ``12.50 EUR``."""
    if currency in WITHOUT_MINOR_UNITS:
        return f"{minor} {currency}"
    digits = 3 if currency in OF_A_THOUSAND else 2
    whole, part = divmod(minor, 10**digits)
    return f"{whole}.{part:0{digits}} {currency}"


def gtin_of(barcode: str | None) -> str | None:
    """The barcode, if it is a GTIN by its length and check digit (GS1 General Specifications,
    section 7.9)."""
    if barcode is None or not (barcode.isascii() and barcode.isdigit()):
        return None
    if len(barcode) not in GTIN_LENGTHS or not barcode.strip("0"):
        return None
    weighed = sum(
        int(digit) * (3 if place % 2 == 0 else 1)
        for place, digit in enumerate(reversed(barcode[:-1]))
    )
    return barcode if (weighed + int(barcode[-1])) % 10 == 0 else None


def plain(text: str) -> str:
    """A text in one line, without tags and characters that a feed has no place for."""
    return " ".join(_UNFIT.sub(" ", _TAGS.sub(" ", text)).split())


def _availability(
    figures: AvailabilityOfSku | None, seen: Seen
) -> tuple[str, datetime.datetime | None]:
    """What there is to buy. The date of a promise that has gone by, or lies more than a year ahead,
    is none that a shop would take."""
    if figures is None:
        return "out_of_stock", None
    if figures.available > 0:
        return "in_stock", None
    promised = figures.promised
    latest = seen.now + datetime.timedelta(days=PREORDER_DAYS_LIMIT)
    if promised is None or promised.available <= 0 or not seen.now < promised.promised_at <= latest:
        return "out_of_stock", None
    kind = "backorder" if figures.sku in seen.backorders else "preorder"
    return kind, promised.promised_at


def _prices(product: ListedProduct, variant: Variant, terms: FeedTerms) -> tuple[str, str | None]:
    minor = product.price_minor if variant.price_minor is None else variant.price_minor
    if not minor or product.currency is None:
        raise NotShown("it has no price")
    regular = product.attributes.get(terms.regular_price_attribute or "")
    price = money(minor, product.currency)
    if isinstance(regular, int) and not isinstance(regular, bool) and regular > minor:
        return money(regular, product.currency), price
    return price, None


def _images(product: ListedProduct, terms: FeedTerms) -> tuple[str, ...]:
    found = []
    pictures = [each for each in product.media if each.kind == "image" and each.role != "poster"]
    for media in sorted(pictures, key=lambda each: each.role != "main"):
        url = media.url
        if url.startswith("/"):
            if terms.media_url is None:
                continue
            url = terms.media_url.rstrip("/") + url
        url = quote(url, safe=":/?#[]@!$&'()*+,;=%~-._")
        if len(url) <= LINK_LENGTH_LIMIT:
            found.append(url)
    if not found:
        raise NotShown("it has no picture with an address of its own")
    return tuple(found)


def _link(product: ListedProduct, variant: Variant, terms: FeedTerms) -> str:
    link = link_to(terms, product_id=quote(product.id, safe=""), sku=quote(variant.sku, safe=""))
    return quote(link, safe=":/?#[]@!$&'()*+,;=%~-._")


def _title(product: ListedProduct, variant: Variant) -> str:
    of_it = variant.name or ", ".join(variant.options.values())
    return f"{product.name} - {of_it}" if of_it and of_it != product.name else product.name


def _said(product: ListedProduct, variant: Variant, name: str) -> str | None:
    return plain(variant.options.get(name, "")) or _text(product.attributes, name)


def _text(attributes: Mapping[str, Any], name: str | None) -> str | None:
    value = attributes.get(name or "")
    return (plain(value) or None) if isinstance(value, str) else None


def _group(product_id: str) -> str:
    if _GROUP.fullmatch(product_id):
        return product_id
    return hashlib.sha256(product_id.encode()).hexdigest()[:GROUP_LENGTH_LIMIT]
