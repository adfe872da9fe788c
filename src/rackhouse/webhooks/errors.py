"""The refusals of webhooks."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotAllowed, NotFound

__all__ = [
    "CustomersHaveNoWebhooks",
    "InvalidWebhook",
    "TooManyWebhookSecrets",
    "WebhookNotFound",
    "WebhookTargetForbidden",
    "WebhooksAtLimit",
]


@dataclass(eq=False)
class WebhookNotFound(NotFound):
    """There is no webhook {webhook_id}."""

    webhook_id: str


@dataclass(eq=False)
class InvalidWebhook(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


@dataclass(eq=False)
class WebhookTargetForbidden(Invalid):
    """url: nothing can be sent there: {problem}."""

    problem: str


@dataclass(eq=False)
class WebhooksAtLimit(Conflict):
    """There are {limit} webhooks, which is the limit. Remove one that is no longer needed."""

    limit: int


@dataclass(eq=False)
class CustomersHaveNoWebhooks(NotAllowed):
    """Webhooks are for shops and services. Follow a stream on behalf of a customer."""


@dataclass(eq=False)
class TooManyWebhookSecrets(Conflict):
    """The webhook has {limit} secrets that are in use, which is the limit. Wait until one has
    retired, or rotate without an overlap."""

    limit: int
