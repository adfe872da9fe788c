"""Shelves: products as lists show them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from examples.storefront.age import is_for_adults
from examples.storefront.house import Card, House
from examples.storefront.live import Shown, shown_of
from examples.storefront.media import picture_address
from examples.storefront.settings import Settings
from examples.storefront.words import amount
from rackhouse_client import RackhouseError

__all__ = ["CardShown", "Row", "allowed_types", "cards_shown", "home_rows"]

ROWS_MAX = 4
ROW_LENGTH = 4
MIXED_TYPES = frozenset({"bundle"})


@dataclass(frozen=True, kw_only=True)
class CardShown:
    """A product in a list. One that is ``veiled`` has something for adults in it: nothing but that
    is said of it."""

    id: str
    name: str
    brand: str | None
    price: str
    picture: str
    stock: Shown | None
    veiled: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """Some products of a collection or of one type; of a type that is for adults, only that it is
    there."""

    address: str
    title: str
    count: int
    cards: list[CardShown]
    is_closed: bool = False


async def allowed_types(
    house: House, settings: Settings, *, is_adult: bool
) -> Collection[str] | None:
    """The types that may be shown; None for all."""
    if is_adult:
        return None
    types = await house.types()
    return [name for name in types if name not in settings.adult_types]


async def cards_shown(
    house: House, settings: Settings, cards: Sequence[Card], *, is_adult: bool
) -> list[CardShown]:
    """Products with their prices, pictures and stock."""
    found = await house.availability(each.id for each in cards) if cards else {}
    shown = []
    for each in cards:
        veiled = not is_adult and await _is_closed(house, settings, each)
        there = found.get(each.id)
        shown.append(
            CardShown(
                id=each.id,
                name="A set for adults" if veiled else each.name,
                brand=None if veiled else each.brand,
                price=amount(each.price_minor, each.currency),
                picture=picture_address(settings, each.id, each.image),
                stock=None if there is None or veiled else shown_of(there, house.numbered),
                veiled=veiled,
            )
        )
    return shown


async def home_rows(house: House, settings: Settings, *, is_adult: bool) -> list[Row]:
    """The first of each collection, then the newest of each type of which there is something, the
    largest in front."""
    types = await house.types()
    counted = await house.found({"facets": "type", "limit": 1})
    rows = await _collection_rows(house, settings, is_adult=is_adult)
    for each in counted.facets.get("type", [])[:ROWS_MAX]:
        name = str(each.value)
        title = types[name].title if name in types else name
        address = "/shop?" + urlencode({"type": name})
        if name in settings.adult_types and not is_adult:
            rows.append(
                Row(address=address, title=title, count=each.count, cards=[], is_closed=True)
            )
            continue
        asked = {"filter": f'type:"{name}"', "sort": "newest", "limit": ROW_LENGTH}
        newest = await house.found(asked)
        cards = await cards_shown(house, settings, newest.items, is_adult=is_adult)
        rows.append(Row(address=address, title=title, count=each.count, cards=cards))
    return rows


async def _collection_rows(house: House, settings: Settings, *, is_adult: bool) -> list[Row]:
    allowed = await allowed_types(house, settings, is_adult=is_adult)
    rows = []
    for each in (await house.collections())[:ROWS_MAX]:
        found = await house.collected(each.id, types=allowed, cursor="", limit=ROW_LENGTH)
        cards = await cards_shown(house, settings, found.items, is_adult=is_adult)
        if cards:
            address = f"/collections/{quote(each.id)}"
            rows.append(Row(address=address, title=each.title, count=found.total, cards=cards))
    return rows


async def others_like(
    house: House, settings: Settings, type_name: str, but: str, *, is_adult: bool
) -> list[CardShown]:
    """What else of a type can be had now; nothing where that can not be told."""
    asked = {"filter": f'type:"{type_name}"', "available": True, "limit": ROW_LENGTH + 1}
    try:
        found = await house.found(asked)
        others = [each for each in found.items if each.id != but][:ROW_LENGTH]
        return await cards_shown(house, settings, others, is_adult=is_adult)
    except RackhouseError:
        return []


async def _is_closed(house: House, settings: Settings, card: Card) -> bool:
    if card.type in settings.adult_types:
        return True
    if card.type not in MIXED_TYPES:
        return False
    return await is_for_adults(house, await house.product(card.id), settings.adult_types)
