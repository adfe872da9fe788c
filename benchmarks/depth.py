"""Stock in depth: a bundle, lots and numbered units, and what one client does with them."""

import datetime

import msgspec

from benchmarks.figures import Figure, figure_of
from benchmarks.journeys import HOLD_SECONDS, Requests
from benchmarks.laboratory import CHANNEL, HOT_SKU, LOCATION, Laboratory, UnderTest
from benchmarks.load import Journey, closed_loop, expect
from rackhouse.catalog import create_product
from rackhouse.inventory import Line, LotFacts, receive_stock, register_lot
from rackhouse.rehearsal.http_client import HttpConnection

__all__ = ["CASK", "deep_hold", "deep_order", "fill_depth", "held_and_released", "measure_page"]

BOX, GLASS, BOTTLE, WINE, CASK = "DEEP-BOX", "DEEP-GLASS", "DEEP-BOTTLE", "DEEP-WINE", "DEEP-CASK"
PAGE_OF_BUNDLES = 50
PAGE_CLIENTS = 4
WARM_SECONDS = 0.5
PLENTY = 1_000_000_000
NUMBERED = 200
LOTS = 3


class _Held(msgspec.Struct, frozen=True):
    id: str


_read_held = msgspec.json.Decoder(_Held).decode


async def fill_depth(lab: Laboratory) -> None:
    """Make the goods: a box of two glasses and a bottle, a wine in lots of which one expires
    first, a cask of numbered bottles, and a page of bundles."""
    context = lab.context()
    for sku in (GLASS, BOTTLE, WINE, CASK):
        draft = {"type": "goods", "name": sku, "variants": [{"sku": sku}]}
        await create_product(context=context, draft=draft)
    for sku in (BOX, *_page()):
        components = [{"sku": GLASS, "quantity": 2}, {"sku": BOTTLE, "quantity": 1}]
        variants = [{"sku": sku, "components": components}]
        draft = {"type": "bundle", "name": sku, "variants": variants}
        await create_product(context=context, draft=draft)
    now = datetime.datetime.now(datetime.UTC)
    lines = [Line(GLASS, PLENTY), Line(BOTTLE, PLENTY)]
    for number in range(1, LOTS + 1):
        facts = LotFacts(expires_at=now + datetime.timedelta(days=365 * number))
        await register_lot(context=context, sku=WINE, lot=f"L{number}", facts=facts)
        lines.append(Line(WINE, PLENTY, f"L{number}"))
    await register_lot(context=context, sku=CASK, lot="C1", facts=LotFacts(numbered=NUMBERED))
    lines.append(Line(CASK, NUMBERED, "C1", tuple(range(1, NUMBERED + 1))))
    await receive_stock(context=context, location=LOCATION, lines=lines, reference=None)


def held_and_released(lab: Laboratory, service: UnderTest, sku: str) -> Journey:
    """Place a hold on one piece and let it go again: two requests, one journey."""
    requests = Requests(lab, service)

    async def go(connection: HttpConnection, number: int) -> None:
        line = {"sku": sku, "quantity": 1}
        body = {"channel": CHANNEL, "lines": [line], "ttl_seconds": HOLD_SECONDS}
        placed = await expect(connection, requests.post("/api/v1/holds", number, body), 201)
        hold = {"hold_id": _read_held(placed.body).id}
        written = requests.post("/api/v1/inventory/release", number, hold)
        await expect(connection, written, 200)

    return go


def deep_hold(lab: Laboratory, service: UnderTest) -> Journey:
    """Place a hold on three lines: a bundle, a wine in lots, and a plain SKU."""
    return _deep(lab, service, "/api/v1/holds", {"ttl_seconds": HOLD_SECONDS})


def deep_order(lab: Laboratory, service: UnderTest) -> Journey:
    """Place an order of the same three lines."""
    return _deep(lab, service, "/api/v1/orders", {})


async def measure_page(lab: Laboratory, service: UnderTest, *, seconds: float) -> Figure:
    """How long it takes to ask what there is of fifty bundles, in one query."""
    ids = ",".join(_page())
    written = Requests(lab, service).get(f"/api/v1/inventory/availability?ids={ids}")

    async def go(connection: HttpConnection, number: int) -> None:
        await expect(connection, written, 200)

    for length in (WARM_SECONDS, seconds):
        sample = await closed_loop(
            service.url, go, clients=PAGE_CLIENTS, seconds=length, at_least=1
        )
    told = (
        f"GET /api/v1/inventory/availability of {PAGE_OF_BUNDLES} bundles, {PAGE_CLIENTS} clients"
    )
    return figure_of("bundles_page", told, [sample])


def _deep(lab: Laboratory, service: UnderTest, target: str, further: dict[str, float]) -> Journey:
    requests = Requests(lab, service)
    lines = [
        {"sku": BOX, "quantity": 1},
        {"sku": WINE, "quantity": 1, "picking": "first_expired"},
        {"sku": HOT_SKU, "quantity": 1},
    ]
    body = {"channel": CHANNEL, "lines": lines, **further}

    async def go(connection: HttpConnection, number: int) -> None:
        await expect(connection, requests.post(target, number, body), 201)

    return go


def _page() -> list[str]:
    return [f"{BOX}-{number}" for number in range(PAGE_OF_BUNDLES)]
