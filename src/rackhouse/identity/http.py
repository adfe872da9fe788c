"""Identity over HTTP: the token endpoint, its metadata and keys, and the clients."""

import base64
import binascii
import re
from typing import Annotated, Any
from urllib.parse import unquote_plus

import msgspec
from msgspec import Meta

from rackhouse.identity.clients import NewClient, disable_client, list_clients, register_client
from rackhouse.identity.errors import (
    ClientNotAuthenticated,
    ClientNotFound,
    GrantExceedsGranter,
    GrantTypeUnsupported,
    MalformedTokenRequest,
    NameUnreadable,
    RoleNeedsBinding,
    RolesMissing,
    ScopeNotGranted,
    TooManyFailures,
    TooManySecretsAtOnce,
    UnknownRole,
)
from rackhouse.identity.granting import AccessToken, grant_token
from rackhouse.identity.rules import BINDING_LENGTH_LIMIT, NAME_LENGTH_LIMIT, PERMISSIONS, ROLES
from rackhouse.identity.signing_keys import ALGORITHM, SigningKeys
from rackhouse.identity.store import Client
from rackhouse.platform.errors import Busy, Refusal
from rackhouse.platform.http import PUBLIC, Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]

KEYS_CACHED_SECONDS = 300
RETRY_AFTER_SECONDS = 1
DESCRIPTION_LENGTH_LIMIT = 300
# Printable: it may be sent to a text column, which can not hold the NUL character.
PRINTABLE = "^[^\\x00-\\x1f\\x7f]+$"

