"""On every route: no token, or an expired, forged, foreign or scope-less one, opens nothing."""

import base64
import json
import re
import time

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rackhouse.api.introspection import introspection_endpoints
from rackhouse.identity import ROLES, mint_token
from rackhouse.identity.tokens import ACCESS, LOCAL_CLIENT, new_claims, sign
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.http import PUBLIC, Endpoint

ENDPOINTS = [each for module in MODULES for each in module.endpoints] + introspection_endpoints()
GUARDED = [each for each in ENDPOINTS if each.permission != PUBLIC]
STREAMS = [
    Endpoint(
        method="GET",
        path=path,
        handler=None,  # type: ignore[arg-type]
        permission="stream:read",
        summary="",
        answers={},
    )
    for module in MODULES
    for path in module.mounts
    if path.endswith("stream")
]


def name_of(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


async def ask(client: httpx.AsyncClient, endpoint: Endpoint, token: str | None) -> httpx.Response:
    path = re.sub(r"{\w+}", "x", endpoint.path)
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return await client.request(endpoint.method, path, headers=headers, content=b"{}")


@pytest.fixture(scope="module")
async def bad_tokens(house: House, admin_token: str) -> dict[str, str]:
    """One token of each bad kind; each but the forged ones is signed with the real key."""
    head, claims, signature = admin_token.split(".")
    tampered = json.loads(base64.urlsafe_b64decode(claims + "=="))
    tampered["roles"] = ["admin"]
    tampered["sub"] = "somebody else"
    unsigned = {"alg": "none", "typ": "at+jwt"}
    stranger = Ed25519PrivateKey.generate().sign(f"{head}.{claims}".encode())
    return {
        "garbage": "garbage",
        "tampered": f"{head}.{coded(tampered)}.{signature}",
        "unsigned": f"{coded(unsigned)}.{claims}.",
        "forged": f"{head}.{claims}.{base64.urlsafe_b64encode(stranger).decode().rstrip('=')}",
        "expired": await signed(house, exp=int(time.time()) - 3600),
        "foreign audience": await signed(house, aud="another service"),
        "foreign issuer": await signed(house, iss="https://elsewhere.example"),
    }


async def signed(house: House, **changed: object) -> str:
    """A token signed with the real key, with claims of one's own choice."""
    claims = new_claims(
        house,
        ACCESS,
        subject="t",
        client_id=LOCAL_CLIENT,
        roles=["admin"],
        scope=" ".join(ROLES["admin"]),
        channel=None,
        customer_id=None,
        ttl_seconds=600,
    )
    return await sign(house, ACCESS, msgspec.structs.replace(claims, **changed))


def coded(part: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@pytest.mark.parametrize("endpoint", GUARDED + STREAMS, ids=name_of)
async def test_a_bad_token_or_none_opens_nothing(
    anonymous: httpx.AsyncClient, bad_tokens: dict[str, str], endpoint: Endpoint
) -> None:
    for kind, token in {"none": None, **bad_tokens}.items():
        answer = await ask(anonymous, endpoint, token)
        assert answer.status_code == 401, (kind, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("endpoint", GUARDED + STREAMS, ids=name_of)
async def test_a_token_without_the_scope_opens_nothing(
    anonymous: httpx.AsyncClient, house: House, endpoint: Endpoint
) -> None:
    others = [each for each in ROLES["admin"] if each != endpoint.permission]
    token = await mint_token(house=house, roles=["admin"], subject="t", scopes=others)
    answer = await ask(anonymous, endpoint, token)
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/permission-missing"
    assert answer.json()["permission"] == endpoint.permission
