"""Statements: signed with the key of the service, readable when that key is long retired."""

import json
from collections.abc import AsyncIterator

import msgspec
import psycopg
import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from houses import context_of, migrated_database
from rackhouse.identity import (
    InvalidToken,
    StatementNotOurs,
    TokenVerifier,
    key_of_statement,
    mint_token,
    permissions_of,
    read_statement,
    rotate_signing_key,
    sign_statement,
)
from rackhouse.identity.signatures import ONE_ALGORITHM
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings

TYP = "promise+jwt"
PAYLOAD = b'{"said":"so"}'


@pytest.fixture
async def own(settings: Settings, server_url: str) -> AsyncIterator[House]:
    """A house with a database of its own."""
    apart = msgspec.structs.replace(
        settings, database_url=migrated_database(server_url), database_urls={}
    )
    async with House(apart, MODULES) as house:
        await migrate(house)
        yield house


def tamper(house: House, statement: str, **values: object) -> None:
    with psycopg.connect(str(house.settings.database_url), autocommit=True) as connection:
        assert connection.execute(statement.encode(), values).rowcount > 0


async def signed(house: House) -> str:
    return await sign_statement(house=house, typ=TYP, payload=PAYLOAD)


async def test_what_was_said_can_be_read(own: House) -> None:
    statement = await signed(own)
    assert await read_statement(house=own, typ=TYP, statement=statement) == PAYLOAD
    key = OKPKey.import_key(await key_of_statement(house=own, typ=TYP, statement=statement))
    assert jws.deserialize_compact(statement, key, registry=ONE_ALGORITHM).payload == PAYLOAD
    assert not key.is_private


async def test_a_statement_outlives_its_key(own: House) -> None:
    statement = await signed(own)
    admin = context_of(own, permissions=permissions_of(["admin"]))
    for _ in range(2):
        await rotate_signing_key(context=admin)
    tamper(
        own,
        "update identity.signing_key set retired_at = retired_at - interval '9 years' "
        "where retired_at is not null",
    )
    async with House(own.settings, MODULES) as later:
        assert await read_statement(house=later, typ=TYP, statement=statement) == PAYLOAD


async def test_a_statement_is_no_token_and_a_token_no_statement(own: House) -> None:
    with pytest.raises(InvalidToken):
        await own.the(TokenVerifier).caller_of(await signed(own))
    token = await mint_token(house=own, roles=["admin"], subject="me")
    with pytest.raises(StatementNotOurs, match="not of the type"):
        await read_statement(house=own, typ=TYP, statement=token)
    with pytest.raises(AssertionError):
        await sign_statement(house=own, typ="at+jwt", payload=PAYLOAD)


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "x" * 9000, "é.b.c"])
async def test_what_is_no_statement_is_refused(own: House, text: str) -> None:
    with pytest.raises(StatementNotOurs):
        await read_statement(house=own, typ=TYP, statement=text)


@pytest.mark.parametrize("part", [1, 2])
async def test_a_statement_that_was_altered_is_refused(own: House, part: int) -> None:
    parts = (await signed(own)).split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    with pytest.raises(StatementNotOurs, match="does not fit"):
        await read_statement(house=own, typ=TYP, statement=".".join(parts))


@pytest.mark.parametrize("kid", ["x", "A" * 43, "\x00"])
async def test_a_key_that_was_never_ours_is_refused(own: House, kid: str) -> None:
    header = {"alg": "EdDSA", "typ": TYP, "kid": kid}
    forger = OKPKey.generate_key("Ed25519")
    statement = jws.serialize_compact(header, PAYLOAD, forger, registry=ONE_ALGORITHM)
    with pytest.raises(StatementNotOurs, match="never had"):
        await read_statement(house=own, typ=TYP, statement=statement)


@pytest.mark.parametrize("active", [True, False], ids=["active", "retired"])
async def test_a_key_that_somebody_put_into_the_database_is_refused(
    own: House, active: bool
) -> None:
    """Without the secret key nobody can seal a private key or a vouch."""
    genuine = await signed(own)
    forger = OKPKey.generate_key("Ed25519")
    kid, public = forger.thumbprint(), json.dumps(forger.as_dict(private=False))
    await rotate_signing_key(context=context_of(own, permissions=permissions_of(["admin"])))
    if active:
        tamper(
            own,
            "update identity.signing_key set kid = %(kid)s, public_key = %(public)s "
            "where retired_at is null",
            kid=kid,
            public=public,
        )
    else:
        tamper(
            own,
            "insert into identity.signing_key (generation, kid, public_key, made_at, retired_at, "
            "vouch) select 99, %(kid)s, %(public)s, now(), now(), vouch "
            "from identity.signing_key where vouch is not null",
            kid=kid,
            public=public,
        )
    header = {"alg": "EdDSA", "typ": TYP, "kid": kid}
    statement = jws.serialize_compact(header, PAYLOAD, forger, registry=ONE_ALGORITHM)
    with pytest.raises(StatementNotOurs, match="can not be shown"):
        await read_statement(house=own, typ=TYP, statement=statement)
    async with House(own.settings, MODULES) as later:
        assert await read_statement(house=later, typ=TYP, statement=genuine) == PAYLOAD
