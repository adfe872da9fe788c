"""Products as forms, and forms as drafts of products. Pure.

A draft is a product as JSON. What a form has no field for stays as it was: of the product in the
field ``was``, of a variant or a medium in its field ``kept``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.catalog import ProductType
from rackhouse.console.money import amount_text, minor_units_in
from rackhouse.console.products.rows import row_count
from rackhouse.console.products.texts import (
    Form,
    lines_in,
    lines_text,
    moment_in,
    moment_text,
    one,
    texts_of,
    value_in,
)
from rackhouse.platform.errors import FieldProblem

__all__ = ["SPARE_ID", "Submitted", "draft_in", "draft_of", "field_of", "form_of"]

KEPT_BY_THE_CATALOG = ("version", "created_at", "updated_at", "state", "availability")
FIELDS = (
    "id",
    "type",
    "name",
    "brand",
    "description",
    "categories",
    "tags",
    "price_minor",
    "currency",
    "release_date",
    "stage",
    "goes_live_at",
    "archives_at",
    "media",
    "attributes",
    "variants",
)
LIVE = "live"
SPARE_ID = "spare_id"
"""The id of a new product to which nobody gave one: known before, so that a form that is sent twice
puts in one product."""
MOMENTS = ("goes_live_at", "archives_at")
MEDIUM = ("kind", "url", "alt")
VARIANT = ("sku", "name", "options", "barcode", "price_minor", "components")

_COMPONENT = re.compile(r"(\d{1,9})\s+[×x*]\s+(\S.*)")
_OPTION = re.compile(r"([^:]*):(.*)")

Draft = Mapping[str, Any]


class Submitted(msgspec.Struct, frozen=True):
    """The draft that a form says, and what in the form no draft can hold."""

    draft: dict[str, Any]
    problems: tuple[FieldProblem, ...]


def draft_of(product: Any) -> dict[str, Any]:
    """What is said of a product, as JSON, without what the catalog itself keeps of it."""
    said: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(product))
    return {name: value for name, value in said.items() if name not in KEPT_BY_THE_CATALOG}


def form_of(draft: Draft, product_type: ProductType) -> dict[str, list[str]]:
    """A draft as the fields of its form."""
    currency = draft.get("currency")
    form = {
        name: [draft.get(name) or ""]
        for name in ("id", "name", "brand", "description", "currency", "release_date")
    }
    form["price"] = [_price_text(draft.get("price_minor"), currency)]
    form["stage"] = [draft.get("stage") or LIVE]
    form |= {name: [moment_text(draft.get(name))] for name in MOMENTS}
    form["categories"] = [lines_text(draft.get("categories") or ())]
    form["tags"] = [lines_text(draft.get("tags") or ())]
    said = draft.get("attributes") or {}
    for attribute in product_type.attributes:
        form |= texts_of(attribute, said.get(attribute.name), f"attributes.{attribute.name}")
    for index, medium in enumerate(draft.get("media") or ()):
        form |= _row("media", index, {name: medium.get(name) for name in MEDIUM}, medium)
    for index, variant in enumerate(draft.get("variants") or ()):
        form |= _row("variants", index, _variant_texts(variant, currency), variant)
    further = {name: value for name, value in draft.items() if name not in FIELDS}
    return form | {"further": [_json(further)]} if further else form


def draft_in(form: Form, product_type: ProductType) -> Submitted:
    """The draft that a form without blank rows says."""
    problems: list[FieldProblem] = []
    currency = one(form, "currency").strip() or None
    draft = {
        **_table(one(form, "further")),
        "type": product_type.name,
        "name": one(form, "name").strip(),
        "brand": one(form, "brand").strip() or None,
        "description": one(form, "description").replace("\r\n", "\n").strip(),
        "categories": lines_in(one(form, "categories")),
        "tags": lines_in(one(form, "tags")),
        "price_minor": _price_in(form, "price", currency, problems),
        "currency": currency,
        "release_date": one(form, "release_date").strip() or None,
        "stage": one(form, "stage") or LIVE,
        **{name: moment_in(one(form, name)) for name in MOMENTS},
        "media": [_medium(form, f"media[{index}]") for index in range(row_count(form, "media"))],
        "attributes": _attributes(form, product_type, problems),
        "variants": [
            _variant(form, f"variants[{index}]", currency, problems)
            for index in range(row_count(form, "variants"))
        ],
    }
    named = one(form, "id").strip() or one(form, SPARE_ID)
    return Submitted({**draft, "id": named} if named else draft, tuple(problems))


def field_of(path: str, names: Sequence[str]) -> str | None:
    """The field of a form that a problem's path leads to: itself, or the nearest one around it."""
    path = path.replace("price_minor", "price")
    while path:
        if path in names:
            return path
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return None


