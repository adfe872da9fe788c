"""The generic REST marketplace: a small protocol that any marketplace can speak.

It is written down in `docs/guides/connecting-channels.md`. Requests carry a bearer token,
deliveries an HMAC-SHA256 over ``<timestamp>.<body>``.
"""

import datetime
import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Meta

from rackhouse.connectors.adapter import (
    Adapter,
    Delivery,
    ItemPage,
    NotGenuine,
    Received,
    SalePage,
    Secret,
    Standing,
    Told,
    Wanted,
    Written,
)
from rackhouse.connectors.facts import Fact, RemoteFigures, RemoteItem, RemoteLevel, RemotePlace
from rackhouse.connectors.marketplace.told import (
    AccountTold,
    ItemsTold,
    OrdersTold,
    OrderTold,
    PlacesTold,
    ResultsTold,
    StocksTold,
    level_of,
    sale_of,
)
from rackhouse.connectors.remote import Misunderstood, Pace, Remote, RemoteAnswer, Setup

__all__ = ["ADAPTER"]

REPLAY_WINDOW_SECONDS = 300
PAGE_LIMIT = 100


class MarketplaceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a marketplace is."""

    url: Annotated[
        str,
        Meta(max_length=500, description="Its base URL, such as `https://market.example/api`."),
    ]
    requests_per_second: Annotated[
        float, Meta(gt=0, le=1000, description="How fast it lets itself be asked.")
    ] = 10.0


async def check(remote: Remote) -> Standing:
    """Who the marketplace takes us for."""
    account = (await _get(remote, "/account")).json(AccountTold)
    needed = ("orders", "stock")
    return Standing(
        account=account.account,
        missing=tuple(scope for scope in needed if scope not in account.scopes),
    )


async def items(remote: Remote, cursor: str | None) -> ItemPage:
    """A page of what it sells."""
    query = {"limit": str(PAGE_LIMIT), **({} if cursor is None else {"after": cursor})}
    page = (await _get(remote, "/items", query)).json(ItemsTold)
    found = [RemoteItem(id=each.id, sku=each.sku, name=each.name) for each in page.items]
    return ItemPage(items=found, cursor=page.next)


async def places(remote: Remote) -> Sequence[RemotePlace]:
    """Where it keeps stock."""
    found = (await _get(remote, "/places")).json(PlacesTold)
    return [RemotePlace(id=each.id, name=each.name) for each in found.places]


def receive(setup: Setup, delivery: Delivery) -> Received:
    """Verify a delivery: ``X-Signature`` is ``t=<Unix time>,v1=<hex HMAC-SHA256 of t.body>``, and
    the time is within five minutes of ours."""
    given = dict(
        part.split("=", 1)
        for part in delivery.headers.get("x-signature", "").split(",")
        if "=" in part
    )
    told, signature = given.get("t", ""), given.get("v1", "")
    if not (told.isascii() and told.isdigit() and len(told) < 13):
        raise NotGenuine("X-Signature has no time")
    key = setup.secret("signing_key").encode()
    wanted = hmac.new(key, told.encode() + b"." + delivery.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), signature.encode()):
        raise NotGenuine("the signature is not that of this body")
    if abs(delivery.received_at.timestamp() - int(told)) > REPLAY_WINDOW_SECONDS:
        raise NotGenuine("it was signed too long ago, or the clocks are apart")
    message_id = delivery.headers.get("x-message-id", "")
    if not message_id:
        raise NotGenuine("X-Message-Id is missing")
    return Received(message_id=message_id, topic=delivery.headers.get("x-topic", ""))


async def read(remote: Remote, told: Told) -> Sequence[Fact]:
    """What a message means: an order as it stands, or figures of stock."""
    if told.topic == "order":
        return [sale_of(msgspec.json.decode(told.body, type=OrderTold))]
    if told.topic == "stock":
        stock = msgspec.json.decode(told.body, type=StocksTold)
        levels = tuple(level_of(each) for each in stock.stock)
        return [RemoteFigures(levels=levels, as_of=stock.as_of)]
    return []


async def sales(remote: Remote, since: datetime.datetime, cursor: str | None) -> SalePage:
    """A page of the orders that changed at or after a time."""
    query = {"limit": str(PAGE_LIMIT), "changed_since": since.isoformat()}
    if cursor is not None:
        query["after"] = cursor
    page = (await _get(remote, "/orders", query)).json(OrdersTold)
    return SalePage(sales=[sale_of(each) for each in page.orders], cursor=page.next)


async def levels(remote: Remote, asked: Sequence[tuple[str, str]]) -> Sequence[RemoteLevel]:
    """Its own figures."""
    body = {"asked": [{"item": item, "place": place} for item, place in asked]}
    found = (await _send(remote, "POST", "/stock/query", body)).json(StocksTold)
    return [level_of(each) for each in found.stock]


async def write(remote: Remote, wanted: Sequence[Wanted]) -> Sequence[Written]:
    """Set its figures, each only if its version is still the one that was read."""
    body = {
        "stock": [
            {
                "item": each.item,
                "place": each.place,
                "quantity": each.quantity,
                "if_version": int(each.found.mark or 0),
            }
            for each in wanted
        ]
    }
    results = (await _send(remote, "PUT", "/stock", body)).json(ResultsTold).results
    return [
        Written(item=each.item, place=each.place, status=each.status, problem=each.problem)
        for each in results
    ]


def refuse(settings: MarketplaceSettings) -> None:
    """Refuse what is no URL of a marketplace."""
    parts = urlsplit(settings.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("url: write http:// or https:// and a host, without a user")
    if parts.query or parts.fragment:
        raise ValueError("url: leave out what stands after the path")


async def _get(remote: Remote, path: str, query: dict[str, str] | None = None) -> RemoteAnswer:
    return await _send(remote, "GET", path, None, query)


async def _send(
    remote: Remote, method: str, path: str, body: Any, query: dict[str, str] | None = None
) -> RemoteAnswer:
    url = remote.settings.url.rstrip("/") + quote(path)
    headers = {"authorization": f"Bearer {remote.secret('token')}"}
    answer = await remote.request(method, url, headers=headers, json=body, query=query)
    if answer.status != 200:
        raise Misunderstood(f"{method} {path} was answered with {answer.status}")
    return answer


ADAPTER = Adapter(
    name="marketplace",
    title="Any marketplace that speaks our REST protocol",
    settings=MarketplaceSettings,
    secrets={
        "token": Secret(description="The bearer token of its API."),
        "signing_key": Secret(description="The key that it signs deliveries with.", required=False),
    },
    target=("url",),
    pace=lambda settings: Pace(settings.requests_per_second, 20),
    check=check,
    items=items,
    places=places,
    receive=receive,
    read=read,
    sales=sales,
    levels=levels,
    write=write,
    compares=True,
    refuse=refuse,
)
