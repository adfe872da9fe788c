"""Sending media to a served house."""

from typing import Any

import httpx

__all__ = ["send", "sent"]


async def send(api: httpx.AsyncClient, octets: bytes, **said: str) -> httpx.Response:
    """The answer to a file."""
    return await api.post("/api/v1/media", content=octets, params=said)


async def sent(api: httpx.AsyncClient, octets: bytes, **said: str) -> dict[str, Any]:
    """The asset that a file became."""
    answer = await send(api, octets, **said)
    assert answer.is_success, answer.text
    asset: dict[str, Any] = answer.json()
    return asset
