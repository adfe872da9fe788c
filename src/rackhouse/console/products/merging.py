"""Two people changed one product: what differs, piece by piece, and taking over of either. Pure.

A piece is a field of a product, one of its attributes, or one of its variants by its SKU.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from rackhouse.catalog import ProductType
from rackhouse.console.money import amount_in_words

__all__ = ["Difference", "Side", "Versions", "differences", "in_words", "label_of", "merged"]

_OF_VARIANT = re.compile(r"variants\[([^\]]*)\](?:\.(.+))?")

Side = Literal["mine", "theirs"]
Draft = Mapping[str, Any]

LABELS = {
    "price_minor": "Price",
    "release_date": "Release date",
    "goes_live_at": "Goes live",
    "archives_at": "Off sale",
}


class Versions(msgspec.Struct, frozen=True):
    """A product as somebody began to edit it, as they want it, and as others made it meanwhile."""

    base: dict[str, Any]
    mine: dict[str, Any]
    theirs: dict[str, Any]


class Difference(msgspec.Struct, frozen=True):
    """A piece that is not the same in both. ``taken`` is whose it is if nobody says otherwise: that
    of the only one who changed it; None where both did."""

    piece: str
    label: str
    mine: str
    theirs: str
    taken: Side | None


def differences(versions: Versions, product_type: ProductType | None) -> list[Difference]:
    """The pieces that differ, those that both changed in front."""
    base, mine, theirs = (_pieces(each) for each in (versions.base, versions.mine, versions.theirs))
    found = [
        Difference(
            piece=piece,
            label=label_of(piece, product_type),
            mine=_told(piece, mine.get(piece), versions.mine),
            theirs=_told(piece, theirs.get(piece), versions.theirs),
            taken=_taken(base.get(piece), mine.get(piece), theirs.get(piece)),
        )
        for piece in dict.fromkeys((*theirs, *mine))
        if mine.get(piece) != theirs.get(piece)
    ]
    return sorted(found, key=lambda each: each.taken is not None)


def merged(versions: Versions, choices: Mapping[str, Side]) -> dict[str, Any]:
    """The product as somebody wants it, but for the pieces that they take over from others."""
    mine, theirs = _pieces(versions.mine), _pieces(versions.theirs)
    draft = dict(versions.mine)
    attributes = dict(versions.mine.get("attributes") or {})
    skus = dict.fromkeys((*_skus(versions.mine), *_skus(versions.theirs)))
    variants: list[Any] = []
    for sku in skus:
        piece = f"variants.{sku}"
        side = choices.get(piece, "mine" if piece in mine else "theirs")
        chosen = (theirs if side == "theirs" else mine).get(piece)
        variants += [chosen] if chosen is not None else []
    for piece in [each for each, side in choices.items() if side == "theirs"]:
        kind, _, name = piece.partition(".")
        if kind == "attributes":
            attributes.pop(name, None)
            attributes |= {name: theirs[piece]} if piece in theirs else {}
        elif kind != "variants":
            draft[piece] = theirs.get(piece)
    return {**draft, "attributes": attributes, "variants": variants}


def in_words(value: Any) -> str:
    """A value as it is read."""
    if value is None or value == "" or value == [] or value == {}:
        return "–"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Mapping):
        if set(value) == {"from", "to"}:
            return f"{in_words(value['from'])} to {in_words(value['to'])}"
        return "; ".join(f"{name}: {in_words(each)}" for name, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(in_words(each) for each in value)
    return str(value)


def _pieces(draft: Draft) -> dict[str, Any]:
    pieces = {
        name: value
        for name, value in draft.items()
        if name not in ("attributes", "variants", "id", "type")
    }
    said = draft.get("attributes") or {}
    pieces |= {f"attributes.{name}": value for name, value in said.items()}
    by_sku = {each.get("sku"): each for each in draft.get("variants") or ()}
    return pieces | {f"variants.{sku}": variant for sku, variant in by_sku.items()}


def _skus(draft: Draft) -> list[Any]:
    return [each.get("sku") for each in draft.get("variants") or ()]


def _taken(base: Any, mine: Any, theirs: Any) -> Side | None:
    if mine == base:
        return "theirs"
    return "mine" if theirs == base else None


def label_of(piece: str, product_type: ProductType | None) -> str:
    """What a piece is called: also a field of a variant, ``variants[SKU-1].price_minor``."""
    kind, _, name = piece.partition(".")
    of_variant = _OF_VARIANT.fullmatch(piece)
    if kind == "attributes":
        attribute = product_type.attribute(name) if product_type else None
        return attribute.title if attribute else name
    if of_variant is not None:
        field = f": {label_of(of_variant[2], None)}" if of_variant[2] else ""
        return f"Variant {of_variant[1]}{field}"
    if kind == "variants" and name:
        return f"Variant {name}"
    return LABELS.get(piece, piece.replace("_", " ").capitalize())


def _told(piece: str, value: Any, draft: Draft) -> str:
    currency = draft.get("currency")
    if piece == "price_minor":
        return amount_in_words(value, currency)
    if piece.startswith("variants."):
        return _variant_told(value, currency)
    if piece == "media":
        return "; ".join(f"{each.get('alt') or each.get('url')}" for each in value or ()) or "–"
    return in_words(value)


def _variant_told(variant: Mapping[str, Any] | None, currency: str | None) -> str:
    if variant is None:
        return "Not there"
    told = [variant.get("name") or ""]
    told += [f"{name} {chosen}" for name, chosen in (variant.get("options") or {}).items()]
    if variant.get("price_minor") is not None:
        told.append(amount_in_words(variant["price_minor"], currency))
    if variant.get("barcode"):
        told.append(f"barcode {variant['barcode']}")
    told += [f"{each['quantity']} × {each['sku']}" for each in variant.get("components") or ()]
    return ", ".join(each for each in told if each) or "Nothing but its SKU"
