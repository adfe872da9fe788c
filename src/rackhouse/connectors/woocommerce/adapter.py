"""The adapter of WooCommerce."""

import base64
import datetime
import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from rackhouse.connectors.adapter import (
    ONE_PLACE,
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
from rackhouse.connectors.facts import Fact, RemoteItem, RemoteLevel, RemoteSaleCancelled
from rackhouse.connectors.remote import Pace, Remote, Setup
from rackhouse.connectors.woocommerce.asking import (
    PAGE_LIMIT,
    all_listed,
    get,
    in_order,
    pages_of,
    send,
)
from rackhouse.connectors.woocommerce.told import (
    ORDER_FIELDS,
    REFUND_FIELDS,
    OrderTold,
    RefundTold,
    moment,
    sale_of,
)

__all__ = ["ADAPTER"]

PRODUCTS_PAGE = 20
ORDERS_PAGE = 25
WRITE_LIMIT = 100
NOT_COUNTED = -1
STOCK_FIELDS = "id,manage_stock,stock_quantity"
ITEM_FIELDS = "id,sku,name,type"
_PING = re.compile(rb"webhook_id=\d{1,20}")


class WooSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a WooCommerce shop is, and how to speak to it."""

    url: Annotated[
        str,
        Meta(max_length=500, description="The shop's address, such as `https://shop.example`."),
    ]
    requests_per_second: Annotated[
        float, Meta(gt=0, le=1000, description="How fast its host lets itself be asked.")
    ] = 5.0
    write_as: Annotated[
        Literal["difference", "figure"],
        Meta(
            description="How figures are set. `difference` adds or takes away what is missing, so "
            "that a sale in between is not undone. `figure` writes the figure itself, for shops "
            "whose plugins do not know `inventory_delta`."
        ),
    ] = "difference"


class _Product(msgspec.Struct, frozen=True):
    id: int
    name: str = ""
    sku: str | None = None
    type: str = "simple"


class _Stock(msgspec.Struct, frozen=True):
    id: int
    manage_stock: bool | str = False
    stock_quantity: float | None = None


class _Deleted(msgspec.Struct, frozen=True):
    id: int


async def check(remote: Remote) -> Standing:
    """Whether the key lets us read orders and products. Whether it may write is only seen when it
    does."""
    query = {"per_page": "1", "_fields": "id"}
    await get(remote, "/orders", query)
    await get(remote, "/products", query)
    return Standing(account=urlsplit(remote.settings.url).hostname or remote.settings.url)


async def items(remote: Remote, cursor: str | None) -> ItemPage:
    """A page of the products, with all variations of each. Orders name the variation; stock names
    the product besides, because its address begins with it."""
    page = int(cursor or 1)
    query = {"per_page": str(PRODUCTS_PAGE), "_fields": ITEM_FIELDS, **in_order(page)}
    answer = await get(remote, "/products", query)
    found: list[RemoteItem] = []
    for product in answer.json(list[_Product]):
        if product.type != "variable":
            found.append(_item(product, str(product.id), product.name))
            continue
        for each in await _variations(remote, product.id):
            name = f"{product.name} {each.name}".strip()
            found.append(_item(each, f"{product.id}:{each.id}", name))
    return ItemPage(items=found, cursor=str(page + 1) if page < pages_of(answer) else None)


def receive(setup: Setup, delivery: Delivery) -> Received:
    """Verify a webhook: ``X-WC-Webhook-Signature`` is the base64 of the HMAC-SHA256 of the raw body
    under the webhook's secret (https://developer.woocommerce.com/docs/apis/rest-api/v3/webhooks).
    No time is signed. What a shop sends when a webhook is saved is not signed either; it says
    nothing, and is taken so that the webhook is."""
    if "x-wc-webhook-signature" not in delivery.headers and _PING.fullmatch(delivery.body):
        return Received(message_id="ping", topic="ping")
    key = setup.secret("webhook_secret").encode()
    wanted = base64.b64encode(hmac.new(key, delivery.body, hashlib.sha256).digest())
    given = delivery.headers.get("x-wc-webhook-signature", "").encode("latin-1")
    if not hmac.compare_digest(wanted, given):
        raise NotGenuine("X-WC-Webhook-Signature is not that of this body")
    message_id = delivery.headers.get("x-wc-webhook-delivery-id", "")
    if not message_id:
        raise NotGenuine("X-WC-Webhook-Delivery-ID is missing")
    return Received(message_id=message_id, topic=delivery.headers.get("x-wc-webhook-topic", ""))


async def read(remote: Remote, told: Told) -> Sequence[Fact]:
    """What a webhook means. An order names its refunds; what is in them is asked for."""
    match told.topic:
        case "order.created" | "order.updated" | "order.restored":
            order = msgspec.json.decode(told.body, type=OrderTold)
            return [sale_of(order, await _refunds(remote, order))]
        case "order.deleted":
            deleted = msgspec.json.decode(told.body, type=_Deleted)
            return [RemoteSaleCancelled(id=str(deleted.id))]
    return []


async def sales(remote: Remote, since: datetime.datetime, cursor: str | None) -> SalePage:
    """A page of the orders that changed at or after a time, in the order of their changes.

    An order that changes meanwhile moves to the end, and all behind it one place forward; so the
    next page begins at the time where this one ends, and not after so many orders.
    """
    start, page = _place_of(cursor) if cursor else (since.astimezone(datetime.UTC), 1)
    query = {
        "modified_after": (start - datetime.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S"),
        "dates_are_gmt": "true",
        "orderby": "modified",
        "order": "asc",
        "per_page": str(ORDERS_PAGE),
        "page": str(page),
        "_fields": ORDER_FIELDS,
    }
    answer = await get(remote, "/orders", query)
    orders: list[OrderTold] = answer.json(list[OrderTold])
    found = [sale_of(order, await _refunds(remote, order)) for order in orders]
    if page >= pages_of(answer) or not orders:
        return SalePage(sales=found)
    last = moment(orders[-1].date_modified_gmt)
    place = (last, 1) if last > start.replace(microsecond=0) else (start, page + 1)
    return SalePage(sales=found, cursor=f"{place[0].isoformat()} {place[1]}")


async def levels(remote: Remote, asked: Sequence[tuple[str, str]]) -> Sequence[RemoteLevel]:
    """The figures of products and variations. One whose stock is not counted is below nothing,
    which is not what anybody wants, so that it is counted from then on."""
    found = []
    for parent, children in _by_parent([item for item, _ in asked]).items():
        path = "/products" if parent is None else f"/products/{parent}/variations"
        for first in range(0, len(children), PAGE_LIMIT):
            part = children[first : first + PAGE_LIMIT]
            query = {"include": ",".join(part), "_fields": STOCK_FIELDS}
            for each in await all_listed(remote, path, query, _Stock):
                item = str(each.id) if parent is None else f"{parent}:{each.id}"
                found.append(_level(item, each))
    return found


async def write(remote: Remote, wanted: Sequence[Wanted]) -> Sequence[Written]:
    """Set figures, a batch for the products and one for the variations of each product
    (``/products/batch``, ``/products/<id>/variations/batch``; 100 at most)."""
    by_item = {each.item: each for each in wanted}
    written: list[Written] = []
    for parent, children in _by_parent(list(by_item)).items():
        path = "/products/batch" if parent is None else f"/products/{parent}/variations/batch"
        names = {int(each): each if parent is None else f"{parent}:{each}" for each in children}
        body = {
            "update": [
                _update(remote.settings, number, by_item[name]) for number, name in names.items()
            ]
        }
        answer = await send(remote, "POST", path, body, {"_fields": "update"})
        done = answer.json(dict[str, Any]).get("update") or []
        errors = {int(each["id"]): each["error"] for each in done if each.get("error")}
        for number, name in names.items():
            error = errors.get(number)
            problem = None if error is None else str(error.get("message") or error.get("code"))
            status = "taken" if error is None else "refused"
            written.append(
                Written(item=name, place=by_item[name].place, status=status, problem=problem)
            )
    return written


def refuse(settings: WooSettings) -> None:
    """Refuse what is no address of a shop."""
    parts = urlsplit(settings.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("url: write https:// and a host, without a user")
    if parts.query or parts.fragment:
        raise ValueError("url: leave out what stands after the path")


def _update(settings: WooSettings, number: int, wanted: Wanted) -> dict[str, Any]:
    update: dict[str, Any] = {"id": number, "manage_stock": True}
    if settings.write_as == "difference" and wanted.found.mark == "counted":
        return {**update, "inventory_delta": wanted.quantity - wanted.found.quantity}
    return {**update, "stock_quantity": wanted.quantity}


def _level(item: str, stock: _Stock) -> RemoteLevel:
    # A variation says "parent" where its product's stock is counted instead of its own.
    if stock.manage_stock is not True or stock.stock_quantity is None:
        return RemoteLevel(item=item, place=ONE_PLACE, quantity=NOT_COUNTED, mark="not counted")
    return RemoteLevel(
        item=item, place=ONE_PLACE, quantity=int(stock.stock_quantity), mark="counted"
    )


def _item(product: _Product, stock_id: str, name: str) -> RemoteItem:
    return RemoteItem(
        id=str(product.id), stock_id=stock_id, sku=product.sku or None, name=name or stock_id
    )


async def _variations(remote: Remote, product: int) -> list[_Product]:
    query = {"_fields": "id,sku,name"}
    return await all_listed(remote, f"/products/{product}/variations", query, _Product)


async def _refunds(remote: Remote, order: OrderTold) -> list[RefundTold]:
    if not order.refunds:
        return []
    path = f"/orders/{order.id}/refunds"
    return await all_listed(remote, path, {"_fields": REFUND_FIELDS}, RefundTold)


def _by_parent(items: Sequence[str]) -> dict[str | None, list[str]]:
    found: dict[str | None, list[str]] = {}
    for item in dict.fromkeys(items):
        parent, colon, child = item.partition(":")
        found.setdefault(parent if colon else None, []).append(child if colon else parent)
    return found


def _place_of(cursor: str) -> tuple[datetime.datetime, int]:
    time, _, page = cursor.partition(" ")
    return datetime.datetime.fromisoformat(time), int(page)


ADAPTER = Adapter(
    name="woocommerce",
    title="WooCommerce",
    settings=WooSettings,
    secrets={
        "consumer_key": Secret(description="The consumer key of a REST API key, read and write."),
        "consumer_secret": Secret(description="The consumer secret of the same key."),
        "webhook_secret": Secret(
            description="The secret that the shop's webhooks are signed with.", required=False
        ),
    },
    target=("url",),
    pace=lambda settings: Pace(settings.requests_per_second, 10),
    check=check,
    items=items,
    receive=receive,
    read=read,
    sales=sales,
    levels=levels,
    write=write,
    write_limit=WRITE_LIMIT,
    refuse=refuse,
)
