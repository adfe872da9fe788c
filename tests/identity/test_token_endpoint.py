"""The token endpoint as RFC 6749 has it, its metadata, and its keys."""

import base64
import time
from urllib.parse import quote_plus

import pytest

from houses import context_of
from rackhouse.identity import (
    InvalidToken,
    NewClient,
    TokenVerifier,
    disable_client,
    mint_token,
    permissions_of,
    register_client,
)
from rackhouse.identity.client_secrets import FAILURES_LIMIT, ClientSecrets, new_secret
from rackhouse.identity.errors import TokenLifeOutOfBounds, TooManySecretsAtOnce, UnknownRole
from rackhouse.identity.events import LOG
from rackhouse.identity.http import (
    ENDPOINTS,
    TokenRequest,
    get_authorization_server,
    get_jwks,
    get_openid_configuration,
    post_token,
)
from rackhouse.identity.rules import ROLES, TOKEN_TTL_LIMIT_SECONDS
from rackhouse.identity.tokens import ACCESS, LEEWAY_SECONDS, read_token
from rackhouse.platform.context import Context
from rackhouse.platform.events import START
from rackhouse.platform.house import House
from rackhouse.platform.http import Answer, Call, openapi_document


@pytest.fixture
def admin(house: House) -> Context:
    return context_of(house, permissions=permissions_of(["admin"]))


@pytest.fixture
async def client(admin: Context) -> NewClient:
    return await register_client(context=admin, name="Till", roles=["channel"], channel="pos-3")


@pytest.fixture
def anonymous(house: House) -> Context:
    return context_of(house, subject="address:127.0.0.1", permissions=frozenset())


def basic(client_id: str, client_secret: str) -> dict[bytes, bytes]:
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()
    return {b"authorization": b"Basic " + base64.b64encode(pair)}


async def ask(context: Context, headers: dict[bytes, bytes] | None = None, **fields: str) -> Answer:
    fields = {"grant_type": "client_credentials", **fields}
    return await post_token(
        Call(context=context, path={}, body=TokenRequest(**fields), headers=headers or {})
    )


def error_of(answer: Answer) -> tuple[int, str]:
    assert (b"cache-control", b"no-store") in answer.headers
    assert answer.body.error_description.isascii()
    return answer.status, answer.body.error


async def test_a_client_gets_a_token_by_http_basic(
    house: House, anonymous: Context, client: NewClient
) -> None:
    answer = await ask(anonymous, basic(client.client_id, client.client_secret))
    assert answer.status == 200
    assert (b"cache-control", b"no-store") in answer.headers
    assert answer.body.token_type == "Bearer"
    assert answer.body.expires_in == house.settings.token_ttl_seconds
    assert frozenset(answer.body.scope.split()) == ROLES["channel"]
    caller = await house.the(TokenVerifier).caller_of(answer.body.access_token)
    assert (caller.subject, caller.channel) == (client.client_id, "pos-3")
    assert caller.permissions == ROLES["channel"]


async def test_a_client_gets_a_token_by_the_form(
    house: House, anonymous: Context, client: NewClient
) -> None:
    answer = await ask(anonymous, client_id=client.client_id, client_secret=client.client_secret)
    caller = await house.the(TokenVerifier).caller_of(answer.body.access_token)
    assert caller.subject == client.client_id


async def test_a_token_can_be_asked_for_less(
    house: House, anonymous: Context, client: NewClient
) -> None:
    answer = await ask(
        anonymous, basic(client.client_id, client.client_secret), scope="holds:write holds:read"
    )
    assert answer.body.scope == "holds:read holds:write"
    caller = await house.the(TokenVerifier).caller_of(answer.body.access_token)
    assert caller.permissions == {"holds:read", "holds:write"}


async def test_an_empty_scope_counts_as_left_out(anonymous: Context, client: NewClient) -> None:
    answer = await ask(anonymous, basic(client.client_id, client.client_secret), scope=" ")
    assert frozenset(answer.body.scope.split()) == ROLES["channel"]


@pytest.mark.parametrize("scope", ["holds:write inventory:write", "whatever", '"öl"'])
async def test_a_token_can_not_be_asked_for_more(
    anonymous: Context, client: NewClient, scope: str
) -> None:
    answer = await ask(anonymous, basic(client.client_id, client.client_secret), scope=scope)
    assert error_of(answer) == (400, "invalid_scope")


async def test_a_wrong_secret_is_an_invalid_client(anonymous: Context, client: NewClient) -> None:
    answer = await ask(anonymous, basic(client.client_id, new_secret()))
    assert error_of(answer) == (401, "invalid_client")
    assert any(name == b"www-authenticate" for name, _ in answer.headers)


@pytest.mark.parametrize("client_id", ["rk_00000000000000000000", "nobody", "\x00", "ö"])
async def test_an_unknown_client_is_told_what_a_wrong_secret_is_told(
    anonymous: Context, client: NewClient, client_id: str
) -> None:
    wrong = await ask(anonymous, basic(client.client_id, new_secret()))
    unknown = await ask(anonymous, basic(client_id, client.client_secret))
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body)


