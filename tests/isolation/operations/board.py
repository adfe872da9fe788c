"""What clients know together, and what each chooses from it at its turn."""

import random
from collections import deque
from typing import Any

import msgspec

from isolation.history import Scene

__all__ = ["KEPT_SECONDS", "MOMENTS_SECONDS", "SALES", "Ask", "Board", "Turn"]

KEPT_SECONDS = 900.0
MOMENTS_SECONDS = (0.15, 0.9)
REMEMBERED = 12
FITTING = 0.85
OPEN_ALREADY = "/problems/channel-already-open"
SALES = 12
"""Numbers of sales that channels report: so few that some are reported twice."""


class Ask(msgspec.Struct, frozen=True):
    """What to send. Only a POST can bear a key."""

    method: str
    target: str
    body: Any = None
    if_match: str | None = None


class Board:
    """What all clients know together: the latest holds, orders, transfers and versions that
    anybody was told of. Shared, so that they get into each other's way."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.holds: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self.orders: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self.transfers: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self.versions: dict[tuple[str, str], int] = {}
        self.closed: set[str] = set()

    def learn(self, answer: Any) -> None:
        """Remember what an answer told: recognised by what it has."""
        if not isinstance(answer, dict):
            return
        if "hold_id" in answer and "version" in answer:
            _remember(self.orders, answer)
        elif "destination" in answer:
            _remember(self.transfers, answer)
        elif "allocations" in answer:
            _remember(self.holds, answer)
        elif {"sku", "location", "version"} <= answer.keys():
            self.versions[answer["sku"], answer["location"]] = answer["version"]
        if "enabled" in answer or answer.get("type") == OPEN_ALREADY:
            self.closed.discard(answer.get("channel") or answer["id"])
        for sku in answer.get("skus", ()):
            for place in sku.get("locations", ()):
                self.versions[sku["sku"], place["location"]] = place["version"]
        for item in answer.get("items", ()):
            self.learn(item)


class Turn:
    """A client's turn: what is on the board, and the client's own chance to choose from it."""

    def __init__(self, board: Board, chance: random.Random) -> None:
        self.board = board
        self.chance = chance

    def channel(self) -> str:
        """A channel."""
        return self.chance.choice(sorted(self.board.scene.channels))

    def sku(self) -> str:
        """A SKU that is stocked."""
        return self.chance.choice(self.board.scene.skus)

    def any_sku(self) -> str:
        """A SKU, perhaps a bundle."""
        scene = self.board.scene
        return self.chance.choice((*scene.skus, *scene.bundles))

    def location(self) -> str:
        """A location."""
        return self.chance.choice(self.board.scene.locations)

    def lines(self) -> list[dict[str, Any]]:
        """One or two lines, in any order."""
        skus = {self.any_sku() for _ in range(self.chance.choice((1, 1, 2)))}
        found = [{"sku": sku, "quantity": self.chance.choice((1, 1, 2))} for sku in sorted(skus)]
        self.chance.shuffle(found)
        return found

    def hold(self) -> dict[str, Any] | None:
        """A hold that somebody placed lately."""
        return self.chance.choice(self.board.holds) if self.board.holds else None

    def order(self, *statuses: str) -> dict[str, Any] | None:
        """An order that somebody placed lately, mostly in one of the statuses."""
        orders = self.board.orders
        fitting = [each for each in orders if each["status"] in statuses]
        if fitting and self.chance.random() < FITTING:
            return self.chance.choice(fitting)
        return self.chance.choice(orders) if orders else None


def _remember(known: "deque[dict[str, Any]]", told: dict[str, Any]) -> None:
    for at, each in enumerate(known):
        if each["id"] == told["id"]:
            known[at] = told
            return
    known.append(told)
