"""An example shop that is open: a house with some goods, and the shop beside it, both served."""

import asyncio
import contextlib
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import uvicorn
from litestar.types import ASGIApp

from examples.storefront.app import build_shop
from examples.storefront.settings import Settings
from rackhouse.catalog import create_product
from rackhouse.channels import Terms, open_channel
from rackhouse.identity import mint_token
from rackhouse.inventory import Line, open_location, receive_stock
from rackhouse.orders import order_page
from rackhouse.platform.context import Context

__all__ = ["Goods", "OpenShop", "bought_by_all", "served_shop", "settings_of", "stock_up"]

TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class Goods:
    """What the shop sells: a bottle, a garment in two sizes, a set with the bottle in it."""

    context: Context
    mark: str
    channel: str
    place: str

    @property
    def bottle(self) -> str:
        """The id of a bottle."""
        return f"bottle-{self.mark}"

    @property
    def coat(self) -> str:
        """The id of a garment."""
        return f"coat-{self.mark}"

    @property
    def tasting(self) -> str:
        """The id of a set."""
        return f"set-{self.mark}"

    async def last_ones(self, name: str, pieces: int) -> str:
        """A garment of which there are few; answers its id."""
        product = f"{name}-{uuid.uuid4().hex[:8]}"
        await self.list_product(product, "apparel", [{"sku": product.upper()}])
        await self.receive(product.upper(), pieces)
        return product

    async def list_product(
        self, product_id: str, type_name: str, variants: list[dict[str, object]]
    ) -> None:
        """Put a product into the catalog."""
        attributes = {
            "spirit": {"spirit_type": "gin", "country": "Malta", "abv": 46, "volume_ml": 700},
            "apparel": {"garment_type": "coat", "color": "navy"},
            "bundle": {"theme": "evenings"},
        }[type_name]
        draft = {
            "id": product_id,
            "type": type_name,
            "name": f"Fine {product_id}",
            "brand": "Quay",
            "description": f"Made for {product_id}.",
            "price_minor": 4950,
            "currency": "EUR",
            "attributes": attributes,
            "variants": variants,
        }
        await create_product(context=self.context, draft=draft)

    async def receive(self, sku: str, pieces: int) -> None:
        """Take pieces in."""
        lines = [Line(sku, pieces)]
        await receive_stock(context=self.context, location=self.place, lines=lines, reference=None)


async def stock_up(context: Context) -> Goods:
    """A channel of its own, and something of each kind."""
    mark = uuid.uuid4().hex[:8]
    goods = Goods(context, mark, f"shop-{mark}", f"rail-{mark}")
    await open_location(context=context, location=goods.place, name="Rail", kind="shop")
    terms = Terms(name="Example shop", kind="web_shop", locations=(goods.place,), enabled=True)
    await open_channel(context=context, channel_id=goods.channel, terms=terms)
    await goods.list_product(goods.bottle, "spirit", [{"sku": f"GIN-{mark}"}])
    sizes = [{"sku": f"COAT-{mark}-{size}", "options": {"size": size}} for size in "SM"]
    await goods.list_product(goods.coat, "apparel", sizes)
    parts = [{"sku": f"GIN-{mark}", "quantity": 1}]
    await goods.list_product(goods.tasting, "bundle", [{"sku": f"SET-{mark}", "components": parts}])
    await goods.receive(f"GIN-{mark}", 40)
    for size in sizes:
        await goods.receive(str(size["sku"]), 40)
    return goods


@dataclass(frozen=True)
class OpenShop:
    """A shop, its address, and what it sells."""

    url: str
    goods: Goods


async def settings_of(goods: Goods, house_url: str) -> Settings:
    """The settings of a shop that sells these goods."""
    token = await mint_token(
        house=goods.context.house,
        roles=["channel"],
        subject="example shop",
        channel=goods.channel,
        ttl_seconds=TOKEN_SECONDS,
    )
    return Settings(
        rackhouse=house_url,
        channel=goods.channel,
        secret=b"a secret of tests".ljust(32, b"."),
        token=token,
        media_origins=(house_url,),
    )


async def bought_by_all(shop: OpenShop, product: str) -> int:
    """How many orders the house has of a product."""
    orders = await order_page(
        context=shop.goods.context,
        before=None,
        channel=shop.goods.channel,
        customer_id=None,
        external_id=None,
        status=None,
        limit=200,
    )
    return sum(line.sku == product.upper() for each in orders for line in each.lines)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that it listens."""
        await super().startup(sockets)
        self.listens.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to pytest."""
        yield


@contextlib.asynccontextmanager
async def served_shop(settings: Settings) -> AsyncIterator[str]:
    """The shop on a free port of the loopback; says its address."""
    app: ASGIApp = build_shop(settings)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=1
        )
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        listens = asyncio.create_task(server.listens.wait())
        await asyncio.wait([running, listens], return_when=asyncio.FIRST_COMPLETED)
        try:
            yield "http://{}:{}".format(*listening.getsockname())
        finally:
            server.should_exit = True
            await running
            listens.cancel()
