"""Webhooks over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.catalog import ProductNotFound
from rackhouse.channels import ChannelNotFound
from rackhouse.feeds import CursorAhead, CursorTooOld, CursorUnreadable, EventTypeUnknown
from rackhouse.inventory import OtherChannel
from rackhouse.outlets import InvalidOutlet
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)
from rackhouse.webhooks import endpoints, reading
from rackhouse.webhooks.endpoint import Attempt, Beginning, NewWebhook, Terms, Tested, Webhook
from rackhouse.webhooks.errors import (
    CustomersHaveNoWebhooks,
    InvalidWebhook,
    TooManyWebhookSecrets,
    WebhookNotFound,
    WebhooksAtLimit,
    WebhookTargetForbidden,
)
from rackhouse.webhooks.reading import AttemptPlace

__all__ = ["ENDPOINTS"]

DAY_SECONDS = 86_400
_WEBHOOK_ID = {"webhook_id": "The id of the webhook, which is also that of its outlet."}
_NO_STORE = ((b"cache-control", b"no-store"),)


class WebhookRequest(Terms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook to add."""

    channel: Annotated[
        Annotated[str, Meta(min_length=1, max_length=64)] | None,
        Meta(description="Hear what this channel may hear, and nothing else."),
    ] = None
    snapshot: Annotated[
        bool, Meta(description="Begin with the stock as it is, then what comes.")
    ] = False
    cursor: Annotated[
        Annotated[str, Meta(max_length=500)] | None,
        Meta(
            description="Begin with what follows the message that has this cursor, whichever "
            "transport told it; then no snapshot is sent."
        ),
    ] = None

    def terms(self) -> Terms:
        """What may be changed later."""
        return Terms(**{field: getattr(self, field) for field in Terms.__struct_fields__})


class RotateBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long the secrets before sign too."""

    overlap_seconds: Annotated[
        int,
        Meta(ge=0, le=7 * DAY_SECONDS, description="0 ends the secrets before at once."),
    ] = DAY_SECONDS


async def get_webhooks(call: Call) -> Answer:
    """Webhooks and how they do. A caller bound to a channel sees that channel's."""
    query: PageQuery = call.query
    found = await reading.webhook_page(
        context=call.context, after=query.after(str), limit=query.limit + 1
    )
    return Answer(200, Page.of(found, query.limit, lambda last: last.id))


async def post_webhook(call: Call) -> NewWebhook:
    """Add a webhook. Its secret is not shown again; a retry with the same idempotency key gets it
    once more."""
    request: WebhookRequest = call.body
    return await endpoints.add_webhook(
        context=call.context,
        terms=request.terms(),
        channel=request.channel,
        begins=Beginning(cursor=request.cursor or None, snapshot=request.snapshot),
    )


async def get_webhook(call: Call) -> Answer:
    """One webhook, with its version as the ETag."""
    found = await reading.read_webhook(context=call.context, **call.path)
    return Answer(200, found, (entity_tag(found.version),))


async def put_webhook(call: Call) -> Answer:
    """Replace what is said of a webhook. It goes on from where it is."""
    changed = await endpoints.change_webhook(
        context=call.context, terms=call.body, expected_version=version_matched(call), **call.path
    )
    found = await reading.shown(call.context, changed)
    return Answer(200, found, (entity_tag(found.version),))


async def delete_webhook(call: Call) -> Answer:
    """Remove a webhook, with its dead letters."""
    await endpoints.remove_webhook(
        context=call.context, expected_version=version_matched(call), **call.path
    )
    return Answer(204)


async def post_webhook_secret(call: Call) -> NewWebhook:
    """Make another secret. Until the overlap is over, every request carries a signature by each."""
    body: RotateBody = call.body
    return await endpoints.rotate_webhook_secret(
        context=call.context, overlap_seconds=body.overlap_seconds, **call.path
    )


async def post_webhook_test(call: Call) -> Tested:
    """Send a signed event of the type `rackhouse.test` now, and say what came of it."""
    return await endpoints.test_webhook(context=call.context, **call.path)


async def get_webhook_attempts(call: Call) -> Answer:
    """What came of the deliveries, the newest first."""
    query: PageQuery = call.query
    found = await reading.attempt_page(
        context=call.context,
        before=query.after(AttemptPlace),
        limit=query.limit + 1,
        **call.path,
    )
    return Answer(
        200, Page.of(found, query.limit, lambda last: AttemptPlace(last.attempted_at, last.id))
    )


def _added(new: NewWebhook) -> Answer:
    location = (b"location", f"/api/v1/webhooks/{new.id}".encode())
    return Answer(201, new, (*_NO_STORE, location))


def _rotated(new: NewWebhook) -> Answer:
    return Answer(201, new, _NO_STORE)


def _tested(tested: Tested) -> Answer:
    return Answer(200, tested)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/webhooks",
        handler=get_webhooks,
        permission="webhooks:read",
        summary="List the webhooks and how they do",
        query=PageQuery,
        answers={200: Page[Webhook]},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/webhooks",
        handler=post_webhook,
        present=_added,
        permission="webhooks:write",
        summary="Add a webhook",
        body=WebhookRequest,
        answers={201: NewWebhook},
        refusals=(
            OtherChannel,
            CustomersHaveNoWebhooks,
            WebhookTargetForbidden,
            InvalidOutlet,
            EventTypeUnknown,
            ProductNotFound,
            ChannelNotFound,
            CursorUnreadable,
            CursorAhead,
            CursorTooOld,
            WebhooksAtLimit,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/webhooks/{webhook_id}",
        handler=get_webhook,
        permission="webhooks:read",
        summary="Read a webhook and how it does",
        answers={200: Webhook},
        refusals=(WebhookNotFound,),
        path_descriptions=_WEBHOOK_ID,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/webhooks/{webhook_id}",
        handler=put_webhook,
        permission="webhooks:write",
        summary="Change a webhook",
        body=Terms,
        answers={200: Webhook},
        refusals=(
            WebhookNotFound,
            WebhookTargetForbidden,
            InvalidOutlet,
            EventTypeUnknown,
            ProductNotFound,
            ChannelNotFound,
        ),
        needs_if_match=True,
        path_descriptions=_WEBHOOK_ID,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/webhooks/{webhook_id}",
        handler=delete_webhook,
        permission="webhooks:write",
        summary="Remove a webhook",
        answers={204: None},
        refusals=(WebhookNotFound,),
        needs_if_match=True,
        path_descriptions=_WEBHOOK_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/webhooks/{webhook_id}/secrets",
        handler=post_webhook_secret,
        present=_rotated,
        permission="webhooks:write",
        summary="Rotate the secret of a webhook",
        body=RotateBody,
        body_optional=True,
        answers={201: NewWebhook},
        refusals=(WebhookNotFound, InvalidWebhook, TooManyWebhookSecrets),
        path_descriptions=_WEBHOOK_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/webhooks/{webhook_id}/test",
        handler=post_webhook_test,
        present=_tested,
        permission="webhooks:write",
        summary="Send a test event to a webhook",
        answers={200: Tested},
        refusals=(WebhookNotFound,),
        path_descriptions=_WEBHOOK_ID,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/webhooks/{webhook_id}/attempts",
        handler=get_webhook_attempts,
        permission="webhooks:read",
        summary="List attempts to deliver to a webhook",
        query=PageQuery,
        answers={200: Page[Attempt]},
        refusals=(WebhookNotFound,),
        path_descriptions=_WEBHOOK_ID,
    ),
)
