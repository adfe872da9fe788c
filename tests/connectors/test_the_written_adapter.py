"""The adapter of the guide is a whole one: it sells at a flea market that behaves badly."""

import hashlib
import hmac
import re
import sys
import types
import uuid
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from connected import SECRETS, assert_both_agree, connected

from rackhouse.connectors import Adapter, Adapters
from rackhouse.platform.house import House
from rackhouse.simulators import Faults, Shop, Simulator
from rackhouse.simulators.deliveries import Envelope
from rackhouse.simulators.serving import Asked, Said

GUIDE = Path(__file__).parents[2] / "docs/guides/writing-an-adapter.md"


class FleaMarket(Simulator):
    """What the guide tells of."""

    def __init__(self, faults: Faults) -> None:
        super().__init__(Shop(["-"]), faults)
        self.shop.hands_over = True

    def answer(self, asked: Asked) -> Said:
        """As the flea market has it."""
        if asked.headers.get("authorization") != "Bearer stall-token":
            return Said(status=401, body={})
        match asked.path.split("/"):
            case ["", "me"]:
                return Said(body={"stall": "Ours"})
            case ["", "things"]:
                things = [
                    {"id": each.id, "sku": each.sku, "left": self.shop.stock[each.stock_id, "-"]}
                    for each in self.shop.items.values()
                ]
                return Said(body=things)
            case ["", "sales"]:
                return Said(body=[self._sale(each) for each in self.shop.orders.values()])
            case ["", "things", item]:
                stock_id, body = self.shop.items[item].stock_id, asked.json()
                same = self.shop.stock[stock_id, "-"] == body["was"]
                done = same and self.shop.set_figure(stock_id, "-", body["left"])
                return Said(body={"set": done})
        return Said(status=404, body={})

    def throttled(self) -> Said:
        """Too fast."""
        return Said(status=429, body={}, headers={"retry-after": "0"})

    def tell(self, topic: str, about: Any) -> None:
        """Each sale."""
        if topic.startswith("order_"):
            body = msgspec.json.encode(self._sale(about))
            proof = hmac.new(b"stall-key", body, hashlib.sha256).hexdigest()
            headers = {"x-proof": proof, "x-id": str(uuid.uuid4())}
            self.deliveries.put(Envelope(body=body, headers=headers))

    def _sale(self, order: Any) -> dict[str, Any]:
        return {
            "number": order.id,
            "at": order.placed_at.isoformat(),
            "off": order.cancelled_at is not None,
            "thing": order.lines[0].item.id,
            "count": order.lines[0].quantity,
        }


@pytest.fixture
def fleamarket(monkeypatch: pytest.MonkeyPatch) -> Adapter:
    """The adapter as the guide has it."""
    (source,) = re.findall(r"^```python adapter\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    module = types.ModuleType("fleamarket")
    monkeypatch.setitem(sys.modules, "fleamarket", module)
    exec(compile(source, "fleamarket.py", "exec"), module.__dict__)
    named = Adapters.named

    def with_it(self: Adapters, name: str) -> Adapter:
        return module.ADAPTER if name == "fleamarket" else named(self, name)

    monkeypatch.setattr(Adapters, "named", with_it)
    monkeypatch.setitem(SECRETS, "fleamarket", {"token": "stall-token", "key": "stall-key"})
    return module.ADAPTER


async def test_the_adapter_of_the_guide_agrees_with_its_channel_on_a_bad_line(
    house: House, api: httpx.AsyncClient, fleamarket: Adapter
) -> None:
    faults = Faults(duplicates=0.1, reorderings=0.1, failures=0.05, seed=4)
    simulator = FleaMarket(faults)
    async with connected(house, api, "fleamarket", simulator, settings=None) as both:
        theirs = simulator.shop
        for number in range(12):
            sale = theirs.sell((both.shop.skus[number % 2], 1))
            if number % 4 == 0:
                theirs.cancel(sale.id)
            if number % 3 == 0:
                await both.buy_here(both.shop.sku, 1)
                await both.deliver()
                await both.tend()
        await both.settle()
        await assert_both_agree(both)
