"""Access tokens: good ones become callers, and every kind of bad one is refused in words."""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import OKPKey

from houses import context_of
from rackhouse.identity import (
    InvalidToken,
    TokenVerifier,
    disable_client,
    grant_token,
    mint_token,
    permissions_of,
    register_client,
)
from rackhouse.identity.module import MODULE
from rackhouse.identity.signing_keys import SigningKeys
from rackhouse.identity.tokens import (
    ACCESS,
    LEEWAY_SECONDS,
    LOCAL_CLIENT,
    SESSION,
    Claims,
    TokenKind,
    new_claims,
    sign,
)
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context, PermissionMissing
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings
from rackhouse.platform.tail import Tails

# The library warns of EdDSA, the older name that RFC 9864 gave a newer one.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


@pytest.fixture
def admin(house: House) -> Context:
    return context_of(house, permissions=permissions_of(["admin"]))


@pytest.fixture
async def other_process(house: House, settings: Settings) -> AsyncIterator[House]:
    async with House(settings, MODULES) as other:
        yield other


def claims_of(house: House, **changed: object) -> Claims:
    claims = new_claims(
        house,
        ACCESS,
        subject="anna",
        client_id=LOCAL_CLIENT,
        roles=["operator"],
        scope="orders:read holds:read",
        channel=None,
        customer_id=None,
        ttl_seconds=60,
    )
    return msgspec.structs.replace(claims, **changed)


async def signed(house: House, **claims: object) -> str:
    """A token with our key, but claims of one's own choice."""
    ring = await house.the(SigningKeys).ring()
    header = {"alg": "EdDSA", "kid": ring.kid, "typ": "at+jwt"}
    facts = msgspec.to_builtins(claims_of(house, **claims))
    return jwt.encode(header, facts, ring.signs, algorithms=["EdDSA"])


async def refusal_of(house: House, token: str) -> str:
    with pytest.raises(InvalidToken) as refused:
        await house.the(TokenVerifier).caller_of(token)
    assert house.the(TokenVerifier).known(token) is None
    return str(refused.value)


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


async def test_a_good_token_names_its_caller(house: House) -> None:
    token = await mint_token(
        house=house, roles=["channel"], subject="till", channel="pos-3", scopes=["holds:write"]
    )
    caller = await house.the(TokenVerifier).caller_of(token)
    assert caller.subject == "till"
    assert caller.permissions == {"holds:write"}
    assert caller.roles == {"channel"}
    assert (caller.channel, caller.customer_id) == ("pos-3", None)


async def test_a_verified_token_is_known_without_asking_again(house: House) -> None:
    token = await mint_token(house=house, roles=["admin"], subject="me")
    verifier = house.the(TokenVerifier)
    assert verifier.known(token) is None
    caller = await verifier.caller_of(token)
    assert verifier.known(token) is caller


async def test_a_token_made_by_one_process_is_good_in_another(
    house: House, other_process: House
) -> None:
    token = await mint_token(house=house, roles=["customer"], subject="a", customer_id="anna")
    caller = await other_process.the(TokenVerifier).caller_of(token)
    assert caller.customer_id == "anna"


async def test_a_token_without_a_scope_allows_nothing(house: House) -> None:
    token = await sign(house, ACCESS, claims_of(house, scope=""))
    caller = await house.the(TokenVerifier).caller_of(token)
    assert caller.permissions == frozenset()
    with pytest.raises(PermissionMissing):
        caller.require("orders:read")


async def test_a_scope_beyond_the_roles_allows_nothing_more(house: House) -> None:
    token = await sign(house, ACCESS, claims_of(house, scope="keys:write orders:read"))
    caller = await house.the(TokenVerifier).caller_of(token)
    assert caller.permissions == {"orders:read"}


async def test_an_expired_token_is_refused(house: House) -> None:
    past = int(time.time()) - LEEWAY_SECONDS - 1
    token = await sign(house, ACCESS, claims_of(house, exp=past, iat=past - 60, nbf=past - 60))
    assert "expired" in await refusal_of(house, token)


