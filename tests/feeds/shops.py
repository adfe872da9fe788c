"""Small shops to follow: products, locations and channels with fresh names, and what goes on."""

import random
import uuid
from typing import Any

from rackhouse.catalog import create_product, replace_product
from rackhouse.channels import Terms, open_channel
from rackhouse.inventory import (
    Adjust,
    Hold,
    Line,
    Stock,
    adjust_stock,
    confirm_hold,
    open_location,
    place_hold,
    receive_stock,
    recorded_stock,
    release_hold,
    ship_hold,
)
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal

Levels = tuple[int, int, int, int]


def fresh(word: str) -> str:
    """A word that no other test uses."""
    return f"{word}-{uuid.uuid4().hex[:10]}"


class Shop:
    """One product with some SKUs at two locations, each served by a channel."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.product = fresh("product")
        self.skus = [fresh("sku") for _ in range(3)]
        self.locations = [fresh("place") for _ in range(2)]
        self.channels = [fresh("channel") for _ in self.locations]
        self._holds: list[Hold] = []

    @staticmethod
    async def opened(context: Context, *, pieces: int = 20) -> "Shop":
        """A shop with stock of everything everywhere."""
        shop = Shop(context)
        await create_product(context=context, draft=shop.draft())
        for location, channel in zip(shop.locations, shop.channels, strict=True):
            await open_location(context=context, location=location, name="Place", kind="shop")
            terms = Terms(name="Channel", kind="pos", locations=(location,), enabled=True)
            await open_channel(context=context, channel_id=channel, terms=terms)
            await shop.receive(*shop.skus, location=location, pieces=pieces)
        return shop

    def draft(self) -> dict[str, Any]:
        """The product as the catalog is told of it."""
        return {
            "id": self.product,
            "type": "goods",
            "name": "Tumbler",
            "price_minor": 1200,
            "currency": "EUR",
            "variants": [{"sku": each, "options": {"shape": each}} for each in self.skus],
        }

    async def add_sku(self) -> str:
        """Give the product one more SKU."""
        self.skus.append(fresh("sku"))
        await replace_product(
            context=self.context,
            product_id=self.product,
            only_type=None,
            draft=self.draft(),
            expected_version=None,
        )
        return self.skus[-1]

    async def receive(self, *skus: str, location: str, pieces: int = 1) -> None:
        """Take pieces in."""
        lines = [Line(sku, pieces) for sku in skus]
        await receive_stock(context=self.context, location=location, lines=lines, reference=None)

    async def count(self, sku: str, location: str, *, times: int) -> None:
        """Correct a figure so many times, up and down, in one transaction."""
        adjustments = [
            Adjust(sku=sku, location=location, delta=1 if turn % 2 == 0 else -1)
            for turn in range(times)
        ]
        await adjust_stock(context=self.context, adjustments=adjustments, reason="recount")

    async def figures(self) -> dict[str, Levels]:
        """On hand, held, committed and version of each stream, as the newest events left them."""
        rows = await recorded_stock(context=self.context, skus=self.skus, locations=None)
        return {f"{row.sku}@{row.location}": levels_of(row) for row in rows}

    async def do_something(self, chance: random.Random) -> None:
        """One thing that goes on in shops; a refusal is one, too."""
        try:
            await self._do(chance, chance.choice(("place", "place", "settle", "receive", "count")))
        except Refusal:
            return

    async def _do(self, chance: random.Random, what: str) -> None:
        sku, at = chance.choice(self.skus), chance.randrange(len(self.locations))
        if what == "receive":
            await self.receive(sku, location=self.locations[at], pieces=chance.randint(1, 3))
        elif what == "count":
            await self.count(sku, self.locations[at], times=chance.randint(1, 4))
        elif what == "place" or not self._holds:
            lines = [Line(each, chance.randint(1, 3)) for each in chance.sample(self.skus, 2)]
            hold = await place_hold(
                context=self.context, channel=self.channels[at], lines=lines, ttl_seconds=60
            )
            self._holds.append(hold)
        else:
            await self._settle(chance, self._holds.pop(chance.randrange(len(self._holds))))

    async def _settle(self, chance: random.Random, hold: Hold) -> None:
        if chance.random() < 0.5:
            await release_hold(
                context=self.context, hold_id=hold.id, lines=None, reason="changed mind"
            )
        else:
            await confirm_hold(context=self.context, hold_id=hold.id)
            await ship_hold(context=self.context, hold_id=hold.id, lines=None)


def levels_of(row: Stock) -> Levels:
    """The figures of a row with its version."""
    return (row.on_hand, row.held, row.committed, row.version)


class Mirror:
    """What a client knows of stock from the messages it got, none of them twice."""

    def __init__(self) -> None:
        self.figures: dict[str, Levels] = {}
        self.changes: dict[str, list[int]] = {}
        self.cursor: str | None = None

    def take(self, message: dict[str, Any]) -> None:
        """Learn from a message, which must follow what is known without a gap or a repeat."""
        if message["type"] == "snapshot":
            for row in message["stock"]:
                self._set(row)
        elif "on_hand" in message:
            before = self.figures.get(message["stream"], (0, 0, 0, 0))[3]
            assert message["sequence"] == before + 1, (message, before)
            self.changes.setdefault(message["stream"], []).append(message["sequence"])
            self._set(message)
        self.cursor = message.get("cursor", self.cursor)

    def _set(self, row: dict[str, Any]) -> None:
        assert row["available"] == row["on_hand"] - row["held"] - row["committed"]
        levels = (row["on_hand"], row["held"], row["committed"], row["sequence"])
        self.figures[row["stream"]] = levels


class Gap(Exception):
    """A message is missing before this one."""


class Keeper(Mirror):
    """What a client knows that keeps the one rule for clients: a row or a change whose sequence is
    not above the one it knows is ignored. So repeats do no harm, and what is missing is noticed."""

    def __init__(self) -> None:
        super().__init__()
        self.repeats = 0

    def take(self, message: dict[str, Any]) -> None:
        """Learn from a message; refuses with `Gap` one before which another is missing."""
        if "on_hand" in message:
            known = self.figures.get(message["stream"], (0, 0, 0, 0))[3]
            if message["sequence"] <= known:
                self.repeats += 1
                return
            if message["sequence"] > known + 1:
                raise Gap(message["stream"])
        super().take(message)

    def _set(self, row: dict[str, Any]) -> None:
        if row["sequence"] > self.figures.get(row["stream"], (0, 0, 0, 0))[3]:
            super()._set(row)
