"""What is said of a product feed when its connection is opened."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from rackhouse.connectors.adapter import ItemPage, Secret, Standing
from rackhouse.connectors.remote import Pace, Remote

__all__ = [
    "ADDRESS_KEY",
    "KEY_LENGTH_MIN",
    "NO_PACE",
    "FeedTerms",
    "checked",
    "link_to",
    "nothing_learnt",
    "refuse",
]

KEY_LENGTH_MIN = 32
ADDRESS_KEY = Secret(
    description="The part of the feed's address that can not be guessed: at least "
    f"{KEY_LENGTH_MIN} letters and digits, drawn by lot.",
    length_min=KEY_LENGTH_MIN,
)
NO_PACE = Pace(1, 1)
_URL = Meta(max_length=500)
_Attribute = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,62}$")]


class FeedTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the catalog does not know and a social shop asks for."""

    link: Annotated[
        str,
        _URL,
        Meta(
            description="The page where a SKU is bought, with `{product_id}` or `{sku}` or both in "
            "it, such as `https://shop.example/p/{product_id}?sku={sku}`."
        ),
    ]
    media_url: Annotated[
        Annotated[str, _URL] | None,
        Meta(description="What pictures begin with whose address in the catalog is but a path."),
    ] = None
    brand: Annotated[
        Annotated[str, Meta(min_length=1, max_length=70)] | None,
        Meta(description="The brand of products that name none."),
    ] = None
    condition: Annotated[
        Literal["new", "refurbished", "used"], Meta(description="The condition of all goods.")
    ] = "new"
    mpn_attribute: Annotated[
        _Attribute | None,
        Meta(description="The attribute of products that holds the maker's part number."),
    ] = None
    regular_price_attribute: Annotated[
        _Attribute | None,
        Meta(
            description="The attribute of products that holds the regular price in minor units; "
            "where it is higher than the price, the price is shown as a sale price."
        ),
    ] = None
    refresh_seconds: Annotated[
        int,
        Meta(ge=0, le=86_400, description="How old the file may be when it is fetched."),
    ] = 300


def refuse(settings: FeedTerms) -> None:
    """Refuse what is no address of a page, and placeholders that stand for nothing."""
    for name in ("link", "media_url"):
        url = getattr(settings, name)
        if url is None:
            continue
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError(f"{name}: write http:// or https:// and a host, without a user")
    rest = link_to(settings, product_id="", sku="")
    if rest == settings.link:
        raise ValueError("link: write {product_id} or {sku} where the page of a SKU differs")
    if "{" in rest or "}" in rest:
        raise ValueError("link: in braces write {product_id} or {sku}, and nothing else")


def link_to(settings: FeedTerms, *, product_id: str, sku: str) -> str:
    """The page where a SKU is bought."""
    return settings.link.replace("{product_id}", product_id).replace("{sku}", sku)


def checked(shop: str) -> Callable[[Remote], Awaitable[Standing]]:
    """The check of a feed: nothing is asked, since the shop comes and fetches."""

    async def check(remote: Remote) -> Standing:
        remote.secret("address_key")
        return Standing(account=f"{shop} fetches the feed")

    return check


async def nothing_learnt(_: Remote, __: str | None) -> ItemPage:
    """A feed calls our SKUs what we call them."""
    return ItemPage(items=())
