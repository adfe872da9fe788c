"""The shop, put together."""

import contextlib
from collections.abc import AsyncIterator

import httpx
from litestar import Litestar
from litestar.types import ASGIApp

from examples.storefront.answers import Guarded, Shop, told_apart
from examples.storefront.house import House
from examples.storefront.live import LiveStock
from examples.storefront.pages import PAGES
from examples.storefront.selling import SELLING
from examples.storefront.serving import SERVING
from examples.storefront.settings import Settings
from rackhouse_client import AsyncClient, Retries

__all__ = ["build_shop"]

PATIENCE = Retries(attempts=4, first_seconds=0.1, most_seconds=1.0)
TIMEOUT_SECONDS = 8.0


def build_shop(settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> ASGIApp:
    """The shop as an ASGI application. It asks the house patiently but not for long, since
    somebody waits for a page."""

    @contextlib.asynccontextmanager
    async def open_shop(app: Litestar) -> AsyncIterator[None]:
        client = AsyncClient(
            settings.rackhouse,
            token=settings.token,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            retries=PATIENCE,
            timeout_seconds=TIMEOUT_SECONDS,
            transport=transport,
        )
        house = House(client, settings.channel)
        live = LiveStock(house)
        app.state.shop = Shop(settings=settings, house=house, live=live)
        async with client, live.running():
            yield

    app = Litestar(
        route_handlers=[*PAGES, *SELLING, *SERVING],
        lifespan=[open_shop],
        exception_handlers=told_apart(),
        openapi_config=None,
        logging_config=None,
    )
    return Guarded(app, settings)
