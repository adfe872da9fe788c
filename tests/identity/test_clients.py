"""Registering, listing and disabling clients."""

import uuid

import msgspec
import psycopg
import pytest

from houses import context_of
from rackhouse.identity import (
    ClientNotFound,
    GrantExceedsGranter,
    NewClient,
    UnknownRole,
    disable_client,
    list_clients,
    permissions_of,
    register_client,
)
from rackhouse.identity.events import LOG
from rackhouse.platform.context import Context, PermissionMissing
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.http import json_text
from rackhouse.platform.idempotency import (
    AnsweredBefore,
    IdempotencyKey,
    KeyReused,
    Rendered,
)


@pytest.fixture
def admin(house: House) -> Context:
    return context_of(house, permissions=permissions_of(["admin"]))


def with_key(context: Context, key: str, *, fingerprint: str) -> Context:
    idempotency = IdempotencyKey(
        caller=context.caller.subject,
        key=key,
        fingerprint=fingerprint,
        render=lambda answer: Rendered(201, json_text(answer)),
    )
    return msgspec.structs.replace(context, idempotency=idempotency)


async def history_of(house: House, stream: str) -> list[Event]:
    async with house.database("identity").transaction() as tx:
        newest_first = await LOG.read_streams(
            tx, streams=[stream], recorded_before=None, position_before=None, limit=10
        )
    return newest_first[::-1]


async def test_a_registered_client_is_listed_without_its_secret(admin: Context) -> None:
    new = await register_client(context=admin, name="Web shop", roles=["channel"], channel="web")
    assert new.client_id.startswith("rk_") and new.client_secret.startswith("rks_")
    before = new.client_id[:-1]
    (listed,) = await list_clients(context=admin, after=before, limit=1)
    assert (listed.client_id, listed.name, listed.roles, listed.channel) == (
        new.client_id,
        "Web shop",
        ("channel",),
        "web",
    )
    assert new.client_secret not in json_text(listed)


async def test_clients_are_listed_page_by_page_in_the_order_of_their_ids(admin: Context) -> None:
    for _ in range(3):
        await register_client(context=admin, name="Auditor", roles=["auditor"])
    everyone = [each.client_id for each in await list_clients(context=admin, after=None, limit=900)]
    assert everyone == sorted(everyone)
    paged: list[str] = []
    while page := await list_clients(context=admin, after=paged[-1] if paged else None, limit=2):
        paged += [each.client_id for each in page]
    assert paged == everyone


async def test_the_secret_is_kept_nowhere_in_clear(house: House, admin: Context) -> None:
    keyed = with_key(admin, uuid.uuid4().hex, fingerprint="one")
    new = await register_client(context=keyed, name="Till", roles=["channel"], channel="pos-3")
    for module, table in (
        ("identity", "identity.client"),
        ("identity", "identity.event"),
        ("identity", "platform.idempotency_key"),
    ):
        url = house.database(module).url
        with psycopg.connect(url) as connection:
            rows = connection.execute(f"select t::text from {table} t").fetchall()
        assert rows
        assert not any(new.client_secret in row[0] for row in rows)


async def test_a_retry_gets_the_same_client_and_secret(admin: Context) -> None:
    keyed = with_key(admin, uuid.uuid4().hex, fingerprint="one")
    new = await register_client(context=keyed, name="Till", roles=["auditor"])
    with pytest.raises(AnsweredBefore) as again:
        await register_client(context=keyed, name="Till", roles=["auditor"])
    assert again.value.answer.status == 201
    assert msgspec.json.decode(again.value.answer.body, type=NewClient) == new


async def test_a_key_that_came_with_another_request_is_refused(admin: Context) -> None:
    key = uuid.uuid4().hex
    await register_client(
        context=with_key(admin, key, fingerprint="one"), name="Till", roles=["auditor"]
    )
    with pytest.raises(KeyReused):
        await register_client(
            context=with_key(admin, key, fingerprint="two"), name="Till", roles=["auditor"]
        )


async def test_the_log_tells_who_registered_and_disabled_a_client(
    house: House, admin: Context
) -> None:
    new = await register_client(context=admin, name="Web", roles=["channel"], channel="web")
    await disable_client(context=admin, client_id=new.client_id)
    registered, disabled = await history_of(house, f"client:{new.client_id}")
    assert (registered.type, registered.version) == ("ClientRegistered", 1)
    assert registered.facts()["roles"] == ["channel"]
    assert registered.actor == admin.caller.subject
    assert (disabled.type, disabled.version) == ("ClientDisabled", 2)


async def test_disabling_a_client_again_changes_nothing(house: House, admin: Context) -> None:
    new = await register_client(context=admin, name="Web", roles=["auditor"])
    once = await disable_client(context=admin, client_id=new.client_id)
    assert await disable_client(context=admin, client_id=new.client_id) == once
    assert len(await history_of(house, f"client:{new.client_id}")) == 2


@pytest.mark.parametrize("client_id", ["rk_00000000000000000000", "nobody", "\x00"])
async def test_an_unknown_client_can_not_be_disabled(admin: Context, client_id: str) -> None:
    with pytest.raises(ClientNotFound):
        await disable_client(context=admin, client_id=client_id)


async def test_a_role_that_does_not_exist_is_refused(admin: Context) -> None:
    with pytest.raises(UnknownRole):
        await register_client(context=admin, name="King", roles=["king"])


async def test_an_operator_neither_makes_nor_disables_an_admin(
    house: House, admin: Context
) -> None:
    operator = context_of(house, permissions=permissions_of(["operator"]))
    with pytest.raises(GrantExceedsGranter):
        await register_client(context=operator, name="Me, but more", roles=["admin"])
    above = await register_client(context=admin, name="Admin", roles=["admin"])
    with pytest.raises(GrantExceedsGranter):
        await disable_client(context=operator, client_id=above.client_id)
    await register_client(context=operator, name="Till", roles=["channel"], channel="pos-3")


async def test_clients_are_nobodys_business_without_the_permission(house: House) -> None:
    stranger = context_of(house, permissions=frozenset({"orders:read"}))
    with pytest.raises(PermissionMissing):
        await register_client(context=stranger, name="Me", roles=["customer"], customer_id="me")
    with pytest.raises(PermissionMissing):
        await list_clients(context=stranger, after=None, limit=1)
    with pytest.raises(PermissionMissing):
        await disable_client(context=stranger, client_id="rk_00000000000000000000")
