"""Opening, changing, closing and reading channels, and their credentials."""

import asyncio
import uuid

import msgspec
import pytest

from houses import context_of
from rackhouse.channels import (
    BoundToAnotherChannel,
    Channel,
    ChannelAlreadyOpen,
    ChannelNotFound,
    Terms,
    change_channel,
    close_channel,
    give_credentials,
    list_channels,
    open_channel,
    read_channel,
)
from rackhouse.channels.events import EVENT_TYPES, LOG
from rackhouse.identity import GrantExceedsGranter, TokenVerifier, grant_token, permissions_of
from rackhouse.platform.context import Context, PermissionMissing
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.http import json_text
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.idempotency import AnsweredBefore, IdempotencyKey, Rendered

TERMS = Terms(
    name="Web shop", kind="web_shop", locations=("warehouse-1", "shop-berlin"), enabled=True
)
DISABLED = msgspec.structs.replace(TERMS, enabled=False)


@pytest.fixture
def operator(house: House) -> Context:
    return context_of(house, permissions=permissions_of(["operator"]))


@pytest.fixture
def handle() -> str:
    return f"web-{uuid.uuid4().hex}"


def bound_to(house: House, channel: str, *, roles: tuple[str, ...] = ("channel",)) -> Context:
    return context_of(house, permissions=permissions_of(roles), channel=channel)


async def history_of(house: House, channel_id: str) -> list[Event]:
    async with house.database("channels").transaction() as tx:
        newest_first = await LOG.read_streams(
            tx, streams=[channel_id], recorded_before=None, position_before=None, limit=20
        )
    return newest_first[::-1]


async def test_an_opened_channel_can_be_read(operator: Context, handle: str) -> None:
    opened = await open_channel(context=operator, channel_id=handle, terms=TERMS)
    assert opened == Channel(
        id=handle,
        name="Web shop",
        kind="web_shop",
        locations=("warehouse-1", "shop-berlin"),
        enabled=True,
        version=1,
    )
    assert await read_channel(context=operator, channel_id=handle) == opened


async def test_of_many_who_open_a_channel_at_once_one_does(operator: Context, handle: str) -> None:
    outcomes = await asyncio.gather(
        *(open_channel(context=operator, channel_id=handle, terms=TERMS) for _ in range(6)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Channel) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ChannelAlreadyOpen) for outcome in outcomes) == 5


async def test_of_two_who_edit_the_same_version_one_is_told_it_is_stale(
    operator: Context, handle: str
) -> None:
    await open_channel(context=operator, channel_id=handle, terms=TERMS)
    outcomes = await asyncio.gather(
        *(
            change_channel(context=operator, channel_id=handle, terms=terms, expected_version=1)
            for terms in (DISABLED, msgspec.structs.replace(TERMS, name="Shop"))
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, VersionIsStale) for outcome in outcomes) == 1
    assert (await read_channel(context=operator, channel_id=handle)).version == 2


async def test_the_log_tells_the_whole_life_of_a_channel(
    house: House, operator: Context, handle: str
) -> None:
    await open_channel(context=operator, channel_id=handle, terms=TERMS)
    for _ in range(2):
        await change_channel(
            context=operator, channel_id=handle, terms=DISABLED, expected_version=None
        )
    await close_channel(context=operator, channel_id=handle, expected_version=2)
    await open_channel(context=operator, channel_id=handle, terms=TERMS)
    events = await history_of(house, handle)
    assert [(event.type, event.version) for event in events] == [
        ("ChannelOpened", 1),
        ("ChannelChanged", 2),
        ("ChannelClosed", 3),
        ("ChannelOpened", 4),
    ]
    for event in events:
        assert msgspec.json.decode(event.data, type=EVENT_TYPES[event.type]).id == handle
        assert event.actor == operator.caller.subject


async def test_a_closed_channel_is_gone_for_readers(operator: Context, handle: str) -> None:
    await open_channel(context=operator, channel_id=handle, terms=TERMS)
    await close_channel(context=operator, channel_id=handle, expected_version=None)
    with pytest.raises(ChannelNotFound):
        await read_channel(context=operator, channel_id=handle)
    listed = await list_channels(context=operator, after=None, limit=1000)
    assert handle not in {channel.id for channel in listed}