async def test_a_token_that_expired_while_known_is_known_no_more(house: House) -> None:
    past = int(time.time()) - 1
    token = await sign(house, ACCESS, claims_of(house, exp=past))
    await house.the(TokenVerifier).caller_of(token)
    assert house.the(TokenVerifier).known(token) is None


async def test_a_token_of_the_future_is_refused(house: House) -> None:
    soon = int(time.time()) + LEEWAY_SECONDS + 30
    assert "not valid yet" in await refusal_of(house, await signed(house, nbf=soon))
    assert "not valid yet" in await refusal_of(house, await signed(house, iat=soon))


async def test_a_token_for_another_audience_is_refused(house: House) -> None:
    for audience in ("another-service", ["another", "third"], "console"):
        token = await signed(house, aud=audience)
        assert "another audience" in await refusal_of(house, token)


async def test_an_audience_may_be_one_of_several(house: House) -> None:
    token = await signed(house, aud=["another", ACCESS.audience])
    assert (await house.the(TokenVerifier).caller_of(token)).subject == "anna"


async def test_a_token_of_another_issuer_is_refused(house: House) -> None:
    token = await signed(house, iss="https://elsewhere.example")
    assert "another issuer" in await refusal_of(house, token)


async def test_a_session_token_is_not_an_access_token(house: House) -> None:
    claims = claims_of(house, aud=SESSION.audience)
    assert "not of the type" in await refusal_of(house, await sign(house, SESSION, claims))
    relabelled = await sign(house, TokenKind("at+jwt", ""), claims)
    assert "another audience" in await refusal_of(house, relabelled)


@pytest.mark.parametrize("typ", ["JWT", "", 7])
async def test_a_token_of_another_type_is_refused(house: House, typ: object) -> None:
    header = {"alg": "EdDSA", "typ": typ, "kid": "any"}
    token = ".".join([encoded(msgspec.json.encode(header)), encoded(b"{}"), encoded(b"sig")])
    assert "not of the type" in await refusal_of(house, token)


async def test_a_token_changed_on_the_way_is_refused(house: House) -> None:
    token = await mint_token(house=house, roles=["customer"], subject="a", customer_id="anna")
    header, _, signature = token.split(".")
    richer = msgspec.json.encode(claims_of(house, roles=("admin",), scope="keys:write"))
    forged = ".".join([header, encoded(richer), signature])
    assert "forged" in await refusal_of(house, forged)


async def test_a_token_signed_by_somebody_else_in_our_name_is_refused(house: House) -> None:
    ring = await house.the(SigningKeys).ring()
    theirs = OKPKey.generate_key("Ed25519")
    header = {"alg": "EdDSA", "typ": "at+jwt", "kid": ring.kid}
    facts = msgspec.to_builtins(claims_of(house))
    token = jwt.encode(header, facts, theirs, algorithms=["EdDSA"])
    assert "forged" in await refusal_of(house, token)


async def test_a_key_that_comes_inside_the_token_is_not_trusted(house: House) -> None:
    theirs = OKPKey.generate_key("Ed25519")
    ring = await house.the(SigningKeys).ring()
    header = {
        "alg": "EdDSA",
        "typ": "at+jwt",
        "kid": ring.kid,
        "jwk": theirs.as_dict(private=False),
    }
    facts = msgspec.to_builtins(claims_of(house))
    token = jwt.encode(header, facts, theirs, algorithms=["EdDSA"])
    assert "forged" in await refusal_of(house, token)


@pytest.mark.parametrize("kid", ["nobody", None, 7])
async def test_a_token_with_a_wrong_kid_is_refused(house: House, kid: object) -> None:
    header = {"alg": "EdDSA", "typ": "at+jwt", "kid": kid}
    facts = msgspec.json.encode(claims_of(house))
    token = ".".join([encoded(msgspec.json.encode(header)), encoded(facts), encoded(b"sig")])
    assert "key" in await refusal_of(house, token)


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", ""])
async def test_an_unsigned_token_is_refused(house: House, algorithm: str) -> None:
    ring = await house.the(SigningKeys).ring()
    header = msgspec.json.encode({"alg": algorithm, "typ": "at+jwt", "kid": ring.kid})
    facts = msgspec.json.encode(claims_of(house))
    for signature in ("", encoded(b"\0" * 64)):
        token = f"{encoded(header)}.{encoded(facts)}.{signature}"
        assert "not signed with EdDSA" in await refusal_of(house, token)


