"""Adding, changing, testing and removing webhooks, and rotating their secrets."""

import datetime
import time
from urllib.parse import urlsplit

import msgspec
import structlog

from rackhouse.feeds import usable_cursor
from rackhouse.inventory import OtherChannel
from rackhouse.outlets import (
    Message,
    refuse_unfit_outlet,
)
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.ids import is_uuid, new_id
from rackhouse.platform.outbound import Outbound, TargetForbidden
from rackhouse.platform.sealed_answers import claim_sealed, remember_sealed
from rackhouse.platform.store import server_time
from rackhouse.webhooks import store
from rackhouse.webhooks.bodies import SINGLE, cloud_event
from rackhouse.webhooks.endpoint import Beginning, Endpoint, NewWebhook, Secret, Terms, Tested
from rackhouse.webhooks.errors import (
    CustomersHaveNoWebhooks,
    InvalidWebhook,
    TooManyWebhookSecrets,
    WebhookNotFound,
    WebhooksAtLimit,
    WebhookTargetForbidden,
)
from rackhouse.webhooks.events import (
    LOG,
    WebhookAdded,
    WebhookChanged,
    WebhookEvent,
    WebhookRemoved,
    WebhookSecretRotated,
)
from rackhouse.webhooks.sending import deliver, open_secrets
from rackhouse.webhooks.settling import settle
from rackhouse.webhooks.signing import new_secret, text_of

__all__ = [
    "add_webhook",
    "change_webhook",
    "own_endpoint",
    "remove_webhook",
    "rotate_webhook_secret",
    "test_webhook",
]

WEBHOOKS_LIMIT = 500
SECRETS_LIMIT = 5
OVERLAP_LIMIT_SECONDS = 7 * 86_400

_log = structlog.get_logger(__name__)


@operation("webhooks:write")
async def add_webhook(
    *, context: Context, terms: Terms, channel: str | None, begins: Beginning
) -> NewWebhook:
    """Add a webhook, which is told of what comes, of what follows a cursor, or of the stock as it
    is and then of what comes.

    With a channel it hears what that channel may hear; a caller that acts for one adds webhooks of
    that one. It needs the permission to follow streams, too, and hears of orders if the caller may
    read them. The secret is shown this one time. Refuses with `PermissionMissing`, `OtherChannel`,
    `CustomersHaveNoWebhooks`, `WebhookTargetForbidden`, `WebhooksAtLimit`, and what outlets refuse
    of names, channels, filters and cursors.
    """
    channel = _of_caller(context, terms, channel)
    await _refuse_unfit(context, terms, channel)
    if begins.cursor is not None:
        await usable_cursor(house=context.house, cursor=begins.cursor)
    webhook_id, key = new_id(), new_secret()
    new = NewWebhook(id=webhook_id, secret=text_of(key))
    async with context.house.database("webhooks").transaction() as tx:
        await claim_sealed(tx, context.house, context.idempotency)
        await store.lock_endpoints(tx)
        if await store.count_endpoints(tx) >= WEBHOOKS_LIMIT:
            raise WebhooksAtLimit(limit=WEBHOOKS_LIMIT)
        now = await server_time(tx)
        endpoint = Endpoint(
            id=webhook_id,
            terms=terms,
            channel=channel,
            hears_orders="orders:read" in context.caller.permissions,
            begins=begins,
            added_at=now,
            version=0,
            removed=False,
        )
        added = WebhookAdded(host=_host(terms), format=terms.format, follows=channel)
        endpoint = await _record(tx, context, endpoint, added, now)
        await store.insert_secret(tx, webhook_id, _sealed(context, webhook_id, key, now))
        await remember_sealed(tx, context.house, context.idempotency, new, answered_at=now)
    await settle(context, endpoint)
    return new


@operation("webhooks:write")
async def change_webhook(
    *, context: Context, webhook_id: str, terms: Terms, expected_version: int | None
) -> Endpoint:
    """Give a webhook other terms; the same terms change nothing. One that was disabled because its
    target was gone is enabled again.

    Refuses with `WebhookNotFound`, `VersionIsStale` (None expects any version),
    `WebhookTargetForbidden`, `InvalidWebhook`, and what outlets refuse of names and filters.
    """
    endpoint = await own_endpoint(context, webhook_id)
    await _refuse_unfit(context, terms, endpoint.channel)
    async with context.house.database("webhooks").transaction() as tx:
        endpoint = await _locked(tx, webhook_id)
        if expected_version not in (None, endpoint.version):
            raise VersionIsStale(current=endpoint.version)
        if endpoint.terms != terms:
            endpoint = msgspec.structs.replace(endpoint, terms=terms)
            changed = WebhookChanged(host=_host(terms), format=terms.format, enabled=terms.enabled)
            endpoint = await _record(tx, context, endpoint, changed, await server_time(tx))
    await settle(context, endpoint)
    return endpoint


@operation("webhooks:write")
async def remove_webhook(
    *, context: Context, webhook_id: str, expected_version: int | None
) -> None:
    """Remove a webhook for good, with its dead letters and its secrets.

    Refuses with `WebhookNotFound` and `VersionIsStale` (None expects any version).
    """
    await own_endpoint(context, webhook_id)
    async with context.house.database("webhooks").transaction() as tx:
        endpoint = await _locked(tx, webhook_id)
        if expected_version not in (None, endpoint.version):
            raise VersionIsStale(current=endpoint.version)
        endpoint = msgspec.structs.replace(endpoint, removed=True)
        endpoint = await _record(tx, context, endpoint, WebhookRemoved(), await server_time(tx))
    await settle(context, endpoint)


