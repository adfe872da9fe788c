"""Google Merchant Center: RSS 2.0 with the namespace ``g:``, or tab-separated values.

Fields and limits: https://support.google.com/merchants/answer/7052112 (product data
specification), 6324470 (availability date), 6324507 (item group).
"""

import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from msgspec import Meta

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

__all__ = ["ADAPTER", "google_layout"]

NAMESPACE = "http://base.google.com/ns/1.0"
ID_LIMIT = 50
TITLE_LIMIT = 150
DESCRIPTION_LIMIT = 5000
BRAND_LIMIT = 70
MPN_LIMIT = 70
COLOR_LIMIT = 100
SIZE_LIMIT = 100
MATERIAL_LIMIT = 200
PATTERN_LIMIT = 100
KIND_LIMIT = 750
MORE_IMAGES_LIMIT = 10

FIELDS = (
    "id",
    "title",
    "description",
    "link",
    "image_link",
    "additional_image_link",
    "availability",
    "availability_date",
    "price",
    "sale_price",
    "brand",
    "gtin",
    "mpn",
    "identifier_exists",
    "condition",
    "item_group_id",
    "color",
    "size",
    "material",
    "pattern",
    "is_bundle",
    "product_type",
)


class GoogleTerms(FeedTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A feed for Google Merchant Center."""

    format: Annotated[Literal["xml", "tsv"], Meta(description="How the file is written.")] = "xml"


def google_layout(terms: GoogleTerms, name: str) -> FeedLayout:
    """The layout that the terms ask for; the feed is called by a name."""
    if terms.format == "tsv":
        return FeedLayout(
            media_type="text/tab-separated-values; charset=utf-8",
            head=as_row(FIELDS, "\t"),
            piece=_row,
        )
    parts = urlsplit(terms.link)
    home = f"{parts.scheme}://{parts.netloc}/"
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<rss version="2.0" xmlns:g="{NAMESPACE}">\n<channel>\n'
        f"<title>{escape(name)}</title>\n<link>{escape(home)}</link>\n"
        f"<description>{escape(name)}</description>\n"
    )
    return FeedLayout(
        media_type="application/rss+xml; charset=utf-8",
        head=head,
        piece=_item,
        tail="</channel>\n</rss>\n",
    )


def fields_of(shown: Shown) -> dict[str, str]:
    """The fields of an item, within Google's limits; what is not known is left out."""
    date = shown.available_at
    found = {
        "id": required_id(shown.id, ID_LIMIT),
        "title": cut(shown.title, TITLE_LIMIT),
        "description": cut(shown.description, DESCRIPTION_LIMIT),
        "link": shown.link,
        "image_link": shown.image,
        "availability": shown.availability,
        "availability_date": "" if date is None else _written(date),
        "price": shown.price,
        "sale_price": shown.sale_price or "",
        "brand": cut(shown.brand, BRAND_LIMIT),
        "gtin": shown.gtin or "",
        "mpn": cut(shown.mpn, MPN_LIMIT),
        "identifier_exists": "" if _is_identified(shown) else "no",
        "condition": shown.condition,
        "item_group_id": shown.group or "",
        "color": cut(shown.color, COLOR_LIMIT),
        "size": cut(shown.size, SIZE_LIMIT),
        "material": cut(shown.material, MATERIAL_LIMIT),
        "pattern": cut(shown.pattern, PATTERN_LIMIT),
        "is_bundle": "yes" if shown.is_bundle else "",
        "product_type": cut(shown.kind, KIND_LIMIT),
    }
    return {name: value for name, value in found.items() if value}


def _item(shown: Shown) -> str:
    lines = [f"<g:{name}>{escape(value)}</g:{name}>\n" for name, value in fields_of(shown).items()]
    lines += [
        f"<g:additional_image_link>{escape(url)}</g:additional_image_link>\n"
        for url in shown.more_images[:MORE_IMAGES_LIMIT]
    ]
    return f"<item>\n{''.join(lines)}</item>\n"


def _row(shown: Shown) -> str:
    found = fields_of(shown)
    images = [url.replace(",", "%2C") for url in shown.more_images[:MORE_IMAGES_LIMIT]]
    found["additional_image_link"] = ",".join(images)
    return as_row([found.get(name, "") for name in FIELDS], "\t")


def _is_identified(shown: Shown) -> bool:
    return shown.gtin is not None or (shown.brand is not None and shown.mpn is not None)


def _written(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%MZ")


ADAPTER = Adapter(
    name="google",
    title="Google Merchant Center, by a product feed",
    settings=GoogleTerms,
    secrets={"address_key": ADDRESS_KEY},
    target=(),
    pace=lambda _: NO_PACE,
    check=checked("Google Merchant Center"),
    items=nothing_learnt,
    refuse=refuse,
)
