"""The media of products over HTTP."""

from rackhouse.catalog import InvalidProduct, ListedProduct, ProductNotFound
from rackhouse.media.errors import MediaNotFound, MediaNotShown
from rackhouse.media.rules.galleries import Gallery
from rackhouse.media.rules.placing import Placing
from rackhouse.media.showing import gallery, show_media, unshow_media
from rackhouse.platform.http import Answer, Call, Endpoint, entity_tag, version_matched

__all__ = ["ENDPOINTS"]

PATH = "/api/v1/products/{product_id}/media"
_IDS = {"product_id": "The product's id.", "asset_id": "The asset's id."}


async def get_product_media(call: Call) -> Answer:
    """Each picture with all its sizes, each video with its poster, each model as GLB and USDZ with
    its poster. The ETag is the product's."""
    found = await gallery(context=call.context, product_id=call.path["product_id"])
    return Answer(200, found, (entity_tag(found.version),))


async def put_product_media(call: Call) -> Answer:
    """The asset must be there; that it is, is held until the product has it. The ETag is the
    product's."""
    return _told(
        await show_media(
            context=call.context,
            product_id=call.path["product_id"],
            asset_id=call.path["asset_id"],
            placing=call.body,
            expected_version=version_matched(call),
        )
    )


async def delete_product_media(call: Call) -> Answer:
    """The asset itself stays. Answers the product without it."""
    return _told(
        await unshow_media(
            context=call.context,
            product_id=call.path["product_id"],
            asset_id=call.path["asset_id"],
            expected_version=version_matched(call),
        )
    )


def _told(product: ListedProduct) -> Answer:
    return Answer(200, product, (entity_tag(product.version),))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path=PATH,
        handler=get_product_media,
        permission="catalog:read",
        summary="What a page of a product shows",
        answers={200: Gallery},
        refusals=(ProductNotFound,),
        path_descriptions=_IDS,
    ),
    Endpoint(
        method="PUT",
        path=PATH + "/{asset_id}",
        handler=put_product_media,
        permission="catalog:write",
        summary="Show an asset on a product, or show it otherwise",
        body=Placing,
        body_optional=True,
        answers={200: ListedProduct},
        refusals=(ProductNotFound, MediaNotFound, InvalidProduct),
        needs_if_match=True,
        path_descriptions=_IDS,
    ),
    Endpoint(
        method="DELETE",
        path=PATH + "/{asset_id}",
        handler=delete_product_media,
        permission="catalog:write",
        summary="Take an asset off a product",
        answers={200: ListedProduct},
        refusals=(ProductNotFound, MediaNotShown, InvalidProduct),
        needs_if_match=True,
        path_descriptions=_IDS,
    ),
)
