"""What a product is, and what a draft of one must be."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from ..errors import InvalidProduct
from .attribute_values import attributes_of
from .life import Stage, check_life, moment_of, stage_of
from .plain_values import (
    date_of,
    id_of,
    integer_of,
    items_of,
    optional_text,
    prose_of,
    table_of,
    text_of,
)
from .problems import Problems, at, show
from .product_types import ProductType
from .variants import PRICE_MINOR_MAX, Variant, variants_of

NAME_LENGTH_MAX = 200
BRAND_LENGTH_MAX = 200
DESCRIPTION_LENGTH_MAX = 20_000
CATEGORIES_MAX = 20
CATEGORY_LENGTH_MAX = 200
CATEGORY_DEPTH_MAX = 6
TAGS_MAX = 100
TAG_LENGTH_MAX = 64
MEDIA_MAX = 50
MEDIA_URL_LENGTH_MAX = 2_000
MEDIA_ALT_LENGTH_MAX = 500

MEDIA_KINDS = ("image", "video", "model")
MEDIA_ROLES = ("main", "gallery", "packaging", "poster")

_CURRENCY = re.compile(r"[A-Z]{3}")
_CATEGORY_STEP = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_MEDIA_URL = re.compile(r"(?:https?://[^\s/]+|/[^\s/])\S*")
_MODEL_URL = re.compile(r"\.(?:glb|usdz)(?:[?#]|$)", re.IGNORECASE)


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, a film or a model in three dimensions (GLB, or USDZ). ``alt`` says what it shows,
    ``role`` what it is for: a ``poster`` is that of the film or model before it."""

    kind: str
    url: str
    alt: str = ""
    role: str = "gallery"


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """What is described and admired. Prices are in minor units of ``currency``. What is not said of
    its life (UNSET) stays as it is."""

    id: str
    type: str
    name: str
    brand: str | None = None
    description: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    price_minor: int | None = None
    currency: str | None = None
    release_date: date | None = None
    media: tuple[Media, ...] = ()
    attributes: dict[str, Any] = {}
    variants: tuple[Variant, ...] = ()
    stage: Stage | UnsetType = UNSET
    goes_live_at: datetime | UnsetType | None = UNSET
    archives_at: datetime | UnsetType | None = UNSET


def validate_product(draft: Mapping[str, Any], product_type: ProductType) -> Product:
    """The product that ``draft`` (as read from JSON) describes.

    Texts are trimmed; prices are in minor units; a UUID is written in small letters. Refuses with
    ``InvalidProduct``, which names every problem at once, each with the path of its field.
    """
    problems = Problems()
    draft = table_of(draft, "", problems)
    problems.note_unknown("", draft, Product.__struct_fields__)
    product = Product(
        id=id_of(draft.get("id"), "id", problems),
        type=_type_of(draft.get("type"), product_type, problems),
        name=text_of(draft.get("name"), "name", problems, max_length=NAME_LENGTH_MAX),
        brand=optional_text(draft.get("brand"), "brand", problems, max_length=BRAND_LENGTH_MAX),
        description=prose_of(
            draft.get("description"), "description", problems, max_length=DESCRIPTION_LENGTH_MAX
        ),
        categories=_categories_of(draft.get("categories"), problems),
        tags=_tags_of(draft.get("tags"), problems),
        price_minor=_price_of(draft.get("price_minor"), problems),
        currency=_currency_of(draft.get("currency"), problems),
        release_date=_release_date_of(draft.get("release_date"), problems),
        media=_media_of(draft.get("media"), problems),
        attributes=attributes_of(
            table_of(draft.get("attributes"), "attributes", problems), product_type, problems
        ),
        variants=variants_of(draft.get("variants"), problems),
        stage=stage_of(draft, problems),
        goes_live_at=moment_of(draft, "goes_live_at", problems),
        archives_at=moment_of(draft, "archives_at", problems),
    )
    _check_priced_in_a_currency(product, problems)
    check_life(product.goes_live_at, product.archives_at, problems)
    if told := problems.told():
        raise InvalidProduct(told)
    return product


def _check_priced_in_a_currency(product: Product, problems: Problems) -> None:
    prices = [product.price_minor, *(variant.price_minor for variant in product.variants)]
    if product.currency is None and any(price is not None for price in prices):
        problems.note("currency", "a price needs one; write it as EUR")


