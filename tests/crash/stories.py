"""What people do with stock in depth, each under keys until they are answered, and what must be
found of it afterwards."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from crowd import ask_until_answered
from purchases import Request

from rackhouse.rehearsal.http_client import HttpClient

__all__ = ["CAP", "HALL", "NUMBERS", "YARD", "Story", "Teller", "prepared"]

HALL, YARD = "hall", "yard"
KEPT_FOR_SECONDS = 3600
NUMBERS = 6
"""Numbered bottles, of which each is wanted by two."""
CAP = 7
"""How many may be sold under the quota."""
LATER = "2035-04-01T00:00:00Z"
SKUS = ("LOTTED", "CASK", "MOVED", "APART", "AHEAD", "CAPPED", "WAITED", "BAD")
PLENTY = 100

Figures = Counter[tuple[str, str, str]]
"""Pieces by SKU, location and figure."""


class Story(msgspec.Struct, kw_only=True):
    """What one person asked and was told, and what they changed."""

    name: str
    kind: str
    requests: list[Request] = []
    answers: list[dict[str, Any]] = []
    changed: Figures = msgspec.field(default_factory=Counter)

    def has(self, sku: str, location: str, **figures: int) -> None:
        """Some figures are others from now on."""
        for figure, pieces in figures.items():
            self.changed[sku, location, figure] += pieces


class Teller:
    """Tells all stories, many at once. ``stories`` is what came of them."""

    def __init__(self, http: HttpClient, token: str, *, of_each: int, at_once: int) -> None:
        self.stories: list[Story] = []
        self._http = http
        self._token = token
        self._of_each = of_each
        self._at_once = asyncio.Semaphore(at_once)
        self._told = 0
        self._awaited: list[tuple[int, asyncio.Event]] = []

    async def reached(self, share: float) -> None:
        """Wait until so much of all is told."""
        event = asyncio.Event()
        self._awaited.append((int(share * self._of_each * len(KINDS)), event))
        await event.wait()

    async def tell(self) -> None:
        """Let everybody begin."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._of_each):
                for kind in KINDS:
                    group.create_task(self._tell(kind, number))

    async def answers_otherwise(self) -> list[str]:
        """Send every request once more; says which get another status or body."""
        found: list[str] = []

        async def again(request: Request) -> None:
            copy = Request(target=request.target, key=request.key, body=request.body)
            async with self._at_once:
                await ask_until_answered(self._http, self._token, copy, random.Random(copy.key))
            if (copy.status, copy.answer) != (request.status, request.answer):
                found.append(f"{request.key} {request.target}: {request.answer!r}, {copy.answer!r}")

        async with asyncio.TaskGroup() as group:
            for story in self.stories:
                for request in story.requests:
                    group.create_task(again(request))
        return found

    async def post(self, story: Story, target: str, body: object = None) -> Any:
        """The answer to a request of its own; None for a no."""
        key = f"{story.name}.{len(story.requests) + 1}"
        request = Request(target=f"/api/v1{target}", key=key, body=msgspec.json.encode(body or {}))
        story.requests.append(request)
        await ask_until_answered(self._http, self._token, request, random.Random(key))
        if not request.granted:
            return None
        story.answers.append(msgspec.json.decode(request.answer))
        return story.answers[-1]

    async def _tell(self, kind: str, number: int) -> None:
        story = Story(name=f"{kind}-{number}", kind=kind)
        self.stories.append(story)
        async with self._at_once:
            await KINDS[kind](self, story, number)
        self._told += 1
        for told, event in self._awaited:
            if self._told >= told:
                event.set()


async def prepared(http: HttpClient, token: str, *, sheets: int) -> None:
    """Everything that the stories need."""
    teller = Teller(http, token, of_each=1, at_once=1)
    story = Story(name="prepared", kind="prepared")

    async def must(target: str, body: object) -> None:
        assert await teller.post(story, target, body) is not None, story.requests[-1]

    skus = [*SKUS, *(f"COUNT-{number}" for number in range(sheets))]
    variants = [{"sku": sku, "name": sku} for sku in skus]
    goods = {"id": "in-depth", "type": "goods", "name": "In depth", "variants": variants}
    await must("/products", goods)
    for place in (HALL, YARD):
        await must("/locations", {"id": place, "name": place, "kind": "warehouse"})
    for channel, kind in (("web", "web_shop"), ("till", "pos")):
        terms = {"id": channel, "name": channel, "kind": kind, "locations": [HALL, YARD]}
        await must("/channels", terms)
    await must("/lots", {"sku": "LOTTED", "lot": "a"})
    await must("/lots", {"sku": "CASK", "lot": "cask", "numbered": NUMBERS})
    lines: list[dict[str, Any]] = [
        {"sku": "LOTTED", "quantity": PLENTY, "lot": "a"},
        {"sku": "CASK", "quantity": NUMBERS, "lot": "cask", "units": [*range(1, NUMBERS + 1)]},
        *({"sku": sku, "quantity": PLENTY} for sku in skus if sku in ("MOVED", "APART", "CAPPED")),
        *({"sku": sku, "quantity": PLENTY} for sku in skus if sku.startswith("COUNT")),
    ]
    await must("/inventory/receive", {"location": HALL, "lines": lines})
    terms = {"sku": "AHEAD", "kind": "pre_order", "promised_at": LATER, "cap": PLENTY}
    await must("/promises", terms)
    await must("/quotas", {"id": "capped", "name": "Capped", "cap": CAP, "skus": ["CAPPED"]})


