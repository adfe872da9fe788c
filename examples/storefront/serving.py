"""What pages load: live stock, pictures, models, and the shop's own styles and scripts."""

import mimetypes
from collections.abc import AsyncIterator

from litestar import Response, get
from litestar.response import Stream

from examples.storefront.age import is_for_adults
from examples.storefront.answers import AnyRequest, shop_of
from examples.storefront.models import bottle_model
from examples.storefront.pictures import picture_of
from examples.storefront.rendering import STATIC

__all__ = ["SERVING"]

KEPT = "private, max-age=600"
FOREVER = "public, max-age=31536000, immutable"
VEIL = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 750"><rect width="600" height="750" '
    'fill="#d9d2c4"/><circle cx="300" cy="350" r="92" fill="none" stroke="#6d6557" '
    'stroke-width="6"/><text x="300" y="374" font-size="68" text-anchor="middle" '
    'font-family="Georgia, serif" fill="#5b5447">18</text></svg>'
)


@get("/live")
async def follow(request: AnyRequest) -> Stream:
    """The stock of some products, as it changes."""
    shop, _ = shop_of(request)
    wanted = [each for each in request.query_params.get("ids", "").split(",") if each]

    async def told() -> AsyncIterator[bytes]:
        async for each in shop.live.tell(wanted):
            yield each

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return Stream(told(), media_type="text/event-stream", headers=headers)


@get("/pictures/{name:str}")
async def picture(request: AnyRequest) -> Response[str]:
    """A drawing of a product; of what is for adults, only for them."""
    shop, visitor = shop_of(request)
    product = await shop.house.product(request.path_params["name"].removesuffix(".svg"))
    is_closed = await is_for_adults(shop.house, product, shop.settings.adult_types)
    if is_closed and not visitor.is_adult:
        return _drawn(VEIL, "no-store")
    components = product.variants[0].components if product.variants else ()
    parts = await shop.house.products_of_skus(each.sku for each in components)
    return _drawn(picture_of(product, list(parts.values())), KEPT)


@get("/models/{name:str}")
async def model(request: AnyRequest) -> Response[bytes | str]:
    """A model of a bottle."""
    shop, visitor = shop_of(request)
    product = await shop.house.product(request.path_params["name"].removesuffix(".glb"))
    if not visitor.is_adult or product.type not in shop.settings.adult_types:
        return Response("", status_code=404, media_type="text/plain")
    headers = {"cache-control": KEPT}
    return Response(bottle_model(product), media_type="model/gltf-binary", headers=headers)


@get("/static/{name:path}")
async def static(request: AnyRequest) -> Response[bytes]:
    """A style, a script, a mark."""
    name = str(request.path_params["name"]).lstrip("/")
    place = (STATIC / name).resolve()
    if not place.is_relative_to(STATIC) or not place.is_file():
        return Response(b"", status_code=404, media_type="text/plain")
    kind = mimetypes.guess_type(place.name)[0] or "application/octet-stream"
    return Response(place.read_bytes(), media_type=kind, headers={"cache-control": FOREVER})


def _drawn(svg: str, kept: str) -> Response[str]:
    return Response(svg, media_type="image/svg+xml", headers={"cache-control": kept})


SERVING = [follow, picture, model, static]
