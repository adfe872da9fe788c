"""Signing keys: made once whoever comes first, rotated without breaking tokens."""

import asyncio

import msgspec
import psycopg
import pytest

from houses import context_of, migrated_database
from rackhouse.identity import TokenVerifier, mint_token, permissions_of, rotate_signing_key
from rackhouse.identity.events import LOG
from rackhouse.identity.signing_keys import RETIRED_KEPT_SECONDS, SigningKeys
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context, PermissionMissing
from rackhouse.platform.environment import InvalidSetting
from rackhouse.platform.events import START
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


@pytest.fixture
def own_settings(settings: Settings, server_url: str) -> Settings:
    """Settings of a house with a database of its own."""
    return msgspec.structs.replace(
        settings, database_url=migrated_database(server_url), database_urls={}
    )


def admin_of(house: House) -> Context:
    return context_of(house, permissions=permissions_of(["admin"]))


async def history_of(house: House) -> list[tuple[str, int]]:
    async with house.database("identity").transaction() as tx:
        page = await LOG.read(tx, after=START)
    return [(each.type, each.version) for each in page.events if each.stream == "signing-key"]


async def test_processes_that_start_together_make_one_key(own_settings: Settings) -> None:
    async with House(own_settings, MODULES) as house, House(own_settings, MODULES) as other:
        await migrate(house)
        rings = await asyncio.gather(
            *(each.the(SigningKeys).ring() for each in (house, other) for _ in range(5))
        )
        assert len({ring.kid for ring in rings}) == 1
        assert await history_of(house) == [("SigningKeyMade", 1)]


async def test_after_a_rotation_old_tokens_stay_good_and_new_ones_have_the_new_key(
    own_settings: Settings,
) -> None:
    async with House(own_settings, MODULES) as house, House(own_settings, MODULES) as other:
        await migrate(house)
        old = await mint_token(house=house, roles=["admin"], subject="old")
        await other.the(TokenVerifier).caller_of(old)
        kid = await rotate_signing_key(context=admin_of(house))
        new = await mint_token(house=house, roles=["admin"], subject="new")
        for each in (house, other):
            assert (await each.the(TokenVerifier).caller_of(new)).subject == "new"
            assert (await each.the(TokenVerifier).caller_of(old)).subject == "old"
        published = await house.the(SigningKeys).published()
        assert len(published) == 2
        assert published[-1]["kid"] == kid
        assert await history_of(house) == [("SigningKeyMade", 1), ("SigningKeyRotated", 2)]


async def test_rotations_at_the_same_time_follow_each_other(own_settings: Settings) -> None:
    async with House(own_settings, MODULES) as house:
        await migrate(house)
        kids = await asyncio.gather(
            *(rotate_signing_key(context=admin_of(house)) for _ in range(4))
        )
        assert len(set(kids)) == 4
        assert [version for _, version in await history_of(house)] == [1, 2, 3, 4]
        assert (await house.the(SigningKeys).ring()).kid in kids


async def test_a_retired_key_is_published_until_its_tokens_expired(
    own_settings: Settings,
) -> None:
    async with House(own_settings, MODULES) as house:
        await migrate(house)
        first = (await house.the(SigningKeys).ring()).kid
        await rotate_signing_key(context=admin_of(house))
        assert first in (await house.the(SigningKeys).ring()).verify
        with psycopg.connect(house.database("identity").url) as connection:
            connection.execute(
                "update identity.signing_key set retired_at = clock_timestamp() - %s * interval "
                "'1 second' where kid = %s",
                [RETIRED_KEPT_SECONDS + 1, first],
            )
        house.the(SigningKeys).forget()
        assert first not in (await house.the(SigningKeys).ring()).verify


async def test_the_private_key_is_sealed_and_gone_once_retired(own_settings: Settings) -> None:
    async with House(own_settings, MODULES) as house:
        await migrate(house)
        private = (await house.the(SigningKeys).ring()).signs.as_dict(private=True)["d"]
        url = house.database("identity").url
        with psycopg.connect(url) as connection:
            (sealed,) = connection.execute(
                "select private_key from identity.signing_key"
            ).fetchone()
        assert str(private).encode() not in bytes(sealed)
        await rotate_signing_key(context=admin_of(house))
        with psycopg.connect(url) as connection:
            kept = connection.execute(
                "select count(*) from identity.signing_key where private_key is not null"
            ).fetchone()
        assert kept == (1,)


async def test_only_public_parts_are_published(house: House) -> None:
    for key in await house.the(SigningKeys).published():
        assert "d" not in key
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == (
            "OKP",
            "Ed25519",
            "EdDSA",
            "sig",
        )


async def test_another_secret_key_is_told_from_the_right_one(
    own_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with House(own_settings, MODULES) as house:
        await migrate(house)
        await house.the(SigningKeys).ring()
    elsewhere = msgspec.structs.replace(own_settings, data=tmp_path_factory.mktemp("elsewhere"))
    async with House(elsewhere, MODULES) as stranger:
        with pytest.raises(InvalidSetting):
            await stranger.the(SigningKeys).ring()


async def test_an_operator_does_not_rotate_the_key(house: House) -> None:
    operator = context_of(house, permissions=permissions_of(["operator"]))
    with pytest.raises(PermissionMissing):
        await rotate_signing_key(context=operator)
