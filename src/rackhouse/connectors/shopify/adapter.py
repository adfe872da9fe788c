"""The adapter of Shopify."""

import base64
import datetime
import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

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
)
from rackhouse.connectors.facts import Fact, RemoteFigures, RemoteItem, RemoteLevel, RemotePlace
from rackhouse.connectors.remote import Misunderstood, Pace, Remote, Setup
from rackhouse.connectors.shopify import queries
from rackhouse.connectors.shopify.graphql import ask, gid
from rackhouse.connectors.shopify.stock import levels, write
from rackhouse.connectors.shopify.told import (
    LevelTold,
    OrderTold,
    RefundTold,
    refunds_of,
    sale_of,
    sale_of_node,
)

__all__ = ["ADAPTER"]

NEEDED_SCOPES = (
    "read_orders",
    "read_products",
    "read_locations",
    "read_inventory",
    "write_inventory",
)
ITEMS_PAGE = 100
PLACES_PAGE = 50
ORDERS_PAGE = 10
LINES_USUAL, PARCELS_USUAL = 10, 3
LINES_LIMIT, PARCELS_LIMIT = 100, 9
WRITE_LIMIT = 100


class ShopifySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which shop, and how to speak to it."""

    shop: Annotated[
        str,
        Meta(
            pattern="^[a-z0-9][a-z0-9-]*\\.myshopify\\.com$",
            max_length=255,
            description="The shop's own domain, such as `our-shop.myshopify.com`.",
        ),
    ]
    api_version: Annotated[
        str,
        Meta(
            pattern="^20[2-9][0-9]-(01|04|07|10)$",
            description="The version of the Admin API; 2024-07 or later.",
        ),
    ] = "2026-04"
    url: Annotated[
        str | None,
        Meta(description="Another base URL than that of the shop, as of a simulator."),
    ] = None


async def check(remote: Remote) -> Standing:
    """Who the shop is, and which scopes our token has not."""
    data = await ask(remote, queries.ACCOUNT, {})
    held = {each["handle"] for each in data["currentAppInstallation"]["accessScopes"]}
    # To write is to be allowed to read (https://shopify.dev/docs/api/usage/access-scopes).
    held |= {handle.replace("write_", "read_", 1) for handle in held}
    shop = data["shop"]
    return Standing(
        account=f"{shop['name']} ({shop['myshopifyDomain']})",
        missing=tuple(scope for scope in NEEDED_SCOPES if scope not in held),
    )


async def items(remote: Remote, cursor: str | None) -> ItemPage:
    """A page of the variants. Orders name the variant, stock its inventory item."""
    data = await ask(remote, queries.ITEMS, {"first": ITEMS_PAGE, "after": cursor})
    page = data["productVariants"]
    found = [
        RemoteItem(
            id=str(node["legacyResourceId"]),
            stock_id=str(node["inventoryItem"]["legacyResourceId"]),
            sku=node["sku"] or None,
            name=node["displayName"],
        )
        for node in page["nodes"]
    ]
    return ItemPage(items=found, cursor=_next(page))


async def places(remote: Remote) -> Sequence[RemotePlace]:
    """The shop's locations."""
    found: list[RemotePlace] = []
    cursor: str | None = None
    while True:
        data = await ask(remote, queries.PLACES, {"first": PLACES_PAGE, "after": cursor})
        page = data["locations"]
        found += [
            RemotePlace(id=str(node["legacyResourceId"]), name=node["name"])
            for node in page["nodes"]
        ]
        cursor = _next(page)
        if cursor is None:
            return found


def receive(setup: Setup, delivery: Delivery) -> Received:
    """Verify a webhook: ``X-Shopify-Hmac-Sha256`` is the base64 of the HMAC-SHA256 of the raw body
    under the app's client secret; ``X-Shopify-Webhook-Id`` stays the same when it is sent again
    (https://shopify.dev/docs/apps/build/webhooks/subscribe/https). The protocol signs no time, so
    what was sent before is told by its id alone."""
    key = setup.secret("client_secret").encode()
    wanted = base64.b64encode(hmac.new(key, delivery.body, hashlib.sha256).digest())
    given = delivery.headers.get("x-shopify-hmac-sha256", "").encode("latin-1")
    if not hmac.compare_digest(wanted, given):
        raise NotGenuine("X-Shopify-Hmac-Sha256 is not that of this body")
    shop = delivery.headers.get("x-shopify-shop-domain", setup.settings.shop)
    if shop.lower() != setup.settings.shop:
        raise NotGenuine("it is of another shop")
    message_id = delivery.headers.get("x-shopify-webhook-id", "")
    if not message_id:
        raise NotGenuine("X-Shopify-Webhook-Id is missing")
    return Received(message_id=message_id, topic=delivery.headers.get("x-shopify-topic", ""))


