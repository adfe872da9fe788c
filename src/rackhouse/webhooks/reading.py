"""Reading webhooks: how they do, and what came of their deliveries."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.outlets import Lag, OutletNotFound, OutletStatus, outlet_status
from rackhouse.platform.context import Context, operation
from rackhouse.webhooks import store
from rackhouse.webhooks.endpoint import Attempt, Endpoint, Webhook
from rackhouse.webhooks.endpoints import own_endpoint

__all__ = ["AttemptPlace", "attempt_page", "read_webhook", "shown", "webhook_page"]


class AttemptPlace(msgspec.Struct, frozen=True):
    """Where a page of attempts ended."""

    attempted_at: datetime.datetime
    id: str


@operation("webhooks:read")
async def read_webhook(*, context: Context, webhook_id: str) -> Webhook:
    """A webhook; refuses with `WebhookNotFound`, also one that is not the caller's own."""
    return await shown(context, await own_endpoint(context, webhook_id))


@operation("webhooks:read")
async def webhook_page(*, context: Context, after: str | None, limit: int) -> Sequence[Webhook]:
    """Webhooks in the order of their ids; who acts for a channel sees that channel's."""
    async with context.house.database("webhooks").reading() as tx:
        found = await store.endpoint_page(
            tx, after=after, channel=context.caller.channel, limit=limit
        )
    return [await shown(context, each) for each in found]


@operation("webhooks:read")
async def attempt_page(
    *, context: Context, webhook_id: str, before: AttemptPlace | None, limit: int
) -> list[Attempt]:
    """Attempts to deliver to a webhook, the newest first; refuses with `WebhookNotFound`."""
    await own_endpoint(context, webhook_id)
    async with context.house.database("webhooks").reading() as tx:
        return await store.attempt_page(
            tx,
            webhook_id,
            before=(before.attempted_at, before.id) if before else None,
            limit=limit,
        )


async def shown(context: Context, endpoint: Endpoint) -> Webhook:
    """A webhook with how it does."""
    async with context.house.database("webhooks").reading() as tx:
        secrets = await store.secrets_in_use(tx, endpoint.id)
    status = await _status(context, endpoint)
    return Webhook(
        id=endpoint.id,
        url=endpoint.terms.url,
        description=endpoint.terms.description,
        format=endpoint.terms.format,
        filter=endpoint.terms.filter,
        conflate_after=endpoint.terms.conflate_after,
        signals=endpoint.terms.signals,
        enabled=endpoint.terms.enabled,
        channel=endpoint.channel,
        added_at=endpoint.added_at,
        version=endpoint.version,
        secrets=len(secrets),
        state=status.state if status else "opening",
        reason=status.reason if status else "",
        problem=status.problem if status else "",
        lag=status.lag if status else Lag(events=0, seconds=0.0, exact=False),
        dead_letters=status.dead_letters if status else 0,
    )


async def _status(context: Context, endpoint: Endpoint) -> OutletStatus | None:
    acting = Context.of_service(context.house, "webhooks", frozenset({"outlets:read"}))
    try:
        return await outlet_status(context=acting, outlet_id=endpoint.id)
    except OutletNotFound:
        return None
