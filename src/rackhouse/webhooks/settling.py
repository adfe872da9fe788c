"""Settling: the outlet of a webhook is what the webhook asks for, also after a crash between."""

import structlog

from rackhouse.outlets import (
    Outlet,
    Place,
    change_outlet,
    close_outlet,
    open_outlet,
    pause_outlet,
    resume_outlet,
)
from rackhouse.platform.context import Context
from rackhouse.webhooks import store
from rackhouse.webhooks.endpoint import Beginning, Endpoint
from rackhouse.webhooks.sending import KIND

__all__ = ["settle", "settle_webhooks"]

UNSETTLED_LIMIT = 100
NOT_ENABLED = "the webhook is not enabled"

_log = structlog.get_logger(__name__)


async def settle_webhooks(*, context: Context) -> None:
    """Finish what was cut off between a webhook and its outlet."""
    async with context.house.database("webhooks").reading() as tx:
        unsettled = await store.unsettled_endpoints(tx, limit=UNSETTLED_LIMIT)
    for endpoint in unsettled:
        try:
            await settle(context, endpoint)
        except Exception:
            _log.exception("webhook_not_settled", webhook=endpoint.id)


async def settle(context: Context, endpoint: Endpoint) -> None:
    """Let the outlet of a webhook be what the webhook asks for. Done twice, it changes nothing."""
    acting = Context.of_service(context.house, "webhooks", frozenset({"outlets:write"}))
    if endpoint.removed:
        await close_outlet(context=acting, outlet_id=endpoint.id)
    else:
        await _settle_outlet(acting, endpoint)
    async with context.house.database("webhooks").transaction() as tx:
        await store.settle(tx, endpoint.id, endpoint.version)


async def _settle_outlet(acting: Context, endpoint: Endpoint) -> None:
    terms = endpoint.terms
    outlet: Outlet = await open_outlet(
        context=acting,
        outlet_id=endpoint.id,
        kind=KIND.name,
        name=terms.description,
        channel=endpoint.channel,
        filter_values=terms.filter,
        hears_orders=endpoint.hears_orders,
        conflate_after=terms.conflate_after,
        signals=terms.signals,
        place=_place(endpoint.begins),
    )
    outlet = await change_outlet(
        context=acting,
        outlet_id=endpoint.id,
        name=terms.description,
        filter_values=terms.filter,
        conflate_after=terms.conflate_after,
        signals=terms.signals,
    )
    if not terms.enabled:
        await pause_outlet(context=acting, outlet_id=endpoint.id, reason=NOT_ENABLED)
    elif outlet.state == "disabled" or outlet.reason == NOT_ENABLED:
        await resume_outlet(context=acting, outlet_id=endpoint.id)


def _place(begins: Beginning) -> Place:
    """Where its outlet begins: a cursor is newer than any snapshot, as in streams."""
    return Place(cursor=begins.cursor, snapshot=begins.snapshot and begins.cursor is None)
