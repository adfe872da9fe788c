"""The adapter of Square."""

import base64
import datetime
import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated, Any

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
from rackhouse.connectors.remote import Misunderstood, Pace, Remote, Setup
from rackhouse.connectors.square.told import (
    IN_STOCK,
    CountTold,
    EventTold,
    OrderTold,
    facts_of,
    level_of,
)
from rackhouse.platform.ids import derived_id

__all__ = ["ADAPTER"]

NEEDED_SCOPES = ("ITEMS_READ", "INVENTORY_READ", "INVENTORY_WRITE", "MERCHANT_PROFILE_READ")
ORDERS_SCOPE = "ORDERS_READ"
LOCATIONS_LIMIT = 10
ORDERS_PAGE = 100
WRITE_LIMIT = 100
# A count may be dated back by a day at most; an hour less, for clocks that are apart.
OLDEST = datetime.timedelta(hours=23)
JUST_AFTER = datetime.timedelta(milliseconds=1)

Location = Annotated[str, Meta(min_length=1, max_length=50, pattern="^[A-Za-z0-9_-]+$")]


class SquareSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which locations of a seller, and how to speak to Square."""

    locations: Annotated[
        tuple[Location, ...],
        Meta(
            min_length=1,
            max_length=LOCATIONS_LIMIT,
            description="The ids of the locations whose tills are connected.",
        ),
    ]
    notification_url: Annotated[
        str | None,
        Meta(
            description="The URL that Square was given for its webhooks, to the letter, because "
            "it is signed with them. Unset: the connection's inbox below the public URL.",
        ),
    ] = None
    version: Annotated[
        str,
        Meta(
            pattern="^20[2-9][0-9]-[01][0-9]-[0-3][0-9]$",
            description="The version of Square's API.",
        ),
    ] = "2025-10-16"
    url: Annotated[
        str,
        Meta(max_length=500, description="Square's base URL; another one for its sandbox."),
    ] = "https://connect.squareup.com"


class _Orders(msgspec.Struct, frozen=True):
    orders: list[OrderTold] = []
    cursor: str | None = None


class _Counts(msgspec.Struct, frozen=True):
    counts: list[CountTold] = []
    cursor: str | None = None


async def check(remote: Remote) -> Standing:
    """Who the seller is, and what our token may not do
    (https://developer.squareup.com/reference/square/o-auth-api/retrieve-token-status)."""
    token = await _send(remote, "POST", "/oauth2/token/status", {})
    merchant = (await _send(remote, "GET", "/v2/merchants/me"))["merchant"]
    held = token.get("scopes") or []
    needed = (*NEEDED_SCOPES, ORDERS_SCOPE)
    return Standing(
        account=f"{merchant.get('business_name')} ({merchant['id']})",
        missing=tuple(scope for scope in needed if scope not in held),
    )


async def items(remote: Remote, cursor: str | None) -> ItemPage:
    """A page of the item variations."""
    query = {"types": "ITEM_VARIATION", **({} if cursor is None else {"cursor": cursor})}
    page = await _send(remote, "GET", "/v2/catalog/list", query=query)
    found = []
    for each in page.get("objects", []):
        data = each.get("item_variation_data") or {}
        name = data.get("name") or each["id"]
        found.append(RemoteItem(id=each["id"], sku=data.get("sku") or None, name=name))
    return ItemPage(items=found, cursor=page.get("cursor"))


async def places(remote: Remote) -> Sequence[RemotePlace]:
    """The locations that are connected."""
    found = (await _send(remote, "GET", "/v2/locations")).get("locations", [])
    return [
        RemotePlace(id=each["id"], name=each.get("name") or each["id"])
        for each in found
        if each["id"] in remote.settings.locations
    ]


def receive(setup: Setup, delivery: Delivery) -> Received:
    """Verify a webhook: ``x-square-hmacsha256-signature`` is the base64 of the HMAC-SHA256 of the
    notification URL and the raw body, under the subscription's signature key
    (https://developer.squareup.com/docs/webhooks/step3validate). ``event_id`` stays the same when
    it is sent again."""
    url = setup.settings.notification_url or delivery.url
    key = setup.secret("signature_key").encode()
    signed = hmac.new(key, url.encode() + delivery.body, hashlib.sha256).digest()
    given = delivery.headers.get("x-square-hmacsha256-signature", "").encode("latin-1")
    if not hmac.compare_digest(base64.b64encode(signed), given):
        raise NotGenuine("the signature is not that of this URL and body")
    try:
        event = msgspec.json.decode(delivery.body, type=EventTold)
    except msgspec.MsgspecError as error:
        raise NotGenuine("it is not an event of Square") from error
    return Received(message_id=event.event_id, topic=event.type)


async def read(remote: Remote, told: Told) -> Sequence[Fact]:
    """What an event means. Of orders it names only which one changed; that one is asked for."""
    event = msgspec.json.decode(told.body, type=EventTold)
    content = event.data.get("object") or {}
    if event.type == "inventory.count.updated":
        counts = msgspec.convert(content.get("inventory_counts", []), list[CountTold])
        there = [each for each in counts if each.state == IN_STOCK]
        if not there:
            return []
        levels = tuple(level_of(each) for each in there)
        return [RemoteFigures(levels=levels, as_of=max(x.calculated_at for x in there))]
    if event.type.startswith(("order.", "payment.", "refund.")):
        order_ids = sorted({x["order_id"] for x in content.values() if x.get("order_id")})
        return await _facts_of_orders(remote, order_ids) if order_ids else []
    return []


async def sales(remote: Remote, since: datetime.datetime, cursor: str | None) -> SalePage:
    """A page of the orders that changed at or after a time
    (https://developer.squareup.com/reference/square/orders-api/search-orders)."""
    body: dict[str, Any] = {
        "location_ids": list(remote.settings.locations),
        "limit": ORDERS_PAGE,
        "query": {
            "filter": {"date_time_filter": {"updated_at": {"start_at": since.isoformat()}}},
            "sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"},
        },
    }
    if cursor is not None:
        body["cursor"] = cursor
    answer = await _send(remote, "POST", "/v2/orders/search", body)
    page = msgspec.convert(answer, _Orders)
    facts = [fact for order in page.orders for fact in facts_of(order)]
    return SalePage(sales=facts, cursor=page.cursor)


