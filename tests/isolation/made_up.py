"""Made-up histories: those of a service without faults, small enough to tamper with by hand."""

import datetime
from typing import Any

import msgspec

from isolation.history import (
    OK,
    REFUSED,
    UNKNOWN,
    Answered,
    Asked,
    Began,
    Event,
    Found,
    FoundAllocation,
    FoundHold,
    FoundOrder,
    FoundStock,
    History,
    Record,
    Scene,
)

__all__ = ["CHANNEL", "PLACE", "SKU", "STREAM", "MadeUp"]

SKU, PLACE, CHANNEL = "S", "p", "ch"
STREAM = f"{SKU}@{PLACE}"
BEGAN_AT = 1000.0
BEGAN_WALL = 1_800_000_000.0
TOOK_SECONDS = 0.01
RUN = "run"


class MadeUp:
    """A service with one SKU at one place, that does everything right, one request after another.
    ``events``, ``holds``, ``orders`` and ``records`` may be changed before ``history``."""

    def __init__(self) -> None:
        scene = Scene(skus=(SKU,), bundles={}, locations=(PLACE,), channels={CHANNEL: (PLACE,)})
        began = Began(run=RUN, plan="made up", seed="0", at=BEGAN_AT, wall=BEGAN_WALL, scene=scene)
        self.records: list[Record] = [began]
        self.events: list[Event] = []
        self.holds: dict[str, FoundHold] = {}
        self.orders: dict[str, FoundOrder] = {}
        self.figures = (0, 0, 0)
        self.row: FoundStock | None = None
        self._at = BEGAN_AT
        self._numbers = 0

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self._at += seconds

    @property
    def now(self) -> datetime.datetime:
        """The server's clock."""
        return datetime.datetime.fromtimestamp(BEGAN_WALL + self._at - BEGAN_AT, datetime.UTC)

    def receive(self, quantity: int) -> str:
        """Pieces come in."""
        request = self._ask("receive", {"location": PLACE, "lines": [_line(quantity)]})
        self._happen("StockReceived", {"quantity": quantity}, (quantity, 0, 0))
        return self._told(request, OK, 200, {"items": [self.levels()]})

    def adjust(self, delta: int, *, expected_version: int) -> str:
        """A correction at a version."""
        body = {"sku": SKU, "location": PLACE, "delta": delta, "expected_version": expected_version}
        request = self._ask("adjust at a version", body)
        data = {"delta": delta, "reason": "r", "counted": None}
        self._happen("StockAdjusted", data, (delta, 0, 0))
        return self._told(request, OK, 200, self.levels())

    def hold(self, quantity: int, ttl_seconds: float = 900.0, outcome: str = OK) -> str:
        """Pieces are set aside; answers the hold's id."""
        body = {"channel": CHANNEL, "lines": [_line(quantity)], "ttl_seconds": ttl_seconds}
        request = self._ask("hold", body)
        hold_id = f"h-{request}"
        until = self.now + datetime.timedelta(seconds=ttl_seconds)
        data = {"hold_id": hold_id, "line": 0, "quantity": quantity, "expires_at": until}
        self._happen("HoldPlaced", data, (0, quantity, 0))
        row = FoundAllocation(hold_id, 0, SKU, PLACE, quantity, quantity, 0, 0, 0, until)
        self.holds[hold_id] = FoundHold(
            hold_id, CHANNEL, "held", [_line(quantity)], None, self.now, until, [row]
        )
        self._told(request, outcome, 201, self.told_of(hold_id))
        return hold_id

    def refused_hold(self, quantity: int) -> str:
        """Too many were asked for."""
        request = self._ask("hold", {"channel": CHANNEL, "lines": [_line(quantity)]})
        on_hand, held, committed = self.figures
        line = {"sku": SKU, "asked": quantity, "available": on_hand - held - committed}
        problem = {"type": "/problems/not-enough-stock", "lines": [line]}
        return self._told(request, REFUSED, 409, problem)

    def confirm(self, hold_id: str) -> str:
        """A hold is sold."""
        request = self._ask("confirm", None, f"/api/v1/holds/{hold_id}/confirm")
        self._move(hold_id, "HoldConfirmed", "confirmed", held=-1, committed=1)
        return self._told(request, OK, 200, self.told_of(hold_id))

    def release(self, hold_id: str) -> str:
        """A hold that runs is let go."""
        request = self._ask("release", {"hold_id": hold_id})
        self._move(hold_id, "HoldReleased", "released", held=-1)
        return self._told(request, OK, 200, self.told_of(hold_id))

    def look_at(self, hold_id: str) -> str:
        """Somebody reads a hold."""
        request = self._ask("look at a hold", None, f"/api/v1/holds/{hold_id}", "GET")
        return self._told(request, OK, 200, self.told_of(hold_id))

    def expire(self, hold_id: str) -> None:
        """The service tidies up a hold whose time is over."""
        self._move(hold_id, "HoldExpired", "expired", held=-1, actor="service:jobs")

    def look(self) -> str:
        """Somebody reads the figures."""
        request = self._ask("look", None, f"/api/v1/inventory/{SKU}", "GET")
        on_hand, held, committed = self.figures
        place = {**self.levels(), "location": PLACE}
        sku = {"sku": SKU, "on_hand": on_hand, "reserved": held + committed, "locations": [place]}
        return self._told(request, OK, 200, {"product_id": "x", "skus": [sku]})

    def order(self, quantity: int) -> str:
        """An order that waits for its payment; answers its id."""
        body = {"channel": CHANNEL, "lines": [_line(quantity)], "complete": "reserve"}
        request = self._ask("order", body)
        hold_id = order_id = f"o-{request}"
        until = self.now + datetime.timedelta(seconds=900)
        data = {"hold_id": hold_id, "line": 0, "quantity": quantity, "expires_at": until}
        self._happen("HoldPlaced", data, (0, quantity, 0))
        row = FoundAllocation(hold_id, 0, SKU, PLACE, quantity, quantity, 0, 0, 0, until)
        self.holds[hold_id] = FoundHold(
            hold_id, CHANNEL, "held", [_line(quantity)], order_id, self.now, until, [row]
        )
        line = {**_line(quantity), "shipped": 0, "returned": 0}
        self.orders[order_id] = FoundOrder(order_id, hold_id, "pending", CHANNEL, None, [line], 1)
        told = {"id": order_id, "hold_id": hold_id, "status": "pending", "version": 1}
        self._told(request, OK, 201, {**told, "lines": [line]})
        return order_id

    def ask_again(self, request: str) -> None:
        """A retry, which gets the same answer."""
        first = next(each for each in self.asked if each.request == request)
        told = next(each for each in self.answered if each.number == first.number)
        self._numbers += 1
        again = msgspec.structs.replace(first, number=self._numbers, at=self._at)
        self._at += TOOK_SECONDS
        replayed = msgspec.structs.replace(
            told, number=self._numbers, at=self._at, outcome=OK, replayed=True
        )
        self.records += [again, replayed]

    @property
    def asked(self) -> list[Asked]:
        """What was asked so far."""
        return [each for each in self.records if isinstance(each, Asked)]

    @property
    def answered(self) -> list[Answered]:
        """What was answered so far."""
        return [each for each in self.records if isinstance(each, Answered)]

    def change_answer(self, request: str, **facts: object) -> None:
        """Make the last answer to a request another one; ``answer`` as plain values."""
        if "answer" in facts:
            facts["answer"] = _raw(facts["answer"])
        number = next(each.number for each in reversed(self.asked) if each.request == request)
        for at, each in enumerate(self.records):
            if isinstance(each, Answered) and each.number == number:
                self.records[at] = msgspec.structs.replace(each, **facts)

    def answer_to(self, request: str) -> Any:
        """What a request was told, to be changed."""
        number = next(each.number for each in self.asked if each.request == request)
        return next(each for each in self.answered if each.number == number).told()

    def change_event(self, at: int, **facts: object) -> None:
        """Make an event another one; figures and particulars go into its data."""
        event = self.events[at]
        own = {name: facts.pop(name) for name in list(facts) if name in event.data}
        self.events[at] = msgspec.structs.replace(event, data={**event.data, **own}, **facts)

    def change_hold(self, hold_id: str, **facts: object) -> None:
        """Make a hold another one."""
        self.holds[hold_id] = msgspec.structs.replace(self.holds[hold_id], **facts)

    def change_pieces(self, hold_id: str, **facts: object) -> None:
        """Make the one allocation of a hold another one."""
        (row,) = self.holds[hold_id].allocations
        self.change_hold(hold_id, allocations=[msgspec.structs.replace(row, **facts)])

    def history(self) -> History:
        """The whole of it, as it is after it was written down and read."""
        last = self.events[-1] if self.events else None
        figures = (*self.figures, last.version) if last else (0, 0, 0, 0)
        found = Found(
            settled=True,
            at=self._at,
            wall=BEGAN_WALL + self._at - BEGAN_AT,
            now=self.now,
            stock=[self.row or FoundStock(SKU, PLACE, *figures)],
            holds=list(self.holds.values()),
            orders=list(self.orders.values()),
            events=self.events,
        )
        lines = [msgspec.json.encode(each) for each in (*self.records, found)]
        return History([msgspec.json.decode(line, type=Record) for line in lines])

    def levels(self) -> dict[str, Any]:
        """The figures as an answer has them."""
        on_hand, held, committed = self.figures
        version = self.events[-1].version if self.events else 0
        return {
            "sku": SKU,
            "location": PLACE,
            "on_hand": on_hand,
            "held": held,
            "committed": committed,
            "available": on_hand - held - committed,
            "version": version,
        }

    def told_of(self, hold_id: str) -> dict[str, Any]:
        """A hold as an answer has it."""
        hold = self.holds[hold_id]
        return {
            "id": hold_id,
            "status": hold.status,
            "lines": hold.lines,
            "allocations": [],
            "expires_at": hold.expires_at,
        }

    def _ask(
        self, operation: str, body: Any, target: str = "/api/v1/x", method: str = "POST"
    ) -> str:
        self._numbers += 1
        self._at += TOOK_SECONDS
        request = f"c.{self._numbers}"
        self.records.append(
            Asked(
                number=self._numbers,
                request=request,
                client="c",
                process=0,
                operation=operation,
                method=method,
                target=target,
                body=body,
                key=request if method == "POST" else None,
                at=self._at,
            )
        )
        self._at += TOOK_SECONDS
        return request

    def _told(self, request: str, outcome: str, status: int, answer: Any) -> str:
        self._at += TOOK_SECONDS
        known = outcome != UNKNOWN
        told = Answered(
            number=self._numbers,
            outcome=outcome,
            at=self._at,
            status=status if known else None,
            answer=_raw(answer),
        )
        self.records.append(told)
        return request

    def _happen(
        self, type_: str, data: dict[str, Any], change: tuple[int, int, int], actor: str = "c"
    ) -> None:
        on_hand, held, committed = (a + b for a, b in zip(self.figures, change, strict=True))
        self.figures = (on_hand, held, committed)
        position = len(self.events) + 1
        levels = {"on_hand": on_hand, "held": held, "committed": committed}
        cause = f"{RUN}-{self._numbers}" if actor == "c" else "of-a-job"
        self.events.append(
            Event(
                position,
                position,
                STREAM,
                position,
                type_,
                {**data, **levels},
                actor,
                cause,
                self.now,
            )
        )

    def _move(
        self,
        hold_id: str,
        type_: str,
        status: str,
        *,
        held: int,
        committed: int = 0,
        actor: str = "c",
    ) -> None:
        (row,) = self.holds[hold_id].allocations
        data: dict[str, Any] = {"hold_id": hold_id, "line": 0, "quantity": row.quantity}
        if type_ == "HoldReleased":
            data |= {"from_held": row.quantity, "from_committed": 0, "reason": "r"}
        pieces = row.quantity
        self._happen(type_, data, (0, held * pieces, committed * pieces), actor)
        self.change_pieces(
            hold_id, held=row.held + held * pieces, committed=row.committed + committed * pieces
        )
        self.change_hold(hold_id, status=status)


def _line(quantity: int) -> dict[str, Any]:
    return {"sku": SKU, "quantity": quantity}


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