@operation("webhooks:write")
async def rotate_webhook_secret(
    *, context: Context, webhook_id: str, overlap_seconds: int
) -> NewWebhook:
    """Make a new secret, shown this one time. Those before sign too for ``overlap_seconds``, so
    that the target can change over without a break; with 0 they end at once.

    Refuses with `WebhookNotFound`, `InvalidWebhook` and `TooManyWebhookSecrets`.
    """
    if not 0 <= overlap_seconds <= OVERLAP_LIMIT_SECONDS:
        problem = f"say 0 to {OVERLAP_LIMIT_SECONDS} seconds"
        raise InvalidWebhook(field="overlap_seconds", problem=problem)
    await own_endpoint(context, webhook_id)
    key = new_secret()
    new = NewWebhook(id=webhook_id, secret=text_of(key))
    async with context.house.database("webhooks").transaction() as tx:
        await claim_sealed(tx, context.house, context.idempotency)
        endpoint = await _locked(tx, webhook_id)
        in_use = await store.secrets_in_use(tx, webhook_id)
        if overlap_seconds and len(in_use) >= SECRETS_LIMIT:
            raise TooManyWebhookSecrets(limit=SECRETS_LIMIT)
        now = await server_time(tx)
        retires_at = now + datetime.timedelta(seconds=overlap_seconds)
        await store.retire_secrets(tx, webhook_id, retires_at)
        await store.insert_secret(tx, webhook_id, _sealed(context, webhook_id, key, now))
        rotated = WebhookSecretRotated(overlap_seconds=overlap_seconds)
        endpoint = await _record(tx, context, endpoint, rotated, now)
        await remember_sealed(tx, context.house, context.idempotency, new, answered_at=now)
    await settle(context, endpoint)
    return new


@operation("webhooks:write")
async def test_webhook(*, context: Context, webhook_id: str) -> Tested:
    """Send a signed event of the type `rackhouse.test`, and say what came of it. Nothing is tried
    again. Refuses with `WebhookNotFound`."""
    endpoint = await own_endpoint(context, webhook_id)
    house = context.house
    async with house.database("webhooks").reading() as tx:
        secrets = await store.secrets_in_use(tx, webhook_id)
    message = Message(
        id=new_id(),
        type="test",
        log=None,
        stream=None,
        sequence=None,
        recorded_at=datetime.datetime.fromtimestamp(time.time(), datetime.UTC),
        cursor=None,
        body=msgspec.json.encode({"type": "test", "webhook": webhook_id}),
    )
    keys = open_secrets(house, webhook_id, secrets)
    body = cloud_event(message, house.settings.issuer)
    delivery = await deliver(house, endpoint, keys, message.id, SINGLE, body)
    return Tested(
        taken=not delivery.problem,
        message_id=message.id,
        status=delivery.status,
        milliseconds=round(delivery.seconds * 1000, 3),
        problem=delivery.problem,
        answer=delivery.answer,
    )


async def own_endpoint(context: Context, webhook_id: str) -> Endpoint:
    """A webhook that the caller may see; refuses with `WebhookNotFound`."""
    endpoint = None
    if is_uuid(webhook_id):
        async with context.house.database("webhooks").reading() as tx:
            endpoint = await store.read_endpoint(tx, webhook_id)
    own = context.caller.channel
    if endpoint is None or endpoint.removed or own not in (None, endpoint.channel):
        raise WebhookNotFound(webhook_id=webhook_id)
    return endpoint


def _of_caller(context: Context, terms: Terms, channel: str | None) -> str | None:
    """The channel that a webhook of the caller follows: what they may hear of in a stream, they may
    be sent."""
    caller, own = context.caller, context.caller.channel
    caller.require("stream:read")
    if caller.customer_id is not None:
        raise CustomersHaveNoWebhooks()
    if own is not None:
        for asked in (*terms.filter.get("channel", ()), channel or own):
            if asked != own:
                raise OtherChannel(channel=asked, own=own)
    return own or channel


async def _refuse_unfit(context: Context, terms: Terms, channel: str | None) -> None:
    try:
        context.house.the(Outbound).refuse_unfit(terms.url)
    except TargetForbidden as error:
        raise WebhookTargetForbidden(problem=str(error)) from error
    await refuse_unfit_outlet(
        context=context,
        name=terms.description,
        channel=channel,
        filter_values=terms.filter,
        conflate_after=terms.conflate_after,
    )


def _host(terms: Terms) -> str:
    """The host alone: the path and the query may hold something secret."""
    return urlsplit(terms.url).hostname or ""


def _sealed(context: Context, webhook_id: str, key: bytes, now: datetime.datetime) -> Secret:
    secret_id = new_id()
    sealed = context.house.secrets.seal(key, label=f"webhook:{webhook_id}:{secret_id}")
    return Secret(id=secret_id, sealed=sealed, made_at=now, retires_at=None)


async def _locked(tx: Transaction, webhook_id: str) -> Endpoint:
    await store.lock_endpoint(tx, webhook_id)
    endpoint = await store.read_endpoint(tx, webhook_id)
    if endpoint is None or endpoint.removed:
        raise WebhookNotFound(webhook_id=webhook_id)
    return endpoint


async def _record(
    tx: Transaction,
    context: Context,
    endpoint: Endpoint,
    event: WebhookEvent,
    now: datetime.datetime,
) -> Endpoint:
    after = msgspec.structs.replace(endpoint, version=endpoint.version + 1)
    await store.write_endpoint(tx, after)
    stream = f"webhook:{endpoint.id}"
    await LOG.append(tx, [NewEvent(stream, after.version, event, context, endpoint.channel)], now)
    return after