async def levels(remote: Remote, asked: Sequence[tuple[str, str]]) -> Sequence[RemoteLevel]:
    """What is in stock (https://developer.squareup.com/reference/square/inventory-api). What was
    never counted has none."""
    wanted = dict.fromkeys(asked)
    body: dict[str, Any] = {
        "catalog_object_ids": list(dict.fromkeys(item for item, _ in asked)),
        "location_ids": list(dict.fromkeys(place for _, place in asked)),
        "states": [IN_STOCK],
    }
    found: dict[tuple[str, str], RemoteLevel] = {}
    while True:
        answer = await _send(remote, "POST", "/v2/inventory/counts/batch-retrieve", body)
        page = msgspec.convert(answer, _Counts)
        for count in page.counts:
            found[count.catalog_object_id, count.location_id] = level_of(count)
        if page.cursor is None:
            break
        body["cursor"] = page.cursor
    return [
        found.get((item, place)) or RemoteLevel(item=item, place=place, quantity=0)
        for item, place in wanted
    ]


async def write(remote: Remote, wanted: Sequence[Wanted]) -> Sequence[Written]:
    """Set counts as of just after the last change that they were read with.

    Square has no compare-and-set, but applies changes in the order of their times: what it sells
    after that moment is taken from the new count, also when it was sold before this came.
    """
    oldest = datetime.datetime.now(datetime.UTC) - OLDEST
    changes = [
        {
            "type": "PHYSICAL_COUNT",
            "physical_count": {
                "catalog_object_id": each.item,
                "location_id": each.place,
                "state": IN_STOCK,
                "quantity": str(each.quantity),
                "occurred_at": max(_read_at(each) + JUST_AFTER, oldest).isoformat(),
            },
        }
        for each in wanted
    ]
    body = {
        "idempotency_key": derived_id("square", *(each.key for each in wanted)),
        "changes": changes,
        "ignore_unchanged_counts": True,
    }
    await _send(remote, "POST", "/v2/inventory/changes/batch-create", body)
    return [Written(item=each.item, place=each.place, status="taken") for each in wanted]


async def _facts_of_orders(remote: Remote, order_ids: Sequence[str]) -> Sequence[Fact]:
    body = {"order_ids": list(order_ids)}
    answer = await _send(remote, "POST", "/v2/orders/batch-retrieve", body)
    orders = msgspec.convert(answer, _Orders).orders
    return [
        fact
        for order in orders
        if order.location_id in remote.settings.locations
        for fact in facts_of(order)
    ]


def _read_at(wanted: Wanted) -> datetime.datetime:
    mark = wanted.found.mark
    if mark is None:
        return datetime.datetime.min.replace(tzinfo=datetime.UTC)
    return datetime.datetime.fromisoformat(mark)


async def _send(
    remote: Remote,
    method: str,
    path: str,
    body: Any = None,
    query: dict[str, str] | None = None,
) -> dict[str, Any]:
    headers = {
        "authorization": f"Bearer {remote.secret('access_token')}",
        "square-version": remote.settings.version,
    }
    url = remote.settings.url.rstrip("/") + path
    answer = await remote.request(method, url, headers=headers, json=body, query=query)
    told: dict[str, Any] = answer.json(dict[str, Any])
    if answer.status != 200:
        errors = told.get("errors") or [{}]
        details = "; ".join(str(each.get("detail") or each.get("code")) for each in errors)
        raise Misunderstood(f"Square answered {answer.status} to {path}: {details}")
    return told


ADAPTER = Adapter(
    name="square",
    title="Square Point of Sale",
    settings=SquareSettings,
    secrets={
        "access_token": Secret(description="The access token of the seller's account."),
        "signature_key": Secret(description="The signature key of the webhook subscription."),
    },
    target=("url",),
    pace=lambda _: Pace(10, 20),
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
)
