"""Opening: the products, locations and channels of a world, through the API like anybody's."""

from collections.abc import Sequence

import msgspec

from rackhouse.simulation.actors import ConnectedChannel, connection_of
from rackhouse.simulation.stage import Stage

__all__ = ["CONNECTED", "OpeningRefused", "open_connections", "open_world", "set_apart"]

GOOD = (200, 201)
# The kinds of channel that adapters speak to.
CONNECTED = {"marketplace": "rest", "shopify": "shopify"}


class OpeningRefused(Exception):
    """The service does not let the world be opened."""


async def open_world(stage: Stage) -> dict[str, list[str]]:
    """Open everything; answers the channels of each kind. Refuses with `OpeningRefused`."""
    opener = _Opener(stage)
    for location in stage.locations:
        await opener.post("locations", {"id": location, "name": location, "kind": "warehouse"})
    variants = [{"sku": sku, "options": {"number": sku}} for sku in stage.skus]
    product = {"id": "simulated", "type": "goods", "name": "Simulated", "variants": variants}
    await opener.post("products", {**product, "price_minor": 1000, "currency": "EUR"})
    world = stage.world
    channels = {
        "web_shop": [f"web-{number + 1}" for number in range(world.web_shops)],
        "pos": [f"till-{number + 1}" for number in range(world.tills)],
        "marketplace": [f"market-{number + 1}" for number in range(world.marketplaces)],
        "rest": [f"rest-{number + 1}" for number in range(world.connected_marketplaces)],
        "shopify": [f"shopify-{number + 1}" for number in range(world.connected_shops)],
    }
    kinds = {"rest": "marketplace", "shopify": "web_shop"}
    for kind, names in channels.items():
        for name in names:
            terms = {"id": name, "name": name, "kind": kinds.get(kind, kind)}
            await opener.post("channels", {**terms, "locations": stage.locations})
    return channels


async def open_connections(stage: Stage, places: Sequence[ConnectedChannel]) -> None:
    """Connect channels to where they really sell."""
    for place in places:
        await _Opener(stage).post("connections", connection_of(place))


async def set_apart(stage: Stage, tills: Sequence[str]) -> None:
    """Give each till its allotment, and a rule that fills it up."""
    level = stage.world.allotted_per_till
    if not level:
        return
    opener, (location, *_) = _Opener(stage), stage.locations
    for till in tills:
        for sku in stage.skus:
            rule = {"level": level, "minimum": max(1, level // 2)}
            await opener.put(f"channels/{till}/allotments/rules/{sku}/{location}", rule)


class _Opener:
    def __init__(self, stage: Stage) -> None:
        self._survey = stage.survey

    async def post(self, path: str, body: object) -> None:
        await self._send("POST", path, body)

    async def put(self, path: str, body: object) -> None:
        await self._send("PUT", path, body)

    async def _send(self, method: str, path: str, body: object) -> None:
        answer = await self._survey.send(method, f"/api/v1/{path}", msgspec.json.encode(body))
        if answer.status not in GOOD:
            told = answer.body.decode()
            raise OpeningRefused(f"{method} {path} was answered {answer.status}: {told}")
