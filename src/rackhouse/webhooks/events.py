"""The facts that webhooks publishes. The stream is ``webhook:<id>``; no fact holds a secret."""

import msgspec

from rackhouse.platform.events import EventLog

__all__ = [
    "EVENT_TYPES",
    "LOG",
    "WebhookAdded",
    "WebhookChanged",
    "WebhookEvent",
    "WebhookRemoved",
    "WebhookSecretRotated",
]

LOG = EventLog("webhooks")


class WebhookAdded(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked to be told by HTTP."""

    host: str
    format: str
    follows: str | None


class WebhookChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook has another target, format, filter or description, or was enabled or disabled."""

    host: str
    format: str
    enabled: bool


class WebhookSecretRotated(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook has a new secret; the ones before sign for some time longer."""

    overlap_seconds: int


class WebhookRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook is told no more."""


WebhookEvent = WebhookAdded | WebhookChanged | WebhookSecretRotated | WebhookRemoved

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (WebhookAdded, WebhookChanged, WebhookSecretRotated, WebhookRemoved)
}
