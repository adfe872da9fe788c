"""Every SQL statement of webhooks."""

from rackhouse.webhooks.store.attempts import (
    attempt_page,
    forget_attempts,
    note_attempts,
)
from rackhouse.webhooks.store.endpoints import (
    count_endpoints,
    endpoint_page,
    lock_endpoint,
    lock_endpoints,
    read_endpoint,
    read_to_send,
    settle,
    unsettled_endpoints,
    write_endpoint,
)
from rackhouse.webhooks.store.secrets import (
    forget_secrets,
    insert_secret,
    retire_secrets,
    secrets_in_use,
)

__all__ = [
    "attempt_page",
    "count_endpoints",
    "endpoint_page",
    "forget_attempts",
    "forget_secrets",
    "insert_secret",
    "lock_endpoint",
    "lock_endpoints",
    "note_attempts",
    "read_endpoint",
    "read_to_send",
    "retire_secrets",
    "secrets_in_use",
    "settle",
    "unsettled_endpoints",
    "write_endpoint",
]
