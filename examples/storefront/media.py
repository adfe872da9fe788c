"""Media: where pictures and models are, and whether they may come from there."""

from examples.storefront.settings import Settings
from rackhouse_client import Product

__all__ = ["first_picture", "picture_address"]


def picture_address(settings: Settings, product_id: str, url: str | None) -> str:
    """Where a picture is: the product's own if it comes from where pictures may come from, else one
    that the shop draws."""
    if url and url.startswith("/"):
        return settings.rackhouse + url
    if url and any(url.startswith(origin + "/") for origin in settings.media_origins):
        return url
    return f"/pictures/{product_id}.svg"


def first_picture(settings: Settings, product: Product) -> str:
    """The picture by which a product is known again."""
    url = next((each.url for each in product.media if each.kind == "image"), None)
    return picture_address(settings, product.id, url)