_NO_STORE = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
_CHALLENGE = (b"www-authenticate", b'Basic realm="rackhouse", charset="UTF-8"')
_RETRY = (b"retry-after", b"%d" % RETRY_AFTER_SECONDS)
_OAUTH_ERRORS: dict[type[Refusal], tuple[int, str]] = {
    MalformedTokenRequest: (400, "invalid_request"),
    GrantTypeUnsupported: (400, "unsupported_grant_type"),
    ScopeNotGranted: (400, "invalid_scope"),
    ClientNotAuthenticated: (401, "invalid_client"),
    TooManyFailures: (429, "temporarily_unavailable"),
    Busy: (503, "temporarily_unavailable"),
}


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A token request (RFC 6749 section 4.4.2). Parameters that are not known are ignored."""

    grant_type: Annotated[str | None, Meta(description="`client_credentials`.")] = None
    scope: Annotated[
        str | None,
        Meta(description="Permissions, separated by spaces; without it, all that are allowed."),
    ] = None
    client_id: Annotated[str | None, Meta(description="Unless sent by HTTP Basic.")] = None
    client_secret: Annotated[str | None, Meta(description="Unless sent by HTTP Basic.")] = None


class TokenError(msgspec.Struct, frozen=True, kw_only=True):
    """A refused token request (RFC 6749 section 5.2)."""

    error: str
    error_description: str


class KeySet(msgspec.Struct, frozen=True):
    """A JWK Set (RFC 7517 section 5)."""

    keys: list[dict[str, Any]]


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a client needs to know of the authorization server (RFC 8414)."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]


class ClientRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client to register."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=NAME_LENGTH_LIMIT,
            pattern=PRINTABLE,
            description="What people call it, such as `Till 3 in Berlin`.",
        ),
    ]
    roles: Annotated[
        list[Annotated[str, Meta(max_length=64)]],
        Meta(
            min_length=1,
            max_length=len(ROLES),
            description=f"What it may do: {', '.join(ROLES)}.",
        ),
    ]
    channel: Annotated[
        Annotated[str, Meta(min_length=1, max_length=BINDING_LENGTH_LIMIT, pattern=PRINTABLE)]
        | None,
        Meta(description="The one channel that it acts for; the role `channel` needs it."),
    ] = None
    customer_id: Annotated[
        Annotated[str, Meta(min_length=1, max_length=BINDING_LENGTH_LIMIT, pattern=PRINTABLE)]
        | None,
        Meta(description="The one customer that it acts for; the role `customer` needs it."),
    ] = None


class ClientPlace(msgspec.Struct, frozen=True):
    """Where a page of clients ended."""

    client_id: Annotated[str, Meta(pattern="^rk_[0-9a-f]{20}$", max_length=23)]


async def post_token(call: Call) -> Answer:
    """Exchange a client id and secret, sent by HTTP Basic or in the form, for an access token."""
    request: TokenRequest = call.body
    try:
        client_id, client_secret = _credentials(call, request)
        _refuse_other_grants(request)
        scopes = request.scope.split() if request.scope and request.scope.strip() else None
        token = await grant_token(
            house=call.context.house,
            client_id=client_id,
            client_secret=client_secret,
            scopes=scopes,
        )
    except tuple(_OAUTH_ERRORS) as refusal:
        return _oauth_error(refusal)
    return Answer(200, token, _NO_STORE)


async def get_jwks(call: Call) -> Answer:
    """The public keys that access tokens are signed with, retired ones included until the last
    of their tokens has expired."""
    keys = await call.context.house.the(SigningKeys).published()
    cached = (b"cache-control", b"public, max-age=%d" % KEYS_CACHED_SECONDS)
    return Answer(200, KeySet(keys), (cached,))


async def get_authorization_server(call: Call) -> Answer:
    """Metadata of the authorization server (RFC 8414)."""
    return Answer(200, _metadata(call))


async def get_openid_configuration(call: Call) -> Answer:
    """The same metadata where OpenID Connect libraries look for it. No identity tokens are
    issued."""
    return Answer(200, _metadata(call))


async def post_client(call: Call) -> NewClient:
    """Register a client. The answer holds its secret, which is not shown again; a retry with the
    same idempotency key gets it once more."""
    request: ClientRequest = call.body
    return await register_client(
        context=call.context,
        name=request.name,
        roles=request.roles,
        channel=request.channel,
        customer_id=request.customer_id,
    )


def registered(new: NewClient) -> Answer:
    """A client that was just registered; nobody on the way may keep its secret."""
    return Answer(201, new, _NO_STORE)


async def get_clients(call: Call) -> Answer:
    """The clients in the order of their ids, the disabled ones included."""
    query: PageQuery = call.query
    after = query.after(ClientPlace)
    found = await list_clients(
        context=call.context,
        after=after.client_id if after else None,
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, lambda last: ClientPlace(last.client_id)))


async def delete_client(call: Call) -> Answer:
    """Disable a client for good. Its tokens are refused within seconds."""
    await disable_client(context=call.context, client_id=call.path["client_id"])
    return Answer(204)


def _credentials(call: Call, request: TokenRequest) -> tuple[str, str]:
    authorization = call.headers.get(b"authorization")
    if authorization is None:
        if not request.client_id or not request.client_secret:
            raise ClientNotAuthenticated()
        return request.client_id, request.client_secret
    client_id, client_secret = _basic(authorization)
    if request.client_secret is not None or request.client_id not in (None, client_id):
        raise MalformedTokenRequest(problem="authenticate by HTTP Basic or in the form, not both")
    return client_id, client_secret


def _basic(authorization: bytes) -> tuple[str, str]:
    """RFC 6749 section 2.3.1: both parts are form-encoded before they are joined."""
    scheme, _, value = authorization.partition(b" ")
    try:
        pair = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ClientNotAuthenticated() from error
    if scheme.lower() != b"basic" or ":" not in pair:
        raise ClientNotAuthenticated()
    client_id, _, client_secret = pair.partition(":")
    return unquote_plus(client_id), unquote_plus(client_secret)


def _refuse_other_grants(request: TokenRequest) -> None:
    if not request.grant_type:
        raise MalformedTokenRequest(problem="grant_type is missing")
    if request.grant_type != "client_credentials":
        raise GrantTypeUnsupported(grant_type=request.grant_type)


def _oauth_error(refusal: Refusal) -> Answer:
    status, error = next(
        known for kind, known in _OAUTH_ERRORS.items() if isinstance(refusal, kind)
    )
    headers = list(_NO_STORE)
    if status == 401:
        headers.append(_CHALLENGE)
    elif isinstance(refusal, TooManyFailures):
        headers.append((b"retry-after", b"%d" % refusal.retry_after_seconds))
    elif status == 503:
        headers.append(_RETRY)
    return Answer(status, TokenError(error=error, error_description=_plain(refusal)), headers)


def _plain(refusal: Refusal) -> str:
    """RFC 6749 section 5.2 allows some of ASCII only."""
    said = str(refusal)[:DESCRIPTION_LENGTH_LIMIT]
    return re.sub(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]", "?", said)


def _metadata(call: Call) -> Metadata:
    issuer = call.context.house.settings.issuer
    return Metadata(
        issuer=issuer,
        token_endpoint=f"{issuer}/oauth/token",
        jwks_uri=f"{issuer}/.well-known/jwks.json",
        scopes_supported=sorted(PERMISSIONS),
        response_types_supported=[],
        grant_types_supported=["client_credentials"],
        token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=[ALGORITHM],
    )


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/oauth/token",
        handler=post_token,
        permission=PUBLIC,
        summary="Get an access token",
        body=TokenRequest,
        form=True,
        answers={200: AccessToken, 400: TokenError, 401: TokenError},
        refusals=(TooManyFailures, TooManySecretsAtOnce),
    ),
    Endpoint(
        method="GET",
        path="/.well-known/jwks.json",
        handler=get_jwks,
        permission=PUBLIC,
        summary="Read the keys of access tokens",
        answers={200: KeySet},
    ),
    Endpoint(
        method="GET",
        path="/.well-known/oauth-authorization-server",
        handler=get_authorization_server,
        permission=PUBLIC,
        summary="Read the authorization server's metadata",
        answers={200: Metadata},
    ),
    Endpoint(
        method="GET",
        path="/.well-known/openid-configuration",
        handler=get_openid_configuration,
        permission=PUBLIC,
        summary="Read the authorization server's metadata, for OpenID Connect libraries",
        answers={200: Metadata},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/clients",
        handler=post_client,
        present=registered,
        permission="clients:write",
        summary="Register a client",
        body=ClientRequest,
        answers={201: NewClient},
        refusals=(
            UnknownRole,
            RolesMissing,
            RoleNeedsBinding,
            NameUnreadable,
            GrantExceedsGranter,
            TooManySecretsAtOnce,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/clients",
        handler=get_clients,
        permission="clients:read",
        summary="List the clients",
        query=PageQuery,
        answers={200: Page[Client]},
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/clients/{client_id}",
        handler=delete_client,
        permission="clients:write",
        summary="Disable a client",
        answers={204: None},
        refusals=(ClientNotFound, GrantExceedsGranter),
        path_descriptions={"client_id": "The id that the client was registered with."},
    ),
)
