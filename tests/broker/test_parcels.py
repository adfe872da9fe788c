"""What goes to a broker for a message, and which broker that is: without one."""

import datetime
import re

import msgspec
import pytest

from rackhouse.broker.bus import BusUnusable, addresses, bus_of
from rackhouse.broker.parcels import header_text, parcels_of, subject_of
from rackhouse.outlets import Message
from rackhouse.platform.environment import InvalidSetting, read_settings
from rackhouse.platform.settings import Settings

NOON = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


def message(number: int, *, log: str = "inventory", stream: str = "GIN-70@main") -> Message:
    """A message about an event of a log."""
    return Message(
        id=f"id-{number}",
        type="StockReceived",
        log=log,
        stream=stream,
        sequence=number,
        recorded_at=NOON,
        cursor=f"inventory.7-{number}",
        body=b"{}",
    )


@pytest.mark.parametrize(
    ("log", "stream", "subject"),
    [
        ("inventory", "GIN-70@main", "inventory.stock.GIN-70.main"),
        ("inventory", "A.B@C@main", "inventory.stock.A%2EB%40C.main"),
        ("inventory", "lot:L 1*>", "inventory.lot.L%201%2A%3E"),
        ("orders", "order:é", "orders.order.%C3%A9"),
        ("catalog", "gin", "catalog.gin"),
        ("catalog", "", "catalog.%00"),
        (None, None, "snapshot"),
    ],
)
def test_a_subject_has_a_part_for_each_name_whatever_the_names(
    log: str | None, stream: str | None, subject: str
) -> None:
    assert subject_of(log, stream) == subject


def test_each_parcel_says_after_what_it_comes() -> None:
    first, second = parcels_of(
        [message(4), message(9)], after="inventory.7-2", source="https://house", name="rackhouse"
    )
    assert (first.attributes["after"], first.attributes["position"]) == ("7-2", "7-4")
    assert (second.attributes["after"], second.attributes["position"]) == ("7-4", "7-9")
    assert first.attributes["time"] == "2026-11-22T12:00:00Z"
    assert (first.place, first.key) == ("inventory", "GIN-70@main")
    assert first.subject == "rackhouse.inventory.stock.GIN-70.main"


def test_the_pages_of_a_snapshot_stay_in_order() -> None:
    page = msgspec.structs.replace(
        message(1), type="snapshot", log=None, stream=None, sequence=None, cursor=None
    )
    pages = parcels_of([page, page], after=None, source="https://house", name="rackhouse")
    assert {(each.place, each.key, each.subject) for each in pages} == {
        ("snapshot", "snapshot", "rackhouse.snapshot")
    }


def test_a_header_is_printable_whatever_it_says() -> None:
    assert header_text('GIN "é" 50 %') == "GIN%20%22%C3%A9%22%2050%20%25"
    assert re.fullmatch(r"[\x21-\x7e]+", header_text("x\r\nInjected: yes\x00"))


def test_each_server_of_a_url_has_an_address_with_the_same_user() -> None:
    assert addresses("nats://me:secret@one:4222,two:4222") == [
        "nats://me:secret@one:4222",
        "nats://me:secret@two:4222",
    ]
    assert addresses("amqps://one,two/shop?heartbeat=5") == [
        "amqps://one/shop?heartbeat=5",
        "amqps://two/shop?heartbeat=5",
    ]


def test_a_broker_that_is_not_spoken_to_is_refused_when_the_settings_are_read() -> None:
    with pytest.raises(InvalidSetting, match="RACKHOUSE_BUS_URL"):
        read_settings({"RACKHOUSE_BUS_URL": "redis://host"})


async def test_without_a_url_there_is_no_bus() -> None:
    with pytest.raises(BusUnusable, match="RACKHOUSE_BUS_URL"):
        await bus_of(Settings(database_url="postgresql://"))
