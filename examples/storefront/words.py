"""Words: what the shop says of money, times, attributes and stock."""

import datetime
from typing import Any

__all__ = [
    "StockWords",
    "amount",
    "attribute_in_words",
    "day_in_words",
    "duration",
    "facet_value_in_words",
    "stock_in_words",
    "title_of",
]

LOW = 5
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
WITHOUT_MINOR = {"JPY", "KRW", "ISK", "CLP", "VND"}
CENTS = 100

StockWords = tuple[str, str]


def amount(minor: int | None, currency: str | None) -> str:
    """A price: 3900 EUR is €39; 3950 is €39.50."""
    if minor is None:
        return "Price on request"
    sign = SIGNS.get(currency or "", f"{currency or ''} ")
    if currency in WITHOUT_MINOR:
        return f"{sign}{minor:,}"
    whole, rest = divmod(minor, CENTS)
    return f"{sign}{whole:,}.{rest:02}" if rest else f"{sign}{whole:,}"


def stock_in_words(available: int, held: int, numbered: int | None = None) -> StockWords:
    """What a badge says, and which kind of news it is. ``held`` are in bags of customers, which
    may come back; ``numbered`` is how many numbered pieces were ever made."""
    if available <= 0:
        if held > 0:
            return "bagged", "In somebody’s bag: may come back"
        return "out", "Sold out"
    if numbered is not None:
        return "few" if available <= LOW else "in", f"{available} of {numbered} left"
    if available <= LOW:
        return "few", f"Only {available} left"
    return "in", "In stock"


def duration(seconds: float) -> str:
    """How long: 4 minutes, 30 seconds."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} second{'' if whole == 1 else 's'}"
    minutes = round(whole / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def day_in_words(day: datetime.date) -> str:
    """A day: 4 May 2026."""
    return f"{day.day} {day:%B %Y}"


def attribute_in_words(value: Any, unit: str | None = None) -> str:
    """What a product says of itself: 43 % vol; yes; bourbon barrels, sherry casks."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return _measured(value)
    if isinstance(value, list | tuple):
        return ", ".join(attribute_in_words(each, unit) for each in value)
    if isinstance(value, float) and value == int(value):
        value = int(value)
    if unit == "ml" and isinstance(value, int) and value % 10 == 0:
        return f"{value // 10} cl"
    if unit and isinstance(value, int | float):
        return f"{value} {unit}"
    return str(value)


def facet_value_in_words(field: str, value: Any, currency: str | None = None) -> str:
    """What a choice says: Scotland; up to €50; 40 to 43; 70 cl."""
    text = value if isinstance(value, str) else attribute_in_words(value)
    if ".." not in text:
        if field == "volume_ml":
            return attribute_in_words(_number(text), "ml")
        if field == "category":
            return text.rpartition("/")[2].replace("-", " ").capitalize()
        return text[:1].upper() + text[1:]
    low, _, high = text.partition("..")
    high = high.removeprefix("<")
    if field == "price_minor":
        low, high = (each and amount(_number(each), currency) for each in (low, high))
    if not low:
        return f"Under {high}"
    return f"{low} to {high}" if high else f"{low} and more"


def title_of(field: str, titles: dict[str, str]) -> str:
    """What a field is called."""
    own = {
        "type": "Shelf",
        "brand": "Brand",
        "category": "Kind",
        "tag": "Tag",
        "price_minor": "Price",
    }
    return own.get(field) or titles.get(field) or field.replace("_", " ").capitalize()


def _measured(value: dict[str, Any]) -> str:
    inner = value.get("value", value.get("text"))
    if inner is not None:
        return attribute_in_words(inner, value.get("unit"))
    return ", ".join(f"{name} {attribute_in_words(each)}" for name, each in value.items())


def _number(text: str) -> int:
    return int(float(text))