async def _buy_a_number(teller: Teller, story: Story, number: int) -> None:
    wanted = number % NUMBERS + 1
    line = {"sku": "CASK", "quantity": 1, "lot": "cask", "units": [wanted]}
    hold = await _hold(teller, story, line)
    if hold is not None:
        assert hold["allocations"][0]["units"] == [wanted]
        await teller.post(story, f"/holds/{hold['id']}/confirm")
        story.has("CASK", HALL, committed=1)


async def _buy_and_send_back(teller: Teller, story: Story, number: int) -> None:
    lines = [{"sku": "LOTTED", "quantity": 2, "lot": "a"}]
    wanted = {"channel": "web", "customer_id": story.name, "lines": lines, "complete": "confirm"}
    order = await teller.post(story, "/orders", wanted)
    sent = [{"sku": "LOTTED", "quantity": 2}]
    await teller.post(story, f"/orders/{order['id']}/ship", {"lines": sent})
    back = [{"sku": "LOTTED", "quantity": 1}]
    terms = {"lines": back, "reason": story.name, "condition": "damaged"}
    await teller.post(story, f"/orders/{order['id']}/return", terms)
    story.has("LOTTED", HALL, on_hand=-1, unavailable=1)


async def _receive(teller: Teller, story: Story, number: int) -> None:
    lines = [{"sku": "LOTTED", "quantity": 1, "lot": "a"}]
    parcel = {"location": HALL, "lines": lines, "reference": story.name}
    await teller.post(story, "/inventory/receive", parcel)
    story.has("LOTTED", HALL, on_hand=1)


async def _move(teller: Teller, story: Story, number: int) -> None:
    lines = [{"sku": "MOVED", "quantity": 2}]
    terms = {"origin": HALL, "destination": YARD, "lines": lines, "reference": story.name}
    inbound = await teller.post(story, "/transfers", terms)
    first = {"lines": [{"sku": "MOVED", "quantity": 1}]}
    await teller.post(story, f"/inbound/{inbound['id']}/receive", first)
    await teller.post(story, f"/inbound/{inbound['id']}/receive")
    story.has("MOVED", HALL, on_hand=-2)
    story.has("MOVED", YARD, on_hand=2)


async def _sell_offline(teller: Teller, story: Story, number: int) -> None:
    portion = {"sku": "APART", "location": HALL, "quantity": 2}
    await teller.post(story, "/channels/till/allotments", {"lines": [portion]})
    sale = {
        "external_id": story.name,
        "sold_at": "2026-01-01T00:00:00Z",
        "customer_id": story.name,
        "lines": [{"sku": "APART", "quantity": 1}],
    }
    await teller.post(story, "/channels/till/sales", {"sales": [sale]})
    story.has("APART", HALL, on_hand=-1, allotted=1)


async def _buy_ahead(teller: Teller, story: Story, number: int) -> None:
    line = {"sku": "AHEAD", "quantity": 1}
    hold = await _hold(teller, story, line, preorder="allow")
    await teller.post(story, f"/holds/{hold['id']}/confirm")
    if number % 2:
        lines = [{"sku": "AHEAD", "quantity": 1}]
        parcel = {"location": HALL, "lines": lines, "reference": story.name}
        await teller.post(story, "/inventory/receive", parcel)


async def _buy_capped(teller: Teller, story: Story, number: int) -> None:
    if await _hold(teller, story, {"sku": "CAPPED", "quantity": 1}) is not None:
        story.has("CAPPED", HALL, held=1)


async def _wait(teller: Teller, story: Story, number: int) -> None:
    place = {"sku": "WAITED", "channel": "web", "customer_id": story.name, "offer_seconds": 3600}
    await teller.post(story, "/waiting-list", place)
    if number % 2:
        lines = [{"sku": "WAITED", "quantity": 1}]
        parcel = {"location": HALL, "lines": lines, "reference": story.name}
        await teller.post(story, "/inventory/receive", parcel)


async def _count(teller: Teller, story: Story, number: int) -> None:
    sku = f"COUNT-{number}"
    sheet = await teller.post(story, "/counts", {"location": HALL, "skus": [sku]})
    lines = [{"sku": sku, "counted": PLENTY + 1}]
    await teller.post(story, f"/counts/{sheet['id']}/record", {"lines": lines})
    await teller.post(story, f"/counts/{sheet['id']}/post", {"reason": story.name})
    story.has(sku, HALL, on_hand=1)


async def _recall(teller: Teller, story: Story, number: int) -> None:
    await teller.post(story, "/lots", {"sku": "BAD", "lot": story.name})
    lines = [{"sku": "BAD", "quantity": 1, "lot": story.name}]
    parcel = {"location": YARD, "lines": lines, "reference": story.name}
    await teller.post(story, "/inventory/receive", parcel)
    await teller.post(story, f"/lots/BAD/{story.name}/recall", {"reason": story.name})
    assert await _hold(teller, story, {"sku": "BAD", "quantity": 1, "lot": story.name}) is None
    story.has("BAD", YARD, on_hand=1, frozen=1)


async def _hold(teller: Teller, story: Story, line: dict[str, Any], **further: Any) -> Any:
    asked = {"channel": "web", "customer_id": story.name, "ttl_seconds": KEPT_FOR_SECONDS}
    return await teller.post(story, "/holds", {**asked, "lines": [line], **further})


KINDS: dict[str, Callable[[Teller, Story, int], Awaitable[None]]] = {
    "number": _buy_a_number,
    "return": _buy_and_send_back,
    "receipt": _receive,
    "transfer": _move,
    "offline": _sell_offline,
    "ahead": _buy_ahead,
    "capped": _buy_capped,
    "waiting": _wait,
    "count": _count,
    "recall": _recall,
}
"""The ways."""
