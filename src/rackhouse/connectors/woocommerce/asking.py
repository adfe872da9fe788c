"""Asking the REST API of a WooCommerce shop (https://developer.woocommerce.com/docs/apis/rest-api/):
by a key over TLS, page by page."""

import base64
from typing import Any, TypeVar

from rackhouse.connectors.remote import ChannelTrouble, Misunderstood, Remote, RemoteAnswer

__all__ = ["PAGE_LIMIT", "all_listed", "get", "in_order", "pages_of", "send"]

PAGE_LIMIT = 100
PAGES_LIMIT = 1000
API = "/wp-json/wc/v3"
Listed = TypeVar("Listed")


async def all_listed(
    remote: Remote, path: str, query: dict[str, str], kind: type[Listed]
) -> list[Listed]:
    """All that is listed at a path, in the order of ids."""
    found: list[Listed] = []
    for page in range(1, PAGES_LIMIT + 1):
        asked = {**query, "per_page": str(PAGE_LIMIT), **in_order(page)}
        answer = await get(remote, path, asked)
        found += answer.json(list[kind])  # type: ignore[valid-type]
        if page >= pages_of(answer):
            return found
    raise Misunderstood(f"{path} has more than {PAGES_LIMIT} pages")


def in_order(page: int) -> dict[str, str]:
    """The query of a page, in the order of ids."""
    return {"orderby": "id", "order": "asc", "page": str(page)}


def pages_of(answer: RemoteAnswer) -> int:
    """How many pages there are."""
    told = answer.headers.get("x-wp-totalpages", "")
    if not told.isdigit():
        raise Misunderstood("X-WP-TotalPages is missing; does something take headers away?")
    return int(told)


async def get(remote: Remote, path: str, query: dict[str, str]) -> RemoteAnswer:
    """What there is at a path."""
    return await send(remote, "GET", path, None, query)


async def send(
    remote: Remote, method: str, path: str, body: Any, query: dict[str, str]
) -> RemoteAnswer:
    """Ask; an answer that is none of what was asked for is refused. Raises `ChannelTrouble`."""
    pair = f"{remote.secret('consumer_key')}:{remote.secret('consumer_secret')}"
    basic = base64.b64encode(pair.encode()).decode()
    url = f"{remote.settings.url.rstrip('/')}{API}{path}"
    headers = {"authorization": f"Basic {basic}"}
    try:
        answer = await remote.request(method, url, headers=headers, json=body, query=query)
    except ChannelTrouble as trouble:
        # What is sent is not the secrets themselves but made of them.
        trouble.args = tuple(str(each).replace(basic, "[secret]") for each in trouble.args)
        raise
    if answer.status != 200:
        raise Misunderstood(f"{method} {path} was answered with {answer.status}")
    return answer
