"""Signing in to the console."""

import asyncio
import datetime

import psycopg
import pytest

from rackhouse.identity import (
    InvalidToken,
    RolesMissing,
    SigninCodeUnusable,
    TokenVerifier,
    UnknownRole,
    caller_of_session,
    mint_token,
    new_signin_code,
    use_signin_code,
)
from rackhouse.identity.events import LOG
from rackhouse.identity.jobs import FORGOTTEN_AFTER_DAYS, forget_old_signin_codes
from rackhouse.identity.rules import ROLES
from rackhouse.platform.context import Context
from rackhouse.platform.events import START
from rackhouse.platform.house import House


async def expire_codes(house: House, *, ago: datetime.timedelta) -> None:
    async with await psycopg.AsyncConnection.connect(house.database("identity").url) as connection:
        await connection.execute(
            "update identity.signin_code set expires_at = clock_timestamp() - %s "
            "where used_at is null",
            [ago],
        )


async def count_codes(house: House) -> int:
    async with house.database("identity").transaction() as tx:
        return await tx.one(int, "select count(*) from identity.signin_code")


async def test_a_code_opens_a_session(house: House) -> None:
    code = await new_signin_code(house=house, roles=["operator"])
    session = await use_signin_code(house=house, code=code)
    caller = await caller_of_session(house=house, token=session)
    assert caller.subject.startswith("console:")
    assert caller.permissions == ROLES["operator"]
    assert caller.roles == {"operator"}


async def test_a_code_works_once_however_many_try_at_the_same_time(house: House) -> None:
    code = await new_signin_code(house=house, roles=["admin"])
    outcomes = await asyncio.gather(
        *(use_signin_code(house=house, code=code) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, SigninCodeUnusable) for outcome in outcomes) == 5


@pytest.mark.parametrize("code", ["", "made-up", "\x00", "\udcff", "x" * 100_000])
async def test_a_code_that_never_was_is_refused(house: House, code: str) -> None:
    with pytest.raises(SigninCodeUnusable):
        await use_signin_code(house=house, code=code)


async def test_an_expired_code_is_refused(house: House) -> None:
    code = await new_signin_code(house=house, roles=["admin"])
    await expire_codes(house, ago=datetime.timedelta(seconds=1))
    with pytest.raises(SigninCodeUnusable):
        await use_signin_code(house=house, code=code)


async def test_only_the_hash_of_a_code_is_kept(house: House) -> None:
    code = await new_signin_code(house=house, roles=["admin"])
    async with house.database("identity").transaction() as tx:
        rows = await tx.all(str, "select c::text from identity.signin_code c")
        rows += await tx.all(str, "select e::text from identity.event e")
    assert rows
    assert not any(code in row or code.encode().hex() in row for row in rows)


async def test_a_session_is_not_a_bearer_token_nor_the_reverse(house: House) -> None:
    code = await new_signin_code(house=house, roles=["admin"])
    session = await use_signin_code(house=house, code=code)
    with pytest.raises(InvalidToken):
        await house.the(TokenVerifier).caller_of(session)
    access = await mint_token(house=house, roles=["admin"], subject="me")
    with pytest.raises(InvalidToken):
        await caller_of_session(house=house, token=access)


async def test_the_log_tells_who_signed_in(house: House) -> None:
    code = await new_signin_code(house=house, roles=["auditor"])
    caller = await caller_of_session(
        house=house, token=await use_signin_code(house=house, code=code)
    )
    signin_id = caller.subject.removeprefix("console:")
    async with house.database("identity").transaction() as tx:
        made, used = [
            each
            for each in (await LOG.read(tx, after=START)).events
            if each.stream == f"signin:{signin_id}"
        ]
    assert (made.type, used.type) == ("SigninCodeMade", "SignedIn")
    assert used.actor == caller.subject


async def test_only_roles_that_exist_get_a_code(house: House) -> None:
    with pytest.raises(RolesMissing):
        await new_signin_code(house=house, roles=[])
    with pytest.raises(UnknownRole):
        await new_signin_code(house=house, roles=["king"])


async def test_long_expired_codes_are_forgotten(house: House, context: Context) -> None:
    await new_signin_code(house=house, roles=["admin"])
    await expire_codes(house, ago=datetime.timedelta(days=FORGOTTEN_AFTER_DAYS, seconds=1))
    before = await count_codes(house)
    await forget_old_signin_codes(context)
    assert await count_codes(house) < before
