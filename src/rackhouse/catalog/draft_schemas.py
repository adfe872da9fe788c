"""What a draft of a product looks like, as JSON Schema: for the API's description of itself.

It says what the rules check, from the same limits; the rules decide.
"""

from collections.abc import Iterable
from typing import Any

from rackhouse.catalog.editing import KEPT_FIELDS
from rackhouse.catalog.rules import (
    LANGUAGES_MAX,
    LIST_ITEMS_MAX,
    RANGE_ENDS,
    SKU_LENGTH_MAX,
    TEXT_LENGTH_USUAL,
    VARIANTS_MAX,
    Attribute,
    ProductType,
    products,
    variants,
)
from rackhouse.catalog.rules.life import STAGES
from rackhouse.catalog.rules.plain_values import INTEGER_MAX

__all__ = ["draft_schema", "patch_schema"]

Schema = dict[str, Any]


def draft_schema(product_type: ProductType | None, type_names: Iterable[str]) -> Schema:
    """The schema of a draft of one type, or of any of those with these names."""
    return {
        "type": "object",
        "required": _required(product_type),
        "additionalProperties": False,
        "properties": {
            "id": _ID,
            "type": {"enum": [product_type.name] if product_type else sorted(type_names)},
            "name": _text(products.NAME_LENGTH_MAX),
            "brand": _or_null(_text(products.BRAND_LENGTH_MAX)),
            "description": _prose(products.DESCRIPTION_LENGTH_MAX),
            "categories": _list(
                {
                    **_text(products.CATEGORY_LENGTH_MAX),
                    "description": "Such as whisky/single-malt.",
                },
                products.CATEGORIES_MAX,
            ),
            "tags": _list(_text(products.TAG_LENGTH_MAX), products.TAGS_MAX),
            "price_minor": _or_null(_PRICE),
            "currency": _or_null({"type": "string", "pattern": "^[A-Z]{3}$"}),
            "release_date": _or_null({"type": "string", "format": "date"}),
            "media": _list(_MEDIUM, products.MEDIA_MAX),
            "attributes": _attributes(product_type),
            "variants": _list(_VARIANT, VARIANTS_MAX),
            "stage": {"enum": list(STAGES), "description": "Left out, it stays as it is."},
            "goes_live_at": _MOMENT,
            "archives_at": _MOMENT,
            **{name: {"readOnly": True, "description": "Ignored."} for name in KEPT_FIELDS},
        },
    }


def patch_schema(product_type: ProductType | None, type_names: Iterable[str]) -> Schema:
    """The schema of a merge patch of a product: anything that a draft has, and null for what is
    to be taken away."""
    draft = draft_schema(product_type, type_names)
    return {**_patch_of(draft), "description": "A merge patch (RFC 7396)."}


def _patch_of(table: Schema) -> Schema:
    """A table of which nothing needs to be said, and anything may be taken away."""
    fields = {name: _or_null(_parts_of(each)) for name, each in table["properties"].items()}
    kept = {name: value for name, value in table.items() if name != "required"}
    return {**kept, "properties": fields}


def _parts_of(schema: Schema) -> Schema:
    return _patch_of(schema) if "properties" in schema else schema


def _required(product_type: ProductType | None) -> list[str]:
    if product_type is None:
        return ["type", "name"]
    needed = any(attribute.required for attribute in product_type.attributes)
    return ["name", "attributes"] if needed else ["name"]


def _attributes(product_type: ProductType | None) -> Schema:
    if product_type is None:
        return {"type": "object", "description": "As the product type says."}
    return {
        "type": "object",
        "required": [each.name for each in product_type.attributes if each.required],
        "additionalProperties": False,
        "properties": {each.name: _attribute(each) for each in product_type.attributes},
    }


def _attribute(attribute: Attribute) -> Schema:
    schema = _value(attribute)
    if attribute.kind == "list":
        schema = _list(schema, LIST_ITEMS_MAX)
    elif not attribute.required:
        schema = _or_null(schema)
    return {**schema, "description": f"{attribute.title}{_further(attribute)}."}


def _further(attribute: Attribute) -> str:
    if attribute.kind == "localized":
        return f", by language; a text alone is in {attribute.default_language}"
    if attribute.item_kind == "reference":
        return ": the id of another product"
    return f", in {attribute.unit}" if attribute.unit else ""


def _value(attribute: Attribute) -> Schema:
    kind = attribute.item_kind
    if kind == "range":
        end = _plain_value(attribute, attribute.bounded_kind)
        return _record(list(RANGE_ENDS), dict.fromkeys(RANGE_ENDS, end))
    if kind == "localized":
        return _localized(attribute)
    return _plain_value(attribute, kind)


def _localized(attribute: Attribute) -> Schema:
    text = _text(attribute.max_length or TEXT_LENGTH_USUAL)
    by_language = {
        "type": "object",
        "required": [attribute.default_language],
        "properties": {str(attribute.default_language): text},
        "additionalProperties": False,
        "patternProperties": {"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$": text},
        "maxProperties": LANGUAGES_MAX,
    }
    return {"anyOf": [by_language, text]}


def _plain_value(attribute: Attribute, kind: str) -> Schema:
    if kind == "text":
        return _text(attribute.max_length or TEXT_LENGTH_USUAL)
    if kind == "enum":
        return {"enum": list(attribute.values)}
    if kind == "date":
        return {"type": "string", "format": "date"}
    if kind == "reference":
        return _ID
    if kind == "boolean":
        return {"type": "boolean"}
    return {
        "type": kind,
        "minimum": -INTEGER_MAX if attribute.minimum is None else attribute.minimum,
        "maximum": INTEGER_MAX if attribute.maximum is None else attribute.maximum,
    }


def _text(max_length: int) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": max_length, "pattern": "\\S"}


def _prose(max_length: int) -> Schema:
    return {"type": "string", "maxLength": max_length}


def _list(items: Schema, most: int) -> Schema:
    return {"type": "array", "items": items, "maxItems": most}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _record(required: list[str], properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
    }


_MOMENT: Schema = {
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
    "description": "Left out, it stays as it is.",
}
_ID: Schema = {**_text(64), "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$"}
_SKU: Schema = {**_text(SKU_LENGTH_MAX), "pattern": "^[^@/]+$"}
_PRICE: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": variants.PRICE_MINOR_MAX,
    "description": "In minor units of the currency.",
}
_MEDIUM = _record(
    ["kind", "url"],
    {
        "kind": {"enum": list(products.MEDIA_KINDS)},
        "url": _text(products.MEDIA_URL_LENGTH_MAX),
        "alt": _prose(products.MEDIA_ALT_LENGTH_MAX),
        "role": {"enum": list(products.MEDIA_ROLES)},
    },
)
_COMPONENT = _record(
    ["sku", "quantity"],
    {
        "sku": _SKU,
        "quantity": {
            "type": "integer",
            "minimum": 1,
            "maximum": variants.COMPONENT_QUANTITY_MAX,
        },
    },
)
_VARIANT = _record(
    ["sku"],
    {
        "sku": _SKU,
        "name": _or_null(_text(variants.VARIANT_NAME_LENGTH_MAX)),
        "options": {
            "type": "object",
            "maxProperties": variants.OPTIONS_MAX,
            "additionalProperties": _text(variants.OPTION_VALUE_LENGTH_MAX),
            "description": "Such as size and color.",
        },
        "barcode": _or_null(_text(variants.BARCODE_LENGTH_MAX)),
        "price_minor": _or_null(_PRICE),
        "components": _list(_COMPONENT, variants.COMPONENTS_MAX),
    },
)