async def read(remote: Remote, told: Told) -> Sequence[Fact]:
    """What a webhook means; topics that were not asked for mean nothing."""
    match told.topic:
        case "orders/create" | "orders/updated" | "orders/cancelled":
            return [sale_of(msgspec.json.decode(told.body, type=OrderTold))]
        case "refunds/create":
            return refunds_of(msgspec.json.decode(told.body, type=RefundTold))
        case "inventory_levels/update":
            return _figures(msgspec.json.decode(told.body, type=LevelTold))
    return []


async def sales(remote: Remote, since: datetime.datetime, cursor: str | None) -> SalePage:
    """A page of the orders that changed at or after a time, in the order of their changes."""
    moment = since.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    variables = {
        "first": ORDERS_PAGE,
        "after": cursor,
        "query": f"updated_at:>='{moment}'",
        "lines": LINES_USUAL,
        "parcels": PARCELS_USUAL,
    }
    page = (await ask(remote, queries.ORDERS, variables))["orders"]
    nodes = [await _whole(remote, node) for node in page["nodes"]]
    return SalePage(sales=[sale_of_node(node) for node in nodes], cursor=_next(page))


def refuse(settings: ShopifySettings) -> None:
    """Refuse a version without compare-and-set, and what is no URL."""
    if settings.api_version < "2024-07":
        raise ValueError("api_version: inventorySetQuantities came with 2024-07; use a later one")
    if settings.url is not None:
        parts = urlsplit(settings.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError("url: write http:// or https:// and a host, without a user")


async def _whole(remote: Remote, node: dict[str, Any]) -> dict[str, Any]:
    """An order with all of its lines, parcels and refunds."""
    whole = dict(node)
    named: dict[str, Any] = {"ids": [gid("Order", str(node["legacyResourceId"]))]}
    page = node["lineItems"]
    lines = list(page["nodes"])
    while (after := _next(page)) is not None:
        variables = {**named, "lines": LINES_LIMIT, "after": after}
        (more,) = (await ask(remote, queries.LINES, variables))["nodes"]
        page = more["lineItems"]
        lines += page["nodes"]
    whole["lineItems"] = {"nodes": lines}
    long = len(lines) > LINES_USUAL
    for part, query in (("fulfillments", queries.FULFILLMENTS), ("refunds", queries.REFUNDS)):
        if node[part] and (long or len(node[part]) >= PARCELS_USUAL):
            variables = {**named, "lines": LINES_LIMIT, "parcels": PARCELS_LIMIT}
            (more,) = (await ask(remote, query, variables))["nodes"]
            whole[part] = more[part]
            if len(lines) > LINES_LIMIT or len(more[part]) >= PARCELS_LIMIT:
                raise Misunderstood(f"the order {node['name']} is too long to be read")
    return whole


def _figures(level: LevelTold) -> list[Fact]:
    if level.available is None:
        return []  # it is not counted there any more
    told = RemoteLevel(
        item=str(level.inventory_item_id),
        place=str(level.location_id),
        quantity=level.available,
    )
    return [RemoteFigures(levels=(told,), as_of=level.updated_at)]


def _next(page: dict[str, Any]) -> str | None:
    info = page["pageInfo"]
    return str(info["endCursor"]) if info["hasNextPage"] else None


ADAPTER = Adapter(
    name="shopify",
    title="Shopify",
    settings=ShopifySettings,
    secrets={
        "access_token": Secret(description="The Admin API access token of the app."),
        "client_secret": Secret(
            description="The client secret of the app, under which webhooks are signed."
        ),
    },
    target=("shop", "url"),
    pace=lambda _: Pace(40, 40),
    check=check,
    items=items,
    places=places,
    receive=receive,
    read=read,
    sales=sales,
    levels=levels,
    write=write,
    write_limit=WRITE_LIMIT,
    compares=True,
    refuse=refuse,
)
