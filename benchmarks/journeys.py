"""What one client does: the requests of each phase, written out ahead of the clock."""

import msgspec

from benchmarks.laboratory import CHANNEL, Laboratory, UnderTest
from benchmarks.load import Journey, expect
from rackhouse.rehearsal.http_client import HttpConnection, request_bytes

__all__ = [
    "HOLD_SECONDS",
    "Requests",
    "confirmed_order",
    "get_request",
    "hold",
    "nothing_get",
    "nothing_post",
    "read",
]

HOLD_SECONDS = 86_400
# Coprime to the number of SKUs: every SKU comes once before any comes again, in no row.
STRIDE = 7_919


class _Placed(msgspec.Struct, frozen=True):
    id: str


_read_placed = msgspec.json.Decoder(_Placed).decode


class Requests:
    """Requests of the benchmark's channel to one service."""

    def __init__(self, lab: Laboratory, service: UnderTest) -> None:
        self._host = service.url.removeprefix("http://")
        self._token = lab.channel_token
        self._run = lab.run

    def post(self, target: str, number: int, body: object) -> bytes:
        """A POST with a key of its own."""
        return request_bytes(
            "POST",
            target,
            host=self._host,
            token=self._token,
            key=f"{self._run}-{target.rpartition('/')[2]}-{number}",
            body=msgspec.json.encode(body),
            media_type="application/json",
        )

    def get(self, target: str) -> bytes:
        """A GET."""
        return request_bytes(
            "GET",
            target,
            host=self._host,
            token=self._token,
            key=None,
            body=None,
            media_type="application/json",
        )


def hold(lab: Laboratory, service: UnderTest, skus: list[str]) -> Journey:
    """Place a hold on one of some SKUs, each as often as any other."""
    requests = Requests(lab, service)

    async def go(connection: HttpConnection, number: int) -> None:
        line = {"sku": skus[number * STRIDE % len(skus)], "quantity": 1}
        body = {"channel": CHANNEL, "lines": [line], "ttl_seconds": HOLD_SECONDS}
        await expect(connection, requests.post("/api/v1/holds", number, body), 201)

    return go


def confirmed_order(lab: Laboratory, service: UnderTest, sku: str) -> Journey:
    """Place an order and confirm it: two requests, one journey."""
    requests = Requests(lab, service)

    async def go(connection: HttpConnection, number: int) -> None:
        body = {"channel": CHANNEL, "lines": [{"sku": sku, "quantity": 1}]}
        placed = await expect(connection, requests.post("/api/v1/orders", number, body), 201)
        order = _read_placed(placed.body).id
        target = f"/api/v1/orders/{order}/confirm"
        await expect(connection, requests.post(target, number, {}), 200)

    return go


def read(lab: Laboratory, service: UnderTest, skus: list[str]) -> Journey:
    """Read what there is of one of some SKUs."""
    written = [Requests(lab, service).get(f"/api/v1/inventory/{sku}") for sku in skus]

    async def go(connection: HttpConnection, number: int) -> None:
        await expect(connection, written[number * STRIDE % len(written)], 200)

    return go


def get_request(lab: Laboratory, service: UnderTest, target: str) -> bytes:
    """One GET, written out."""
    return Requests(lab, service).get(target)


def nothing_get(lab: Laboratory, service: UnderTest) -> Journey:
    """Ask for nothing."""
    written = Requests(lab, service).get("/api/v1/nothing")

    async def go(connection: HttpConnection, number: int) -> None:
        await expect(connection, written, 200)

    return go


def nothing_post(lab: Laboratory, service: UnderTest) -> Journey:
    """Send what a hold sends, for nothing to be done with it."""
    requests = Requests(lab, service)
    line = {"sku": "BENCH-HOT", "quantity": 1}
    body = {"channel": CHANNEL, "lines": [line], "ttl_seconds": HOLD_SECONDS}

    async def go(connection: HttpConnection, number: int) -> None:
        await expect(connection, requests.post("/api/v1/nothing", number, body), 200)

    return go
