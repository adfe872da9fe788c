"""Prices as people read and write them: 12.50 of a currency, kept as minor units."""

import re

__all__ = ["amount_in_words", "amount_text", "minor_units_in"]

# ISO 4217, list one: the currencies whose minor unit is not a hundredth.
# fmt: off
WITHOUT_MINOR_UNITS = frozenset((
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
    "VUV", "XAF", "XOF", "XPF",
))
# fmt: on
OF_A_THOUSAND = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))

_AMOUNT = re.compile(r"(\d{1,13})(?:\.(\d{1,3}))?")


def amount_text(price_minor: int, currency: str | None) -> str:
    """A price as it is written into a field: 1250 of EUR is 12.50."""
    digits = _digits_of(currency)
    text = f"{price_minor:0{digits + 1}}"
    return f"{text[:-digits]}.{text[-digits:]}" if digits else text


def amount_in_words(price_minor: int | None, currency: str | None) -> str:
    """A price as it is read: 1,234.50 EUR; a dash where there is none."""
    if price_minor is None:
        return "–"
    whole, point, rest = amount_text(price_minor, currency).partition(".")
    return f"{int(whole):,}{point}{rest} {currency or ''}".strip()


def minor_units_in(text: str, currency: str | None) -> int | None:
    """The minor units that a text says; None where it is no price of this currency."""
    digits = _digits_of(currency)
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or len(found[2] or "") > digits:
        return None
    return int(found[1] + (found[2] or "").ljust(digits, "0"))


def _digits_of(currency: str | None) -> int:
    if currency in WITHOUT_MINOR_UNITS:
        return 0
    return 3 if currency in OF_A_THOUSAND else 2
