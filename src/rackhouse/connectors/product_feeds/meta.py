"""The Meta catalog of Facebook and Instagram: comma-separated values.

Fields: https://developers.facebook.com/docs/commerce-platform/catalog/fields,
https://developers.facebook.com/docs/marketing-api/catalog/reference (formats). Its words for
availability are its own, and it has none for a date; the date stands in ``availability_date`` for
those who look for it, as in Google's list.
"""

import datetime

from rackhouse.connectors.adapter import Adapter
from rackhouse.connectors.product_feeds.layout import FeedLayout, as_row, cut, required_id
from rackhouse.connectors.product_feeds.shown import Shown
from rackhouse.connectors.product_feeds.terms import (
    ADDRESS_KEY,
    NO_PACE,
    FeedTerms,
    checked,
    nothing_learnt,
    refuse,
)

__all__ = ["ADAPTER", "meta_layout"]

ID_LIMIT = 100
TITLE_LIMIT = 200
DESCRIPTION_LIMIT = 9999
BRAND_LIMIT = 100
TEXT_LIMIT = 200
KIND_LIMIT = 750
MORE_IMAGES_LIMIT = 20
MORE_IMAGES_LENGTH_LIMIT = 2000
AVAILABILITY = {
    "in_stock": "in stock",
    "out_of_stock": "out of stock",
    "preorder": "preorder",
    "backorder": "available for order",
}

FIELDS = (
    "id",
    "title",
    "description",
    "availability",
    "condition",
    "price",
    "link",
    "image_link",
    "brand",
    "sale_price",
    "gtin",
    "mpn",
    "item_group_id",
    "color",
    "size",
    "material",
    "pattern",
    "product_type",
    "quantity_to_sell_on_facebook",
    "availability_date",
    "additional_image_link",
)


def meta_layout(_: FeedTerms, __: str) -> FeedLayout:
    """The one layout that we write for Meta."""
    return FeedLayout(media_type="text/csv; charset=utf-8", head=as_row(FIELDS, ","), piece=_row)


def fields_of(shown: Shown) -> dict[str, str]:
    """The fields of an item, within Meta's limits. An item needs a brand, a GTIN or a part number;
    where there is none, its own id is its part number."""
    date = shown.available_at
    identified = shown.brand or shown.gtin or shown.mpn
    return {
        "id": required_id(shown.id, ID_LIMIT),
        "title": cut(shown.title, TITLE_LIMIT),
        "description": cut(shown.description, DESCRIPTION_LIMIT),
        "availability": AVAILABILITY[shown.availability],
        "condition": shown.condition,
        "price": shown.price,
        "link": shown.link,
        "image_link": shown.image,
        "brand": cut(shown.brand, BRAND_LIMIT),
        "sale_price": shown.sale_price or "",
        "gtin": shown.gtin or "",
        "mpn": cut(shown.mpn if identified else shown.id, TEXT_LIMIT),
        "item_group_id": shown.group or "",
        "color": cut(shown.color, TEXT_LIMIT),
        "size": cut(shown.size, TEXT_LIMIT),
        "material": cut(shown.material, TEXT_LIMIT),
        "pattern": cut(shown.pattern, TEXT_LIMIT),
        "product_type": cut(shown.kind, KIND_LIMIT),
        "quantity_to_sell_on_facebook": str(shown.quantity),
        "availability_date": "" if date is None else _written(date),
        "additional_image_link": _more_images(shown),
    }


def _row(shown: Shown) -> str:
    found = fields_of(shown)
    return as_row([found[name] for name in FIELDS], ",")


def _more_images(shown: Shown) -> str:
    joined = ""
    for url in shown.more_images[:MORE_IMAGES_LIMIT]:
        longer = f"{joined},{url.replace(',', '%2C')}".lstrip(",")
        if len(longer) > MORE_IMAGES_LENGTH_LIMIT:
            break
        joined = longer
    return joined


def _written(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%MZ")


ADAPTER = Adapter(
    name="meta",
    title="The Meta catalog (Facebook, Instagram), by a product feed",
    settings=FeedTerms,
    secrets={"address_key": ADDRESS_KEY},
    target=(),
    pace=lambda _: NO_PACE,
    check=checked("Meta"),
    items=nothing_learnt,
    refuse=refuse,
)
