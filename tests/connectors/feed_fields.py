"""What Google and Meta ask of the fields of a product feed, written down from what they publish and
apart from the code that is tested.

Google: https://support.google.com/merchants/answer/7052112 (all fields), 6324470 (availability
date), 6324507 (item group). Meta: https://developers.facebook.com/docs/commerce-platform/catalog
(fields), https://developers.facebook.com/docs/marketing-api/catalog/reference (formats).
"""

import datetime
import re
from collections.abc import Mapping

__all__ = ["google_problems", "meta_problems"]

URL = r"https?://[A-Za-z0-9.-]+(:\d+)?/[\x21-\x7e]*"
PRICE = r"(?!0+(\.0+)? )\d+(\.\d{1,3})? [A-Z]{3}"
DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d([+-]\d{4}|Z)"

# For each field whether it is required, its greatest length, and what it must look like.
Rule = tuple[bool, int, str]

GOOGLE: Mapping[str, Rule] = {
    "id": (True, 50, r"[^\s].*"),
    "title": (True, 150, r".+"),
    "description": (True, 5000, r".+"),
    "link": (True, 2000, URL),
    "image_link": (True, 2000, URL),
    "additional_image_link": (False, 20_010, rf"{URL}"),
    "availability": (True, 20, r"in_stock|out_of_stock|preorder|backorder"),
    "availability_date": (False, 25, DATE),
    "price": (True, 50, PRICE),
    "sale_price": (False, 50, PRICE),
    "brand": (False, 70, r".+"),
    "gtin": (False, 14, r"\d{8}|\d{12,14}"),
    "mpn": (False, 70, r".+"),
    "identifier_exists": (False, 3, r"yes|no"),
    "condition": (False, 20, r"new|refurbished|used"),
    "item_group_id": (False, 50, r"[A-Za-z0-9_-]+"),
    "color": (False, 100, r".+"),
    "size": (False, 100, r".+"),
    "material": (False, 200, r".+"),
    "pattern": (False, 100, r".+"),
    "is_bundle": (False, 3, r"yes|no"),
    "product_type": (False, 750, r".+"),
}

META: Mapping[str, Rule] = {
    "id": (True, 100, r".+"),
    "title": (True, 200, r".+"),
    "description": (True, 9999, r".+"),
    "availability": (True, 30, r"in stock|out of stock|preorder|available for order"),
    "condition": (True, 20, r"new|refurbished|used"),
    "price": (True, 50, PRICE),
    "link": (True, 2000, URL),
    "image_link": (True, 2000, URL),
    "brand": (False, 100, r".+"),
    "sale_price": (False, 50, PRICE),
    "gtin": (False, 14, r"\d{8}|\d{12,14}"),
    "mpn": (False, 200, r".+"),
    "item_group_id": (False, 100, r".+"),
    "color": (False, 200, r".+"),
    "size": (False, 200, r".+"),
    "material": (False, 200, r".+"),
    "pattern": (False, 200, r".+"),
    "product_type": (False, 750, r".+"),
    "quantity_to_sell_on_facebook": (False, 10, r"\d+"),
    "availability_date": (False, 25, DATE),
    "additional_image_link": (False, 2000, rf"{URL}"),
}


def google_problems(item: Mapping[str, str], now: datetime.datetime) -> list[str]:
    """What Google would find wrong with an item."""
    problems = _by_rules(item, GOOGLE)
    dated = item.get("availability") in ("preorder", "backorder")
    if dated != bool(item.get("availability_date")):
        problems.append("availability_date is asked for with preorder and backorder, and only then")
    problems += _of_date(item, now)
    is_identified = item.get("gtin") or (item.get("brand") and item.get("mpn"))
    if not is_identified and item.get("identifier_exists") != "no":
        problems.append("identifier_exists must be no where there is no identifier")
    return problems


def meta_problems(item: Mapping[str, str], now: datetime.datetime) -> list[str]:
    """What Meta would find wrong with an item."""
    problems = _by_rules(item, META) + _of_date(item, now)
    if not any(item.get(name) for name in ("brand", "gtin", "mpn")):
        problems.append("one of brand, gtin and mpn is required")
    if re.search(r"<[a-z/]", item["description"], re.IGNORECASE):
        problems.append("description holds HTML")
    return problems


def _by_rules(item: Mapping[str, str], rules: Mapping[str, Rule]) -> list[str]:
    problems = [f"{name} is unknown" for name in item if name not in rules]
    for name, (required, longest, looks) in rules.items():
        value = item.get(name, "")
        if not value:
            problems += [f"{name} is missing"] if required else []
        elif len(value) > longest:
            problems.append(f"{name} has {len(value)} characters of {longest}")
        elif not re.fullmatch(looks, value):
            problems.append(f"{name} is {value!r}")
    if (
        item.get("gtin")
        and sum(
            int(digit) * (1, 3)[place % 2] for place, digit in enumerate(reversed(item["gtin"]))
        )
        % 10
    ):
        problems.append("gtin has a wrong check digit")
    if item.get("sale_price"):
        price, sale = (float(item[name].split()[0]) for name in ("price", "sale_price"))
        problems += ["sale_price is no lower than price"] if sale >= price else []
    return problems


def _of_date(item: Mapping[str, str], now: datetime.datetime) -> list[str]:
    if not item.get("availability_date"):
        return []
    date = datetime.datetime.fromisoformat(item["availability_date"])
    within = now - datetime.timedelta(minutes=1) < date <= now + datetime.timedelta(days=366)
    return [] if within else ["availability_date is not within a year from now"]
