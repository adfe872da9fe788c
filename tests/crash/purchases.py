"""What buyers asked for and were told, what the house says afterwards, and whether both agree."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

__all__ = [
    "FoundHold",
    "FoundOrder",
    "FoundStock",
    "House",
    "Purchase",
    "Request",
    "breaches_of",
]

NOT_ENOUGH = "/problems/not-enough-stock"

# Where the stock of an order is, by what its buyer was told last.
HOLD_BEHIND = {
    "pending": "held",
    "confirmed": "confirmed",
    "shipped": "confirmed",
    "delivered": "confirmed",
    "cancelled": "released",
}


class Request(msgspec.Struct, kw_only=True):
    """One POST under one key, sent until it was answered."""

    target: str
    key: str
    body: bytes
    status: int | None = None
    answer: bytes = b""
    cut: int = 0
    put_off: int = 0
    replayed: bool = False

    @property
    def granted(self) -> bool:
        """Whether the answer was a yes."""
        return self.status in (200, 201)


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a hold's and of an order's answer that are compared."""

    id: str = ""
    type: str = ""
    status: str | int = ""
    lines: list["_Moved"] = []
    allocations: list["_Moved"] = []
    hold_id: str | None = None
    expires_at: datetime.datetime | None = None
    reservation_expires_at: datetime.datetime | None = None


class _Moved(msgspec.Struct, frozen=True):
    shipped: int = 0


class Purchase(msgspec.Struct, kw_only=True):
    """What one buyer did, under a name that no other purchase has."""

    name: str
    quantity: int
    requests: list[Request] = []

    def told(self, kind: str) -> _Told | None:
        """The last that the buyer was told of the hold or of the order."""
        found = None
        for request in self.requests:
            of_order = request.target.startswith("/api/v1/orders")
            if request.granted and of_order == (kind == "order"):
                found = msgspec.json.decode(request.answer, type=_Told)
        return found

    @property
    def called_off(self) -> bool:
        """Whether the buyer asked to be let go."""
        return self.requests[-1].target.endswith(("/cancel", "/release"))


class FoundHold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold in the database, with the sums of its allocations. ``name`` is the purchase's."""

    id: str
    name: str | None
    status: str
    held: int
    committed: int
    shipped: int


class FoundOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order in the database."""

    id: str
    name: str | None
    hold_id: str
    status: str
    shipped: int


class FoundStock(msgspec.Struct, frozen=True):
    """The figures of the dropped SKU."""

    on_hand: int
    held: int
    committed: int


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What the database holds of a drop at a moment."""

    now: datetime.datetime
    holds: list[FoundHold]
    orders: list[FoundOrder]
    stock: FoundStock


class _Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What must be found of a purchase."""

    hold_id: str
    hold_status: str
    held: int
    committed: int
    shipped: int
    order_id: str | None = None
    order_status: str | None = None


def breaches_of(purchases: Sequence[Purchase], house: House, *, units: int) -> list[str]:
    """Everything that is not as the buyers were told, in sentences."""
    return [
        *_of_answers(purchases),
        *_of_counts(purchases, house),
        *(
            breach
            for purchase in purchases
            if (expected := _expected(purchase, house.now)) is not None
            for breach in _of_state(purchase, expected, house)
        ),
        *_of_stock(house, units),
    ]


def _of_answers(purchases: Sequence[Purchase]) -> Iterator[str]:
    """Each request was answered; a first one with yes or with too little stock, others with yes."""
    for purchase in purchases:
        for at, request in enumerate(purchase.requests):
            if request.status is None:
                yield f"{purchase.name}: {request.target} was never answered"
            elif not request.granted and (at or not _too_little(request)):
                yield f"{purchase.name}: {request.target} was answered {request.status} " + repr(
                    request.answer[:300]
                )


def _of_counts(purchases: Sequence[Purchase], house: House) -> Iterator[str]:
    """Each acknowledged hold and order is there once, and no other."""
    found = (("hold", house.holds), ("order", house.orders))
    for kind, rows in found:
        counts = Counter(row.name for row in rows)
        asked = {each.name: each.told("hold") or each.told("order") for each in purchases}
        for purchase in purchases:
            told = asked[purchase.name] if kind == "hold" else purchase.told("order")
            count = counts.pop(purchase.name, 0)
            if told is not None and count == 0:
                yield f"{purchase.name}: the acknowledged {kind} is lost"
            elif count > 1:
                yield f"{purchase.name}: the {kind} is there {count} times"
            elif told is None and count:
                yield f"{purchase.name}: a {kind} is there that was refused or never asked for"
        for name, count in counts.items():
            yield f"{name}: {count} {kind}s are there that nobody asked for"


def _of_state(purchase: Purchase, expected: _Expected, house: House) -> Iterator[str]:
    """The hold and the order are where the buyer was told, or where the clock has moved them."""
    for hold in house.holds:
        if hold.name == purchase.name:
            found = (hold.id, hold.status, hold.held, hold.committed, hold.shipped)
            wanted = (
                expected.hold_id,
                expected.hold_status,
                expected.held,
                expected.committed,
                expected.shipped,
            )
            if found != wanted:
                yield f"{purchase.name}: the hold is {found}, acknowledged was {wanted}"
    for order in house.orders:
        if order.name == purchase.name:
            is_now = (order.id, order.hold_id, order.status, order.shipped)
            must_be = (
                expected.order_id,
                expected.hold_id,
                expected.order_status,
                expected.shipped,
            )
            if is_now != must_be:
                yield f"{purchase.name}: the order is {is_now}, acknowledged was {must_be}"


def _of_stock(house: House, units: int) -> Iterator[str]:
    """The figures are the sums of the holds, and never more than there was."""
    held = sum(hold.held for hold in house.holds)
    committed = sum(hold.committed for hold in house.holds)
    shipped = sum(hold.shipped for hold in house.holds)
    added = FoundStock(units - shipped, held, committed)
    if house.stock != added:
        yield f"the figures are {house.stock}, {units} units and the holds make {added}"
    if held + committed + shipped > units:
        yield f"{held + committed + shipped} of {units} units were promised"


def _expected(purchase: Purchase, now: datetime.datetime) -> _Expected | None:
    hold, order = purchase.told("hold"), purchase.told("order")
    last = order or hold
    if last is None:
        return None
    shipped = sum(each.shipped for each in (order.lines if order else last.allocations))
    status = HOLD_BEHIND[str(order.status)] if order else str(last.status)
    if status == "released" and not purchase.called_off:
        status = "expired"  # the answer came so late that the reservation was over
    ends_at = order.reservation_expires_at if order else last.expires_at
    lapsed = status == "held" and ends_at is not None and ends_at <= now
    hold_status = "expired" if lapsed else status
    return _Expected(
        hold_id=(order.hold_id if order else None) or last.id,
        hold_status=hold_status,
        held=purchase.quantity if hold_status == "held" else 0,
        committed=purchase.quantity - shipped if hold_status == "confirmed" else 0,
        shipped=shipped,
        order_id=order.id if order else None,
        order_status=("cancelled" if lapsed else str(order.status)) if order else None,
    )


def _too_little(request: Request) -> bool:
    if request.status != 409:
        return False
    return msgspec.json.decode(request.answer, type=_Told).type == NOT_ENOUGH