async def test_a_public_key_taken_for_a_shared_secret_is_refused(house: House) -> None:
    ring = await house.the(SigningKeys).ring()
    public = ring.verify[ring.kid].public_key
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    jwk = msgspec.json.encode(ring.verify[ring.kid].as_dict(private=False))
    header = msgspec.json.encode({"alg": "HS256", "typ": "at+jwt", "kid": ring.kid})
    facts = msgspec.json.encode(claims_of(house))
    signing_input = f"{encoded(header)}.{encoded(facts)}".encode()
    for secret in (raw, pem, jwk, encoded(raw).encode()):
        signature = hmac.new(secret, signing_input, hashlib.sha256).digest()
        token = f"{signing_input.decode()}.{encoded(signature)}"
        assert "not signed with EdDSA" in await refusal_of(house, token)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "e30.e30.e30",
        f"{encoded(b'[]')}.{encoded(b'{}')}.{encoded(b'x')}",
        f"{encoded(b'null')}.{encoded(b'{}')}.{encoded(b'x')}",
        "\udcff.\xff.x",
        "x" * 9_000,
        f"{encoded(b'{' * 5000)}..",
    ],
)
async def test_what_is_no_token_at_all_is_refused(house: House, token: str) -> None:
    await refusal_of(house, token)


@pytest.mark.parametrize(
    "claims",
    [{"exp": "soon"}, {"exp": float("inf")}, {"sub": None}, {"roles": "admin"}, {"aud": 7}],
)
async def test_claims_of_another_shape_are_refused(house: House, claims: dict[str, object]) -> None:
    ring = await house.the(SigningKeys).ring()
    facts = {**msgspec.to_builtins(claims_of(house)), **claims}
    header = {"alg": "EdDSA", "typ": "at+jwt", "kid": ring.kid}
    token = jwt.encode(header, facts, ring.signs, algorithms=["EdDSA"])
    assert "claims" in await refusal_of(house, token)


async def test_a_disabled_clients_token_is_refused_at_once(house: House, admin: Context) -> None:
    new = await register_client(context=admin, name="Web", roles=["auditor"])
    granted = await grant_token(
        house=house, client_id=new.client_id, client_secret=new.client_secret, scopes=None
    )
    caller = await house.the(TokenVerifier).caller_of(granted.access_token)
    assert caller.subject == new.client_id
    await disable_client(context=admin, client_id=new.client_id)
    assert "disabled" in await refusal_of(house, granted.access_token)


async def test_another_process_hears_that_a_client_is_disabled(
    house: House, other_process: House, admin: Context
) -> None:
    new = await register_client(context=admin, name="Web", roles=["auditor"])
    granted = await grant_token(
        house=house, client_id=new.client_id, client_secret=new.client_secret, scopes=None
    )
    heard = asyncio.Event()
    (listener,) = MODULE.listeners

    def hear(events: Sequence[Event]) -> None:
        listener.hear(other_process, events)
        if any(event.type == "ClientDisabled" for event in events):
            heard.set()

    await other_process.the(Tails).of(listener.log).listen(hear)
    await other_process.the(TokenVerifier).caller_of(granted.access_token)
    await disable_client(context=admin, client_id=new.client_id)
    await asyncio.wait_for(heard.wait(), 30)
    assert "disabled" in await refusal_of(other_process, granted.access_token)


@pytest.mark.parametrize("client_id", ["rk_00000000000000000000", "somebody", "\x00"])
async def test_a_token_of_a_client_that_does_not_exist_is_refused(
    house: House, client_id: str
) -> None:
    token = await sign(house, ACCESS, claims_of(house, client_id=client_id))
    assert "disabled" in await refusal_of(house, token)
