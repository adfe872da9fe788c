"""The check of the crash test, shown records that were tampered with: it must say so."""

import datetime
from collections.abc import Callable

import msgspec
import pytest
from purchases import FoundHold, FoundOrder, FoundStock, House, Purchase, Request, breaches_of

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(minutes=10)
EARLIER = NOW - datetime.timedelta(seconds=1)
UNITS = 10


def asked(target: str, code: int, /, **answer: object) -> Request:
    """A request that was answered."""
    body = msgspec.json.encode(answer)
    return Request(target=target, key=target, body=b"{}", status=code, answer=body)


def a_hold(hold_id: str, *, ends_at: datetime.datetime = LATER) -> Request:
    """A hold that was acknowledged."""
    allocations = [{"shipped": 0}]
    return asked(
        "/api/v1/holds", 201, id=hold_id, status="held", expires_at=ends_at, allocations=allocations
    )


def an_order(target: str, status: str, *, shipped: int = 0) -> Request:
    """An answer about the order ``o-1``."""
    return asked(
        target, 200, id="o-1", status=status, hold_id="h-order", lines=[{"shipped": shipped}]
    )


@pytest.fixture
def purchases() -> list[Purchase]:
    """One who keeps a hold, one whose hold lapses, one who pays, one who came too late."""
    return [
        Purchase(name="keeps", quantity=2, requests=[a_hold("h-kept")]),
        Purchase(name="lapses", quantity=1, requests=[a_hold("h-lapsed", ends_at=EARLIER)]),
        Purchase(
            name="pays",
            quantity=3,
            requests=[
                an_order("/api/v1/orders", "pending"),
                an_order("/api/v1/orders/o-1/confirm", "confirmed"),
                an_order("/api/v1/orders/o-1/ship", "confirmed", shipped=1),
            ],
        ),
        Purchase(
            name="late",
            quantity=1,
            requests=[asked("/api/v1/holds", 409, type="/problems/not-enough-stock")],
        ),
    ]


@pytest.fixture
def house() -> House:
    """What is to be found after these purchases."""

    def hold(id_: str, name: str, status: str, *figures: int) -> FoundHold:
        held, committed, shipped = figures
        return FoundHold(
            id=id_, name=name, status=status, held=held, committed=committed, shipped=shipped
        )

    return House(
        now=NOW,
        holds=[
            hold("h-kept", "keeps", "held", 2, 0, 0),
            hold("h-lapsed", "lapses", "expired", 0, 0, 0),
            hold("h-order", "pays", "confirmed", 0, 2, 1),
        ],
        orders=[
            FoundOrder(id="o-1", name="pays", hold_id="h-order", status="confirmed", shipped=1)
        ],
        stock=FoundStock(on_hand=UNITS - 1, held=2, committed=2),
    )


def changed(house: House, kind: str, at: int, **facts: object) -> House:
    """The house with other facts about one hold or order."""
    rows = list(getattr(house, kind))
    rows[at] = msgspec.structs.replace(rows[at], **facts)
    return msgspec.structs.replace(house, **{kind: rows})


def without_stock_of(house: House, at: int) -> House:
    """The house without one of its holds, and the figures made to agree."""
    gone = house.holds[at]
    stock = FoundStock(
        house.stock.on_hand + gone.shipped,
        house.stock.held - gone.held,
        house.stock.committed - gone.committed,
    )
    holds = [*house.holds[:at], *house.holds[at + 1 :]]
    return msgspec.structs.replace(house, holds=holds, stock=stock)


def with_twin_of(house: House, at: int, name: str) -> House:
    """The house with one hold more, and the figures made to agree."""
    twin = msgspec.structs.replace(house.holds[at], id="h-twin", name=name)
    stock = FoundStock(
        house.stock.on_hand - twin.shipped,
        house.stock.held + twin.held,
        house.stock.committed + twin.committed,
    )
    return msgspec.structs.replace(house, holds=[*house.holds, twin], stock=stock)


def test_what_is_as_it_was_told_passes(purchases: list[Purchase], house: House) -> None:
    assert breaches_of(purchases, house, units=UNITS) == []


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (lambda house: without_stock_of(house, 0), "keeps: the acknowledged hold is lost"),
        (lambda house: with_twin_of(house, 0, "keeps"), "keeps: the hold is there 2 times"),
        (lambda house: with_twin_of(house, 0, "late"), "late: a hold is there that was refused"),
        (lambda house: with_twin_of(house, 0, "nobody"), "nobody: 1 holds are there that nobody"),
        (
            lambda house: msgspec.structs.replace(house, orders=[]),
            "pays: the acknowledged order is lost",
        ),
        (
            lambda house: msgspec.structs.replace(house, orders=house.orders * 2),
            "pays: the order is there 2 times",
        ),
        (lambda house: changed(house, "holds", 0, id="h-other"), "keeps: the hold is"),
        (lambda house: changed(house, "holds", 0, status="released"), "keeps: the hold is"),
        (lambda house: changed(house, "holds", 1, status="held", held=1), "lapses: the hold is"),
        (lambda house: changed(house, "orders", 0, status="pending"), "pays: the order is"),
        (lambda house: changed(house, "orders", 0, shipped=2), "pays: the order is"),
        (
            lambda house: msgspec.structs.replace(
                house, stock=FoundStock(on_hand=UNITS, held=2, committed=2)
            ),
            "the figures are",
        ),
    ],
)
def test_what_is_not_as_it_was_told_is_found(
    purchases: list[Purchase], house: House, tamper: Callable[[House], House], told: str
) -> None:
    found = breaches_of(purchases, tamper(house), units=UNITS)
    assert [breach for breach in found if breach.startswith(told)], found


def test_more_promised_than_there_was_is_found(purchases: list[Purchase], house: House) -> None:
    assert "5 of 4 units were promised" in breaches_of(purchases, house, units=4)


def test_a_request_without_an_answer_and_a_strange_answer_are_found(
    purchases: list[Purchase], house: House
) -> None:
    unanswered = Request(target="/api/v1/holds", key="k", body=b"{}")
    strange = asked("/api/v1/holds", 500)
    late = purchases[-1]
    for request, told in ((unanswered, "never answered"), (strange, "answered 500")):
        late.requests = [request]
        (breach,) = breaches_of(purchases, house, units=UNITS)
        assert told in breach
