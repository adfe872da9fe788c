"""Where a channel sells from, answered from memory and yet never stale for long."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from houses import context_of
from rackhouse.channels import (
    ChannelDisabled,
    ChannelNotFound,
    ChannelSourcing,
    Terms,
    change_channel,
    close_channel,
    locations_sold_by,
    open_channel,
    peek_locations,
    sourcing_of,
)
from rackhouse.channels.module import MODULE
from rackhouse.identity import permissions_of
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings
from rackhouse.platform.tail import Tails

TERMS = Terms(name="Till", kind="pos", locations=("shop-berlin", "warehouse-1"), enabled=True)


@pytest.fixture
def operator(house: House) -> Context:
    return context_of(house, permissions=permissions_of(["operator"]))


@pytest.fixture
async def other_process(house: House, settings: Settings) -> AsyncIterator[House]:
    async with House(settings, MODULES) as other:
        yield other


@pytest.fixture
async def channel(operator: Context) -> str:
    opened = await open_channel(context=operator, channel_id=f"pos-{uuid.uuid4().hex}", terms=TERMS)
    return opened.id


async def test_locations_come_in_the_order_in_which_they_serve(house: House, channel: str) -> None:
    assert await locations_sold_by(house=house, channel=channel) == ("shop-berlin", "warehouse-1")


async def test_what_was_asked_before_is_at_hand(house: House, channel: str) -> None:
    assert peek_locations(house=house, channel=channel) is None
    locations = await locations_sold_by(house=house, channel=channel)
    assert peek_locations(house=house, channel=channel) is locations


@pytest.mark.parametrize("unknown", ["nowhere", "Not a handle", "\x00", "\udcff"])
async def test_a_channel_that_does_not_exist_sells_nothing(house: House, unknown: str) -> None:
    assert peek_locations(house=house, channel=unknown) is None
    with pytest.raises(ChannelNotFound):
        await locations_sold_by(house=house, channel=unknown)


async def test_a_disabled_channel_sells_nothing_until_it_is_enabled(
    house: House, operator: Context, channel: str
) -> None:
    await locations_sold_by(house=house, channel=channel)
    disabled = msgspec.structs.replace(TERMS, enabled=False)
    await change_channel(context=operator, channel_id=channel, terms=disabled, expected_version=1)
    with pytest.raises(ChannelDisabled):
        await locations_sold_by(house=house, channel=channel)
    with pytest.raises(ChannelDisabled):
        peek_locations(house=house, channel=channel)
    await change_channel(context=operator, channel_id=channel, terms=TERMS, expected_version=2)
    assert await locations_sold_by(house=house, channel=channel) == TERMS.locations


async def test_a_channels_orders_are_sourced_in_its_order_until_it_says_otherwise(
    house: House, operator: Context, channel: str
) -> None:
    assert await sourcing_of(house=house, channel=channel) == ChannelSourcing("channel_order", True)
    whole = msgspec.structs.replace(TERMS, sourcing="nearest", split=False)
    await change_channel(context=operator, channel_id=channel, terms=whole, expected_version=None)
    assert await sourcing_of(house=house, channel=channel) == ChannelSourcing("nearest", False)
    with pytest.raises(ChannelNotFound):
        await sourcing_of(house=house, channel="nowhere")


async def test_a_closed_channel_sells_nothing(
    house: House, operator: Context, channel: str
) -> None:
    await locations_sold_by(house=house, channel=channel)
    await close_channel(context=operator, channel_id=channel, expected_version=None)
    with pytest.raises(ChannelNotFound):
        await locations_sold_by(house=house, channel=channel)


async def test_another_process_forgets_what_it_hears_has_changed(
    house: House, other_process: House, operator: Context, channel: str
) -> None:
    heard = asyncio.Event()
    (listener,) = MODULE.listeners

    def hear(events: Sequence[Event]) -> None:
        listener.hear(other_process, events)
        if any(event.stream == channel and event.version == 2 for event in events):
            heard.set()

    await other_process.the(Tails).of(listener.log).listen(hear)
    await locations_sold_by(house=other_process, channel=channel)
    moved = msgspec.structs.replace(TERMS, locations=("shop-hamburg",))
    await change_channel(context=operator, channel_id=channel, terms=moved, expected_version=None)
    await asyncio.wait_for(heard.wait(), 30)
    assert peek_locations(house=other_process, channel=channel) is None
    assert await locations_sold_by(house=other_process, channel=channel) == ("shop-hamburg",)