async def test_a_disabled_client_is_an_invalid_client(
    anonymous: Context, admin: Context, client: NewClient
) -> None:
    await disable_client(context=admin, client_id=client.client_id)
    answer = await ask(anonymous, basic(client.client_id, client.client_secret))
    assert error_of(answer) == (401, "invalid_client")


@pytest.mark.parametrize(
    "authorization", [b"Basic", b"Basic !!", b"Basic /w==", b"Basic YQ==", b"Bearer YTpi"]
)
async def test_an_unreadable_authorization_is_an_invalid_client(
    anonymous: Context, authorization: bytes
) -> None:
    answer = await ask(anonymous, {b"authorization": authorization})
    assert error_of(answer) == (401, "invalid_client")


async def test_who_shows_nothing_is_an_invalid_client(anonymous: Context) -> None:
    assert error_of(await ask(anonymous)) == (401, "invalid_client")


async def test_two_ways_to_authenticate_are_one_too_many(
    anonymous: Context, client: NewClient
) -> None:
    shown = basic(client.client_id, client.client_secret)
    answer = await ask(anonymous, shown, client_secret=client.client_secret)
    assert error_of(answer) == (400, "invalid_request")
    answer = await ask(anonymous, shown, client_id="another")
    assert error_of(answer) == (400, "invalid_request")
    assert (await ask(anonymous, shown, client_id=client.client_id)).status == 200


async def test_other_grants_are_not_served(anonymous: Context, client: NewClient) -> None:
    shown = basic(client.client_id, client.client_secret)
    answer = await ask(anonymous, shown, grant_type="password")
    assert error_of(answer) == (400, "unsupported_grant_type")
    answer = await ask(anonymous, shown, grant_type="")
    assert error_of(answer) == (400, "invalid_request")


async def test_guessing_is_stopped_for_a_while(anonymous: Context, client: NewClient) -> None:
    for _ in range(FAILURES_LIMIT):
        answer = await ask(anonymous, basic(client.client_id, "guess"))
        assert error_of(answer) == (401, "invalid_client")
    answer = await ask(anonymous, basic(client.client_id, "guess"))
    assert error_of(answer) == (429, "temporarily_unavailable")
    assert any(name == b"retry-after" for name, _ in answer.headers)


async def test_a_rush_is_asked_to_come_back(
    house: House, anonymous: Context, client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rackhouse.identity.client_secrets.HASHES_WAITING_LIMIT", 0)
    answer = await ask(anonymous, basic(client.client_id, client.client_secret))
    assert error_of(answer) == (503, "temporarily_unavailable")
    with pytest.raises(TooManySecretsAtOnce):
        await house.the(ClientSecrets).hash("secret")


async def test_the_metadata_names_the_endpoints_of_the_issuer(
    house: House, anonymous: Context
) -> None:
    call = Call(context=anonymous, path={})
    metadata = (await get_authorization_server(call)).body
    assert metadata.issuer == house.settings.issuer
    paths = {endpoint.path for endpoint in ENDPOINTS}
    for url in (metadata.token_endpoint, metadata.jwks_uri):
        assert url.removeprefix(metadata.issuer) in paths
    assert "holds:write" in metadata.scopes_supported
    assert (await get_openid_configuration(call)).body == metadata


async def test_the_published_keys_can_be_cached(anonymous: Context) -> None:
    answer = await get_jwks(Call(context=anonymous, path={}))
    assert answer.body.keys
    assert dict(answer.headers)[b"cache-control"].startswith(b"public, max-age=")


async def test_a_minted_token_is_recorded_without_the_token(house: House) -> None:
    token = await mint_token(house=house, roles=["auditor"], subject="paul", ttl_seconds=60)
    async with house.database("identity").transaction() as tx:
        events = [
            each
            for each in (await LOG.read(tx, after=START)).events
            if each.type == "TokenMinted" and each.facts()["subject"] == "paul"
        ]
    (minted,) = events
    assert minted.facts()["roles"] == ["auditor"]
    assert token.rpartition(".")[2] not in minted.data


async def test_a_minted_token_keeps_to_roles_and_limits(house: House) -> None:
    with pytest.raises(UnknownRole):
        await mint_token(house=house, roles=["king"], subject="paul")
    with pytest.raises(TokenLifeOutOfBounds):
        await mint_token(
            house=house,
            roles=["admin"],
            subject="paul",
            ttl_seconds=TOKEN_TTL_LIMIT_SECONDS + 1,
        )


async def test_a_minted_token_lives_as_long_as_it_was_told(house: House) -> None:
    token = await mint_token(house=house, roles=["admin"], subject="paul", ttl_seconds=1)
    claims = await read_token(house, ACCESS, token, now=time.time())
    assert claims.exp - claims.iat == 1
    with pytest.raises(InvalidToken):
        await read_token(house, ACCESS, token, now=claims.exp + LEEWAY_SECONDS)


def test_the_token_endpoint_is_described_as_a_form() -> None:
    (endpoint,) = [each for each in ENDPOINTS if each.path == "/oauth/token"]
    document = openapi_document([endpoint], title="Identity", version="0", server="http://x")
    described = document["paths"]["/oauth/token"]["post"]
    assert "application/x-www-form-urlencoded" in described["requestBody"]["content"]
    assert {"200", "400", "401"} <= described["responses"].keys()
