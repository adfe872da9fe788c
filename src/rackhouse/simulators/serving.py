"""Serving a simulator over HTTP on the loopback."""

import asyncio
import contextlib
import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import uvicorn

from rackhouse.simulators.deliveries import Deliveries
from rackhouse.simulators.faults import NONE, Faults, Luck
from rackhouse.simulators.shop import Shop, SoldOut

__all__ = ["Asked", "Said", "Simulator", "serving"]

CONTROL = "/_simulator/"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request; header names in small letters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return msgspec.json.decode(self.body or b"{}")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An answer."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


class Simulator(ABC):
    """A simulated channel: a shop, the protocol that it speaks, and its luck."""

    def __init__(self, shop: Shop, faults: Faults = NONE) -> None:
        self.shop = shop
        self.luck = Luck(faults)
        self.deliveries = Deliveries(self.luck)
        self.url = ""
        self.asked: list[str] = []
        shop.told = self.tell

    @abstractmethod
    def answer(self, asked: Asked) -> Said:
        """The answer of the real channel to a request."""

    @abstractmethod
    def tell(self, topic: str, about: Any) -> None:
        """Let the real channel's message of something be delivered."""

    @abstractmethod
    def throttled(self) -> Said:
        """The real channel's answer to one request too many."""

    def busy(self) -> Said:
        """The real channel's answer when something broke."""
        return Said(status=503, body={"message": "Service unavailable"})

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        self.luck = self.deliveries.luck = Luck(NONE)

    def serve(self, asked: Asked) -> Said:
        """An answer, as luck will have it."""
        if asked.path.startswith(CONTROL):
            return self._controlled(asked)
        self.asked.append(f"{asked.method} {asked.path}")
        if self.luck.is_throttled():
            return self.throttled()
        if self.luck.fails_before():
            return self.busy()
        said = self.answer(asked)
        return self.busy() if self.luck.fails_after() else said

    def _controlled(self, asked: Asked) -> Said:
        """What a person at the simulator makes happen in it."""
        body = asked.json()
        try:
            match asked.path.removeprefix(CONTROL).split("/"):
                case ["sales"]:
                    lines = [(line["sku"], line["quantity"]) for line in body["lines"]]
                    return Said(status=201, body={"order": self.shop.sell(*lines).id})
                case ["orders", order, "cancel"]:
                    self.shop.cancel(order)
                case ["orders", order, "ship"]:
                    self.shop.ship(order)
                case ["orders", order, "refund"]:
                    self.shop.refund(order, body["sku"], body["quantity"])
                case ["stock"]:
                    return Said(body=self._state())
                case _:
                    return Said(status=404, body={"message": "no such control"})
        except SoldOut as sku:
            return Said(status=409, body={"message": f"{sku} is sold out"})
        except (KeyError, StopIteration):
            return Said(status=404, body={"message": "there is no such order or SKU"})
        return Said(body={})

    def _state(self) -> dict[str, Any]:
        figures = {
            item.sku: sum(self.shop.stock[item.stock_id, place] for place in self.shop.places)
            for item in self.shop.items.values()
        }
        return {"stock": figures, "orders": len(self.shop.orders)}


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to whoever runs the simulator."""
        yield


@contextlib.asynccontextmanager
async def serving(simulator: Simulator, *, port: int = 0) -> AsyncIterator[str]:
    """Serve a simulator on a port of the loopback, a free one for 0; gives its base URL."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        config = uvicorn.Config(
            _application(simulator), log_config=None, access_log=False, lifespan="off"
        )
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        listens = asyncio.create_task(server.listens.wait())
        await asyncio.wait([running, listens], return_when=asyncio.FIRST_COMPLETED)
        simulator.url = "http://{}:{}".format(*listening.getsockname())
        try:
            yield simulator.url
        finally:
            server.should_exit = True
            await running


def _application(simulator: Simulator) -> Any:
    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        asked = Asked(
            method=scope["method"],
            path=scope["path"],
            query=dict(parse_qsl(scope["query_string"].decode())),
            headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
            body=body,
        )
        said = simulator.serve(asked)
        text = b"" if said.body is None else msgspec.json.encode(said.body)
        headers = {"content-type": "application/json", **said.headers}
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": said.status, "headers": sent})
        await send({"type": "http.response.body", "body": text})

    return application
