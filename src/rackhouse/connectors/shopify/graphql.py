"""Asking Shopify's Admin GraphQL API.

It counts what queries cost instead of requests: each answer tells what is left and how fast it
comes back, and a query that costs more than is left is answered with 200 and an error of the code
THROTTLED (https://shopify.dev/docs/api/usage/limits).
"""

from typing import Any

import msgspec

from rackhouse.connectors.remote import Misunderstood, NotPermitted, Remote, Throttled

__all__ = ["ask", "gid", "number"]

ATTEMPTS_LIMIT = 4
SPARE_POINTS = 100.0


class _Status(msgspec.Struct, frozen=True):
    maximumAvailable: float = 1000.0  # noqa: N815 (Shopify's name)
    currentlyAvailable: float = 1000.0  # noqa: N815
    restoreRate: float = 50.0  # noqa: N815


class _Cost(msgspec.Struct, frozen=True):
    requestedQueryCost: float = 0.0  # noqa: N815
    throttleStatus: _Status = _Status()  # noqa: N815


class _Extensions(msgspec.Struct, frozen=True):
    cost: _Cost = _Cost()


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    extensions: dict[str, Any] = {}


class _Answer(msgspec.Struct, frozen=True):
    data: Any = None
    errors: list[_Error] = []
    extensions: _Extensions = _Extensions()


async def ask(remote: Remote, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The data that a query asks for. Waits where the queries before it have cost too much.

    Raises `Throttled`, `NotPermitted` and `Misunderstood`.
    """
    settings = remote.settings
    base = settings.url or f"https://{settings.shop}"
    url = f"{base.rstrip('/')}/admin/api/{settings.api_version}/graphql.json"
    headers = {"x-shopify-access-token": remote.secret("access_token")}
    body = {"query": query, "variables": variables}
    wait = 1.0
    for _ in range(ATTEMPTS_LIMIT):
        answer = await remote.request("POST", url, headers=headers, json=body)
        if answer.status != 200:
            raise Misunderstood(f"Shopify answered {answer.status}")
        told: _Answer = answer.json(_Answer)
        wait = _slowed_down(remote, told)
        if not told.errors:
            return dict(told.data or {})
        codes = {str(error.extensions.get("code")) for error in told.errors}
        if codes != {"THROTTLED"}:
            messages = "; ".join(error.message for error in told.errors)
            trouble = NotPermitted if "ACCESS_DENIED" in codes else Misunderstood
            raise trouble(f"Shopify answered: {messages}")
    raise Throttled("Shopify has no points left for this query", wait)


def gid(kind: str, number: str) -> str:
    """A number as the API names it (https://shopify.dev/docs/api/usage/gids)."""
    return f"gid://shopify/{kind}/{number}"


def number(gid: str) -> str:
    """The number in a name of the API, as webhooks tell it."""
    return gid.rpartition("/")[2].partition("?")[0]


def _slowed_down(remote: Remote, told: _Answer) -> float:
    """Rest until there are points for a query like this one, and some to spare."""
    cost = told.extensions.cost
    status = cost.throttleStatus
    wanted = min(cost.requestedQueryCost + SPARE_POINTS, status.maximumAvailable)
    if not told.errors:
        wanted = min(SPARE_POINTS, status.maximumAvailable)
    seconds = max(0.0, (wanted - status.currentlyAvailable) / max(status.restoreRate, 1.0))
    if seconds:
        remote.slow_down(seconds)
    return seconds