def _type_of(value: Any, product_type: ProductType, problems: Problems) -> str:
    if value != product_type.name:
        problems.note(
            "type",
            f"{show(value)} is not {product_type.name!r}; write that or choose the other type",
        )
    return product_type.name


def _price_of(value: Any, problems: Problems) -> int | None:
    return (
        None
        if value is None
        else integer_of(value, "price_minor", problems, least=0, most=PRICE_MINOR_MAX)
    )


def _release_date_of(value: Any, problems: Problems) -> date | None:
    return None if value is None else date_of(value, "release_date", problems)


def _currency_of(value: Any, problems: Problems) -> str | None:
    if value is not None and not (isinstance(value, str) and _CURRENCY.fullmatch(value)):
        problems.note(
            "currency", f"{show(value)} is not a currency; write its three letters, such as EUR"
        )
        return None
    return value


def _categories_of(value: Any, problems: Problems) -> tuple[str, ...]:
    categories: list[str] = []
    for index, item in enumerate(items_of(value, "categories", problems, most=CATEGORIES_MAX)):
        path = f"categories[{index}]"
        category = text_of(item, path, problems, max_length=CATEGORY_LENGTH_MAX)
        steps = category.split("/")
        if len(steps) > CATEGORY_DEPTH_MAX:
            problems.note(path, f"is {len(steps)} steps deep; go at most {CATEGORY_DEPTH_MAX} deep")
        elif category and not all(_CATEGORY_STEP.fullmatch(step) for step in steps):
            problems.note(path, f"{show(item)} is not a path; write it as whisky/single-malt")
        _check_new(category, categories, path, problems)
        categories.append(category)
    return tuple(categories)


def _tags_of(value: Any, problems: Problems) -> tuple[str, ...]:
    tags: list[str] = []
    for index, item in enumerate(items_of(value, "tags", problems, most=TAGS_MAX)):
        path = f"tags[{index}]"
        tag = text_of(item, path, problems, max_length=TAG_LENGTH_MAX)
        _check_new(tag, tags, path, problems)
        tags.append(tag)
    return tuple(tags)


def _check_new(item: str, earlier: list[str], path: str, problems: Problems) -> None:
    if item and item in earlier:
        problems.note(path, f"{show(item)} is listed twice; keep one")


def _media_of(value: Any, problems: Problems) -> tuple[Media, ...]:
    media = tuple(
        _medium_of(item, f"media[{index}]", problems)
        for index, item in enumerate(items_of(value, "media", problems, most=MEDIA_MAX))
    )
    main = [index for index, each in enumerate(media) if each.role == "main"]
    for index in main[1:]:
        problems.note(f"media[{index}].role", "is main, too; let one be the main one")
    return media


def _medium_of(value: Any, path: str, problems: Problems) -> Media:
    draft = table_of(value, path, problems)
    problems.note_unknown(path, draft, Media.__struct_fields__)
    kind = draft.get("kind")
    if kind not in MEDIA_KINDS:
        problems.note(
            at(path, "kind"), f"{show(kind)} is not one of {', '.join(MEDIA_KINDS)}; choose one"
        )
    url = text_of(draft.get("url"), at(path, "url"), problems, max_length=MEDIA_URL_LENGTH_MAX)
    if url and not _MEDIA_URL.fullmatch(url):
        problems.note(
            at(path, "url"), f"{show(url)} is not an address; begin it with https:// or /"
        )
    if kind in ("image", "video") and _MODEL_URL.search(url):
        problems.note(at(path, "kind"), f"{show(url)} is a model; choose model")
    alt = prose_of(draft.get("alt"), at(path, "alt"), problems, max_length=MEDIA_ALT_LENGTH_MAX)
    role = _role_of(draft.get("role"), kind, at(path, "role"), problems)
    return Media(kind=str(kind), url=url, alt=alt, role=role)


def _role_of(value: Any, kind: Any, path: str, problems: Problems) -> str:
    if value is None:
        return "gallery"
    if value not in MEDIA_ROLES:
        problems.note(path, f"{show(value)} is not one of {', '.join(MEDIA_ROLES)}; choose one")
    elif value == "poster" and kind != "image":
        problems.note(path, "a poster is a picture; give this another role")
    return str(value)
