"""Webhooks: what happens, pushed to a URL as signed CloudEvents, in order, until it is taken."""

from rackhouse.webhooks.endpoint import (
    Attempt,
    Beginning,
    Endpoint,
    NewWebhook,
    Terms,
    Tested,
    Webhook,
)
from rackhouse.webhooks.endpoints import (
    add_webhook,
    change_webhook,
    remove_webhook,
    rotate_webhook_secret,
    test_webhook,
)
from rackhouse.webhooks.errors import (
    CustomersHaveNoWebhooks,
    InvalidWebhook,
    TooManyWebhookSecrets,
    WebhookNotFound,
    WebhooksAtLimit,
    WebhookTargetForbidden,
)
from rackhouse.webhooks.reading import AttemptPlace, attempt_page, read_webhook, webhook_page

__all__ = [
    "Attempt",
    "AttemptPlace",
    "Beginning",
    "CustomersHaveNoWebhooks",
    "Endpoint",
    "InvalidWebhook",
    "NewWebhook",
    "Terms",
    "Tested",
    "TooManyWebhookSecrets",
    "Webhook",
    "WebhookNotFound",
    "WebhookTargetForbidden",
    "WebhooksAtLimit",
    "add_webhook",
    "attempt_page",
    "change_webhook",
    "read_webhook",
    "remove_webhook",
    "rotate_webhook_secret",
    "test_webhook",
    "webhook_page",
]