def _attributes(
    form: Form, product_type: ProductType, problems: list[FieldProblem]
) -> dict[str, Any]:
    values = {
        each.name: value_in(form, each, f"attributes.{each.name}", problems)
        for each in product_type.attributes
    }
    return {name: value for name, value in values.items() if value is not None}


def _row(
    rows: str, index: int, texts: Mapping[str, Any], item: Mapping[str, Any]
) -> dict[str, list[str]]:
    row = f"{rows}[{index}]"
    known = MEDIUM if rows == "media" else VARIANT
    kept = {name: value for name, value in item.items() if name not in known}
    fields = {f"{row}.{name}": [text or ""] for name, text in texts.items()}
    return fields | {f"{row}.kept": [_json(kept)]} if kept else fields


def _medium(form: Form, row: str) -> dict[str, Any]:
    said = {name: one(form, f"{row}.{name}").strip() for name in MEDIUM}
    return {**_table(one(form, f"{row}.kept")), **said}


def _variant_texts(variant: Mapping[str, Any], currency: str | None) -> dict[str, str]:
    options = variant.get("options") or {}
    components = variant.get("components") or ()
    return {
        "sku": variant.get("sku") or "",
        "name": variant.get("name") or "",
        "barcode": variant.get("barcode") or "",
        "price": _price_text(variant.get("price_minor"), currency),
        "options": "\n".join(f"{name}: {chosen}" for name, chosen in options.items()),
        "components": "\n".join(f"{each['quantity']} × {each['sku']}" for each in components),
    }


def _variant(
    form: Form, row: str, currency: str | None, problems: list[FieldProblem]
) -> dict[str, Any]:
    return {
        **_table(one(form, f"{row}.kept")),
        "sku": one(form, f"{row}.sku").strip(),
        "name": one(form, f"{row}.name").strip() or None,
        "options": _options(one(form, f"{row}.options"), f"{row}.options", problems),
        "barcode": one(form, f"{row}.barcode").strip() or None,
        "price_minor": _price_in(form, f"{row}.price", currency, problems),
        "components": [_component(line) for line in lines_in(one(form, f"{row}.components"))],
    }


def _options(text: str, path: str, problems: list[FieldProblem]) -> dict[str, str]:
    options: dict[str, str] = {}
    for line in lines_in(text):
        found = _OPTION.fullmatch(line)
        name = found[1].strip() if found else ""
        if found is None or name in options:
            remedy = "says an option twice; keep one" if found else "write it as size: L"
            problems.append(FieldProblem(path, f"{line!r}: {remedy}"))
        else:
            options[name] = found[2].strip()
    return options


def _component(line: str) -> dict[str, Any]:
    """What a line says of a bundle: how many of which SKU; a SKU alone is one of it."""
    found = _COMPONENT.fullmatch(line)
    return {"sku": found[2].strip(), "quantity": int(found[1])} if found else _one_of(line)


def _one_of(sku: str) -> dict[str, Any]:
    return {"sku": sku, "quantity": 1}


def _price_text(price_minor: Any, currency: str | None) -> str:
    if price_minor is None:
        return ""
    return amount_text(price_minor, currency) if isinstance(price_minor, int) else str(price_minor)


def _price_in(
    form: Form, name: str, currency: str | None, problems: list[FieldProblem]
) -> int | None:
    text = one(form, name).strip()
    if not text:
        return None
    price = minor_units_in(text, currency)
    if price is None:
        example = amount_text(1200, currency)
        told = f"{text!r} is no price{f' in {currency}' if currency else ''}; write it as {example}"
        problems.append(FieldProblem(name, told))
    return price


def _table(text: str) -> dict[str, Any]:
    """What a hidden field kept, as JSON; nothing where it was broken."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any]) if text else {}
    except msgspec.MsgspecError:
        return {}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
