"""What of a product is searched: its texts by where they stand, its values, its place in orders."""

import datetime
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from rackhouse.catalog import (
    Attribute,
    Availability,
    ListedProduct,
    ProductType,
    Value,
    field_name,
    is_filterable,
)

from .fields import has_place

__all__ = ["GROUPS", "NEWEST", "Card", "Document", "document_of", "tie_of"]

GROUPS = ("code", "name", "brand", "facts", "labels", "prose")
"""Where texts stand: SKUs and barcodes, the name, the brand, short attributes, tags and
categories, long texts."""

PROSE_LENGTH_FROM = 300
NEWEST = "newest"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A product as lists of what was found show it. The price is its lowest, in minor units;
    ``availability`` is whether any of it can be had, as it was told last."""

    id: str
    type: str
    name: str
    brand: str | None
    categories: tuple[str, ...]
    price_minor: int | None
    currency: str | None
    image: str | None
    skus: tuple[str, ...]
    version: int
    availability: Availability = "unstocked"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it is searched. ``orders`` are the figures that it is ordered by; ``tie``
    decides between equals; ``places`` are the locations where it can be had.
    One that is ``hidden`` is shown to those who see what is not live; any other to all, from a
    moment and until before one, in seconds since 1970."""

    card: Card
    tie: int
    texts: Mapping[str, tuple[str, ...]]
    values: Mapping[str, tuple[Value, ...]]
    orders: Mapping[str, float]
    places: frozenset[str] = frozenset()
    hidden: bool = False
    shown_from: float | None = None
    shown_until: float | None = None

    @property
    def id(self) -> str:
        """The product's id."""
        return self.card.id


def document_of(
    product: ListedProduct, product_type: ProductType | None, places: frozenset[str]
) -> Document:
    """What of a product is searched, by the attributes of its type."""
    said = [
        (attribute, _many(product.attributes[attribute.name]))
        for attribute in (product_type.attributes if product_type else ())
        if product.attributes.get(attribute.name) is not None
    ]
    prices = _prices(product)
    return Document(
        card=_card(product, min(prices, default=None)),
        tie=tie_of(product.id),
        texts=_texts(product, said),
        values=_values(product, said, prices),
        orders=_orders(product, said, min(prices, default=None)),
        places=places,
        hidden=product.stage in ("draft", "archived"),
        shown_from=_seconds(product.goes_live_at),
        shown_until=_seconds(product.archives_at),
    )


def tie_of(product_id: str) -> int:
    """A number of 63 bits that decides between equals: the same one in every process."""
    digest = hashlib.blake2b(product_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _seconds(moment: datetime.datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _many(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _prices(product: ListedProduct) -> list[int]:
    own = [each.price_minor for each in product.variants if each.price_minor is not None]
    falls_back = not product.variants or len(own) < len(product.variants)
    return [*own, product.price_minor] if falls_back and product.price_minor is not None else own


def _card(product: ListedProduct, price: int | None) -> Card:
    return Card(
        id=product.id,
        type=product.type,
        name=product.name,
        brand=product.brand,
        categories=product.categories,
        price_minor=price,
        currency=product.currency,
        image=next((each.url for each in product.media if each.kind == "image"), None),
        skus=tuple(each.sku for each in product.variants),
        version=product.version,
        availability=product.availability,
    )


_Said = Iterable[tuple[Attribute, tuple[Any, ...]]]


def _texts(product: ListedProduct, said: _Said) -> dict[str, tuple[str, ...]]:
    facts: list[str] = []
    prose = [product.description]
    for attribute, values in said:
        if attribute.searchable:
            is_long = (attribute.max_length or 0) > PROSE_LENGTH_FROM
            told = (text for value in values for text in _told(value))
            (prose if is_long else facts).extend(told)
    for variant in product.variants:
        facts += [variant.name or "", *variant.options.values()]
    codes = [product.id, *(each.sku for each in product.variants)]
    codes += [each.barcode or "" for each in product.variants]
    texts = {
        "code": codes,
        "name": [product.name],
        "brand": [product.brand or ""],
        "facts": facts,
        "labels": [*product.tags, *(each.replace("/", " ") for each in product.categories)],
        "prose": prose,
    }
    return {group: _distinct(texts[group]) for group in GROUPS}


def _told(value: Any) -> Iterable[str]:
    """The texts in a value: of one by language, all of them."""
    return map(str, value.values()) if isinstance(value, dict) else (str(value),)


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(normal(each) for each in texts if each))


def normal(text: str) -> str:
    """A text in the one form in which letters and their accents are one character."""
    return unicodedata.normalize("NFKC", text)


def _values(
    product: ListedProduct, said: _Said, prices: Iterable[int]
) -> dict[str, tuple[Value, ...]]:
    released = product.release_date
    values: dict[str, tuple[Value, ...]] = {
        "type": (product.type,),
        "stage": (product.stage,),
        "brand": (product.brand,) if product.brand else (),
        "category": _with_those_above(product.categories),
        "tag": product.tags,
        "currency": (product.currency,) if product.currency else (),
        "price_minor": tuple(float(price) for price in sorted(set(prices))),
        "release_date": (float(released.toordinal()),) if released else (),
    }
    for attribute, of_it in said:
        if is_filterable(attribute):
            read = (_value(each, attribute.item_kind) for each in of_it)
            values[field_name(attribute.name)] = tuple(dict.fromkeys(read))
    return {name: each for name, each in values.items() if each}


def _with_those_above(categories: Iterable[str]) -> tuple[str, ...]:
    steps = (each.split("/") for each in categories)
    paths = ("/".join(each[:depth]) for each in steps for depth in range(1, len(each) + 1))
    return tuple(dict.fromkeys(paths))


def _value(value: Any, kind: str) -> Value:
    if kind == "date":
        return float(datetime.date.fromisoformat(value).toordinal())
    return float(value) if kind in ("number", "integer") else value


def _orders(product: ListedProduct, said: _Said, price: int | None) -> dict[str, float]:
    day = product.release_date or product.created_at.date()
    orders = {NEWEST: float(day.toordinal())}
    if price is not None:
        orders["price"] = float(price)
    for attribute, values in said:
        if has_place(attribute):
            orders[field_name(attribute.name)] = _place(values[0], attribute)
    return orders


def _place(value: Any, attribute: Attribute) -> float:
    if attribute.kind == "enum":
        known = attribute.values
        return float(known.index(value) if value in known else len(known))
    return float(_value(value, attribute.kind))