@pytest.mark.parametrize("channel_id", ["nowhere", "Not a handle", "\x00", "\udcff"])
async def test_a_channel_that_never_was_is_not_found(operator: Context, channel_id: str) -> None:
    with pytest.raises(ChannelNotFound):
        await read_channel(context=operator, channel_id=channel_id)
    with pytest.raises(ChannelNotFound):
        await close_channel(context=operator, channel_id=channel_id, expected_version=None)


async def test_channels_are_listed_page_by_page_in_the_order_of_their_ids(
    operator: Context, handle: str
) -> None:
    for suffix in ("_b", "-a", ".c", "a"):
        await open_channel(context=operator, channel_id=handle + suffix, terms=TERMS)
    everything = [each.id for each in await list_channels(context=operator, after=None, limit=900)]
    assert everything == sorted(everything)
    paged: list[str] = []
    while page := await list_channels(
        context=operator, after=paged[-1] if paged else None, limit=2
    ):
        paged += [channel.id for channel in page]
    assert paged == everything


async def test_a_caller_bound_to_a_channel_sees_no_other(
    house: House, operator: Context, handle: str
) -> None:
    own, other = f"{handle}-own", f"{handle}-other"
    for channel_id in (own, other):
        await open_channel(context=operator, channel_id=channel_id, terms=TERMS)
    till = bound_to(house, own)
    assert (await read_channel(context=till, channel_id=own)).id == own
    with pytest.raises(ChannelNotFound):
        await read_channel(context=till, channel_id=other)
    listed = await list_channels(context=till, after=None, limit=10)
    assert [channel.id for channel in listed] == [own]


async def test_a_caller_bound_to_a_channel_changes_no_other(
    house: House, operator: Context, handle: str
) -> None:
    await open_channel(context=operator, channel_id=handle, terms=TERMS)
    elsewhere = bound_to(house, "elsewhere", roles=("operator",))
    with pytest.raises(ChannelNotFound):
        await change_channel(
            context=elsewhere, channel_id=handle, terms=DISABLED, expected_version=None
        )
    with pytest.raises(ChannelNotFound):
        await close_channel(context=elsewhere, channel_id=handle, expected_version=None)
    with pytest.raises(ChannelNotFound):
        await give_credentials(context=elsewhere, channel_id=handle, name="Till")
    with pytest.raises(BoundToAnotherChannel):
        await open_channel(context=elsewhere, channel_id=f"{handle}-new", terms=TERMS)


async def test_who_sells_does_not_change_channels(
    house: House, operator: Context, handle: str
) -> None:
    await open_channel(context=operator, channel_id=handle, terms=TERMS)
    till = bound_to(house, handle)
    with pytest.raises(PermissionMissing):
        await close_channel(context=till, channel_id=handle, expected_version=None)
    with pytest.raises(PermissionMissing):
        await give_credentials(context=till, channel_id=handle, name="Another till")


async def test_a_retry_of_opening_gets_the_first_answer(operator: Context, handle: str) -> None:
    key = IdempotencyKey(
        caller=operator.caller.subject,
        key=uuid.uuid4().hex,
        fingerprint="one",
        render=lambda answer: Rendered(201, json_text(answer)),
    )
    keyed = msgspec.structs.replace(operator, idempotency=key)
    opened = await open_channel(context=keyed, channel_id=handle, terms=TERMS)
    with pytest.raises(AnsweredBefore) as again:
        await open_channel(context=keyed, channel_id=handle, terms=TERMS)
    assert msgspec.json.decode(again.value.answer.body, type=Channel) == opened


async def test_credentials_of_a_channel_act_for_it_and_nothing_else(
    house: House, operator: Context, handle: str
) -> None:
    await open_channel(context=operator, channel_id=handle, terms=TERMS)
    new = await give_credentials(context=operator, channel_id=handle, name="Till 3")
    granted = await grant_token(
        house=house, client_id=new.client_id, client_secret=new.client_secret, scopes=None
    )
    caller = await house.the(TokenVerifier).caller_of(granted.access_token)
    assert (caller.channel, caller.roles) == (handle, {"channel"})


async def test_credentials_need_a_channel_and_the_right_to_grant_them(
    house: House, operator: Context, handle: str
) -> None:
    with pytest.raises(ChannelNotFound):
        await give_credentials(context=operator, channel_id=handle, name="Till")
    await open_channel(context=operator, channel_id=handle, terms=TERMS)
    clerk = context_of(house, permissions=frozenset({"channels:read", "clients:write"}))
    with pytest.raises(GrantExceedsGranter):
        await give_credentials(context=clerk, channel_id=handle, name="Till")
