"""Roles, permissions and scopes, without a database."""

import pytest

from rackhouse.identity.errors import (
    GrantExceedsGranter,
    NameUnreadable,
    NoConsoleRole,
    RoleNeedsBinding,
    RolesMissing,
    ScopeNotGranted,
    TokenLifeOutOfBounds,
    UnknownRole,
)
from rackhouse.identity.rules import (
    PERMISSIONS,
    ROLES,
    TOKEN_TTL_LIMIT_SECONDS,
    is_client_id,
    permissions_of,
    permissions_within,
    refuse_grant_beyond,
    refuse_unfit_grant,
    refuse_unfit_ttl,
    refuse_without_console,
    scope_granted,
)
from rackhouse.platform.context import Caller


def caller_with(*permissions: str, **bound_to: str) -> Caller:
    return Caller(subject="granter", permissions=frozenset(permissions), **bound_to)


def test_every_permission_of_a_role_is_described() -> None:
    for permissions in ROLES.values():
        assert permissions <= PERMISSIONS.keys()


def test_every_permission_says_what_it_allows_in_a_sentence() -> None:
    for description in PERMISSIONS.values():
        assert description[0].isupper() and description.endswith(".")


def test_an_admin_may_do_everything() -> None:
    assert ROLES["admin"] == PERMISSIONS.keys()


def test_an_auditor_reads_everything_and_writes_nothing() -> None:
    assert {name for name in PERMISSIONS if name.endswith(":read")} <= ROLES["auditor"]
    assert not any(name.endswith(":write") for name in ROLES["auditor"])


def test_an_operator_runs_all_but_the_keys() -> None:
    assert PERMISSIONS.keys() - ROLES["operator"] == {"keys:write"}


@pytest.mark.parametrize("role", ["channel", "customer"])
def test_who_sells_or_buys_writes_neither_stock_nor_catalog(role: str) -> None:
    assert ROLES[role].isdisjoint(
        {"catalog:write", "inventory:write", "channels:write", "clients:write", "console:use"}
    )


def test_roles_add_up_and_unknown_ones_add_nothing() -> None:
    assert permissions_of(["channel", "customer"]) == ROLES["channel"] | ROLES["customer"]
    assert permissions_of(["gone"]) == frozenset()
    assert permissions_of([]) == frozenset()


def test_a_token_allows_what_its_roles_and_its_scope_both_allow() -> None:
    assert permissions_within(["customer"], "orders:read keys:write") == {"orders:read"}
    assert permissions_within(["admin"], "") == frozenset()


def test_without_a_wish_the_scope_is_all_that_the_roles_allow() -> None:
    assert frozenset(scope_granted(["customer"], None).split()) == ROLES["customer"]


def test_a_narrower_scope_is_granted_as_asked() -> None:
    assert scope_granted(["customer"], ["orders:read", "orders:read"]) == "orders:read"


@pytest.mark.parametrize("scope", ["orders:write", "no:such", ""])
def test_a_wider_scope_is_refused_rather_than_cut(scope: str) -> None:
    with pytest.raises(ScopeNotGranted) as refused:
        scope_granted(["customer"], ["orders:read", scope])
    assert refused.value.scope == scope


def test_nobody_grants_what_they_may_not_do() -> None:
    with pytest.raises(GrantExceedsGranter):
        refuse_grant_beyond(
            caller_with("clients:write"), ["customer"], channel=None, customer_id="anna"
        )


def test_whoever_acts_for_one_channel_grants_for_that_channel_only() -> None:
    granter = caller_with(*PERMISSIONS, channel="web")
    refuse_grant_beyond(granter, ["channel"], channel="web", customer_id=None)
    for channel in ("pos-3", None):
        with pytest.raises(GrantExceedsGranter):
            refuse_grant_beyond(granter, ["channel"], channel=channel, customer_id=None)


def test_whoever_acts_for_one_customer_grants_for_that_customer_only() -> None:
    granter = caller_with(*PERMISSIONS, customer_id="anna")
    refuse_grant_beyond(granter, ["customer"], channel=None, customer_id="anna")
    with pytest.raises(GrantExceedsGranter):
        refuse_grant_beyond(granter, ["customer"], channel=None, customer_id="berta")


def test_roles_must_exist_and_be_bound_where_they_need_it() -> None:
    unbound = {"name": "Till", "channel": None, "customer_id": None}
    with pytest.raises(RolesMissing):
        refuse_unfit_grant([], **unbound)
    with pytest.raises(UnknownRole) as unknown:
        refuse_unfit_grant(["king"], **unbound)
    assert "operator" in str(unknown.value)
    with pytest.raises(RoleNeedsBinding):
        refuse_unfit_grant(["channel"], **unbound)
    with pytest.raises(RoleNeedsBinding):
        refuse_unfit_grant(["customer"], **unbound)
    refuse_unfit_grant(["channel"], **{**unbound, "channel": "pos-3"})


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "x" * 201])
def test_a_name_must_be_readable(name: str) -> None:
    with pytest.raises(NameUnreadable):
        refuse_unfit_grant(["admin"], name=name, channel=None, customer_id=None)
    with pytest.raises(NameUnreadable):
        refuse_unfit_grant(["channel"], name="Till", channel=name, customer_id=None)


def test_a_token_does_not_outlive_its_key() -> None:
    refuse_unfit_ttl(TOKEN_TTL_LIMIT_SECONDS)
    for ttl_seconds in (0, -1, TOKEN_TTL_LIMIT_SECONDS + 1):
        with pytest.raises(TokenLifeOutOfBounds):
            refuse_unfit_ttl(ttl_seconds)


def test_only_some_roles_open_the_console() -> None:
    refuse_without_console(["auditor"])
    with pytest.raises(NoConsoleRole):
        refuse_without_console(["channel"])


def test_a_client_id_is_told_by_its_form() -> None:
    assert is_client_id("rk_0123456789abcdef0123")
    for text in ("rk_0123456789abcdef012", "rk_0123456789ABCDEF0123", "rk_0123456789abcdef0123\n"):
        assert not is_client_id(text)


def test_an_operator_may_give_a_channel_all_that_it_needs() -> None:
    assert permissions_of(["channel"]) <= permissions_of(["operator"])
