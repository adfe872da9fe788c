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
from rackhouse.connectors.facts import (
    Fact,
    RemoteFigures,
    RemoteItem,
    RemoteLevel,
    RemoteLine,
    RemotePlace,
    RemoteRefund,
    RemoteSale,
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


class _Item(msgspec.Struct, frozen=True):
    id: str
    name: str
    sku: str | None = None


class _Items(msgspec.Struct, frozen=True):
    items: list[_Item]
    next: str | None = None


class _Places(msgspec.Struct, frozen=True):
    places: list[_Item]


class _Line(msgspec.Struct, frozen=True):
    id: str
    item: str
    quantity: int
    sku: str | None = None
    shipped: int = 0
    removed: int = 0


class _Refund(msgspec.Struct, frozen=True):
    id: str
    line: str
    quantity: int
    restocked: bool
    at: datetime.datetime
    returned: bool = False


class _Order(msgspec.Struct, frozen=True):
    id: str
    placed_at: datetime.datetime
    lines: list[_Line]
    status: str = "open"
    place: str | None = None
    refunds: list[_Refund] = []


class _Orders(msgspec.Struct, frozen=True):
    orders: list[_Order]
    next: str | None = None


class _Stock(msgspec.Struct, frozen=True):
    item: str
    place: str
    quantity: int
    version: int


class _Stocks(msgspec.Struct, frozen=True):
    stock: list[_Stock]
    as_of: datetime.datetime


class _Written(msgspec.Struct, frozen=True):
    item: str
    place: str
    status: str
    problem: str | None = None


class _Results(msgspec.Struct, frozen=True):
    results: list[_Written]


class _Account(msgspec.Struct, frozen=True):
    account: str
    scopes: list[str]


async def check(remote: Remote) -> Standing:
    """Who the marketplace takes us for."""
    account = (await _get(remote, "/account")).json(_Account)
    needed = ("orders", "stock")
    return Standing(
        account=account.account,
        missing=tuple(scope for scope in needed if scope not in account.scopes),
    )


async def items(remote: Remote, cursor: str | None) -> ItemPage:
    """A page of what it sells."""
    query = {"limit": str(PAGE_LIMIT), **({} if cursor is None else {"after": cursor})}
    page = (await _get(remote, "/items", query)).json(_Items)
    found = [RemoteItem(id=each.id, sku=each.sku, name=each.name) for each in page.items]
    return ItemPage(items=found, cursor=page.next)


async def places(remote: Remote) -> Sequence[RemotePlace]:
    """Where it keeps stock."""
    found = (await _get(remote, "/places")).json(_Places)
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
        return [_sale(msgspec.json.decode(told.body, type=_Order))]
    if told.topic == "stock":
        stock = msgspec.json.decode(told.body, type=_Stocks)
        levels = tuple(_level(each) for each in stock.stock)
        return [RemoteFigures(levels=levels, as_of=stock.as_of)]
    return []


async def sales(remote: Remote, since: datetime.datetime, cursor: str | None) -> SalePage:
    """A page of the orders that changed at or after a time."""
    query = {"limit": str(PAGE_LIMIT), "changed_since": since.isoformat()}
    if cursor is not None:
        query["after"] = cursor
    page = (await _get(remote, "/orders", query)).json(_Orders)
    return SalePage(sales=[_sale(each) for each in page.orders], cursor=page.next)


async def levels(remote: Remote, asked: Sequence[tuple[str, str]]) -> Sequence[RemoteLevel]:
    """Its own figures."""
    body = {"asked": [{"item": item, "place": place} for item, place in asked]}
    found = (await _send(remote, "POST", "/stock/query", body)).json(_Stocks)
    return [_level(each) for each in found.stock]


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
    results = (await _send(remote, "PUT", "/stock", body)).json(_Results).results
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


def _sale(order: _Order) -> RemoteSale:
    return RemoteSale(
        id=order.id,
        sold_at=order.placed_at,
        lines=tuple(RemoteLine(**msgspec.structs.asdict(line)) for line in order.lines),
        counts=order.status != "draft",
        cancelled=order.status == "cancelled",
        handed_over=order.status == "handed_over",
        place=order.place,
        refunds=tuple(
            RemoteRefund(
                id=f"{each.id}/{each.line}",
                sale=order.id,
                line=each.line,
                quantity=each.quantity,
                restocked=each.restocked,
                left=each.returned,
                at=each.at,
            )
            for each in order.refunds
        ),
    )


def _level(stock: _Stock) -> RemoteLevel:
    return RemoteLevel(
        item=stock.item, place=stock.place, quantity=stock.quantity, mark=str(stock.version)
    )


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
