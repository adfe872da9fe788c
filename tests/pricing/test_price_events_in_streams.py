"""Who hears of what makes prices."""

import datetime

import pytest

from rackhouse.feeds.audiences import Audience, AudienceIndex
from rackhouse.feeds.filters import Filter, Scope
from rackhouse.feeds.subjects import Subject, subject_of
from rackhouse.platform.events import Event, Position

NOON = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
PRICES = b'{"price_list":"web","prices":[{"sku":"A"},{"sku":"B"}],"removed_skus":["C"]}'


def subject(type_: str, data: bytes, channel: str | None) -> Subject:
    event = Event(
        Position(1, 1), "prices:web", 1, type_, data, "test", channel, "correlation", NOON, b""
    )
    return subject_of("pricing", event)


def hears(about: Subject, *, customer_id: str | None = None, **asked: str) -> bool:
    """Whether an audience admits an event; the index has to find it then, too."""
    wanted = Filter(**{field: frozenset([value]) for field, value in asked.items()})
    made = Audience(
        Scope(filter=wanted, customer_id=customer_id, reads_orders=True, sees_drafts=False)
    )
    made.resolve(
        dict.fromkeys(wanted.product or (), ("A",)),
        dict.fromkeys(wanted.channel or (), ("north",)),
    )
    index = AudienceIndex()
    index.add(made)
    admitted = made.admits(about)
    assert not admitted or made in index.matching(about)
    return admitted


def test_prices_that_were_set_are_about_their_skus() -> None:
    about = subject("PricesSet", PRICES, "web")
    assert (about.kind, about.skus, about.channel) == ("price", ("A", "B", "C"), "web")


@pytest.mark.parametrize("channel", [None, "web"])
def test_prices_are_heard_by_who_follows_the_sku_the_channel_or_everything(
    channel: str | None,
) -> None:
    about = subject("PricesSet", PRICES, channel)
    assert hears(about)
    assert hears(about, sku="C")
    assert hears(about, product="gin")
    assert hears(about, channel="web")
    assert hears(about, channel="web", sku="A")
    assert hears(about, channel="till") is (channel is None)
    assert not hears(about, sku="X")
    assert not hears(about, location="north")
    assert not hears(about, customer_id="ann")


def test_what_is_for_no_sku_in_particular_is_not_told_to_who_follows_one() -> None:
    about = subject("PromotionStarted", b'{"id":"sale","title":"Sale"}', "web")
    assert hears(about)
    assert hears(about, channel="web")
    assert not hears(about, sku="A")
    assert not hears(about, channel="till")
