"""The checker, shown histories that were tampered with: it must name what is wrong, and nothing in
one that was not."""

import datetime
from collections.abc import Callable

import msgspec
import pytest

from isolation.checker import ANOMALIES, anomalies, check, explained
from isolation.history import REFUSED, UNKNOWN, FoundStock
from isolation.made_up import CHANNEL, PLACE, SKU, MadeUp

SECOND = datetime.timedelta(seconds=1)


@pytest.fixture
def made() -> MadeUp:
    """Five came in; two are held, one was sold, one hold lapsed and one was let go; one is
    ordered."""
    made = MadeUp()
    made.receive(5)
    made.hold(2)
    made.confirm(made.hold(1))
    brief = made.hold(1, ttl_seconds=1.0)
    made.look()
    made.wait(2.0)
    made.expire(brief)
    made.release(made.hold(1))
    made.order(1)
    made.refused_hold(9)
    made.look()
    return made


def named(made: MadeUp) -> set[str]:
    """The anomalies that are found."""
    return {finding.anomaly for finding in check(made.history())}


def hold_of(made: MadeUp, status: str, at: int = 0) -> str:
    """One of the holds."""
    return [each.id for each in made.holds.values() if each.status == status][at]


def event_at(made: MadeUp, type_: str) -> int:
    """Where the first event of a type is."""
    return next(at for at, event in enumerate(made.events) if event.type == type_)


def test_a_history_without_anomalies_has_none(made: MadeUp) -> None:
    assert check(made.history()) == []


def test_a_request_of_unknown_outcome_may_have_happened_or_not(made: MadeUp) -> None:
    made.hold(1, outcome=UNKNOWN)
    assert check(made.history()) == []
    del made.holds[made.events[-1].data["hold_id"]]
    made.events.pop()
    on_hand, held, committed = made.figures
    made.figures = (on_hand, held - 1, committed)
    assert check(made.history()) == []


def test_a_request_of_unknown_outcome_may_not_have_happened_by_half(made: MadeUp) -> None:
    hold = made.hold(2, outcome=UNKNOWN)
    made.change_event(-1, quantity=1, held=made.figures[1] - 1)
    made.change_pieces(hold, quantity=1, held=1)
    on_hand, held, committed = made.figures
    made.figures = (on_hand, held - 1, committed)
    assert named(made) == {anomalies.HALF_DONE}


def oversold(made: MadeUp) -> None:
    made.hold(2)


def promised_beyond_receipts(made: MadeUp) -> None:
    first = made.asked[0].request
    made.change_answer(first, outcome=REFUSED, status=409, answer={"type": "/problems/no"})
    made.events.pop(0)


def hold_is_gone(made: MadeUp) -> None:
    del made.holds[hold_of(made, "held")]


def hold_ended_by_nobody(made: MadeUp) -> None:
    made.change_hold(hold_of(made, "held"), status="released")


def hold_sold_to_nobody(made: MadeUp) -> None:
    made.change_hold(hold_of(made, "held"), status="confirmed")


def sale_undone(made: MadeUp) -> None:
    made.change_hold(hold_of(made, "confirmed"), status="held")


def pieces_are_missing(made: MadeUp) -> None:
    made.change_pieces(hold_of(made, "held"), held=1)


def order_is_gone(made: MadeUp) -> None:
    made.orders.clear()


def figure_below_zero(made: MadeUp) -> None:
    at = event_at(made, "HoldReleased")
    made.change_event(at, held=-1)


def answer_below_zero(made: MadeUp) -> None:
    request = made.look()
    answer = made.answer_to(request)
    answer["skus"][0]["available"] = -1
    made.change_answer(request, answer=answer)


def row_apart_from_events(made: MadeUp) -> None:
    on_hand, held, committed = made.figures
    made.row = FoundStock(SKU, PLACE, on_hand + 1, held, committed, len(made.events))


def event_of_nobody(made: MadeUp) -> None:
    made.change_event(event_at(made, "StockReceived"), cause="somebody")


def event_of_another_kind(made: MadeUp) -> None:
    receipt = made.events[event_at(made, "StockReceived")]
    made.change_event(event_at(made, "HoldConfirmed"), cause=receipt.cause)


def version_is_missing(made: MadeUp) -> None:
    made.events.pop(event_at(made, "HoldConfirmed"))


def version_is_there_twice(made: MadeUp) -> None:
    made.change_event(3, version=made.events[2].version)


def figures_do_not_follow(made: MadeUp) -> None:
    made.change_event(3, on_hand=4)


def receipt_is_not_there(made: MadeUp) -> None:
    request = made.receive(3)
    made.events.pop()
    made.figures = (made.figures[0] - 3, *made.figures[1:])
    assert request


def correction_of_a_stale_version(made: MadeUp) -> None:
    made.adjust(1, expected_version=len(made.events))
    made.adjust(1, expected_version=len(made.events) - 1)


def retry_told_otherwise(made: MadeUp) -> None:
    request = made.receive(1)
    made.ask_again(request)
    made.change_answer(request, answer={"items": []})


def retry_refused(made: MadeUp) -> None:
    request = made.receive(1)
    made.ask_again(request)
    made.change_answer(request, outcome=REFUSED, status=409, answer={"type": "/problems/no"})


def retry_done_again(made: MadeUp) -> None:
    request = made.receive(1)
    made.ask_again(request)
    made.events.append(
        msgspec.structs.replace(
            made.events[-1],
            version=made.events[-1].version + 1,
            position=made.events[-1].position + 1,
            cause=f"run-{made.asked[-1].number}",
            data={**made.events[-1].data, "on_hand": made.figures[0] + 1},
        )
    )
    made.figures = (made.figures[0] + 1, *made.figures[1:])


def refused_and_done(made: MadeUp) -> None:
    request = made.receive(1)
    made.change_answer(request, outcome=REFUSED, status=409, answer={"type": "/problems/no"})


def order_elsewhere_than_its_hold(made: MadeUp) -> None:
    (order,) = made.orders.values()
    made.orders[order.id] = msgspec.structs.replace(order, status="confirmed")


def hold_without_its_order(made: MadeUp) -> None:
    made.orders.clear()
    order = next(each for each in made.asked if each.operation == "order")
    made.change_answer(order.request, outcome=UNKNOWN, status=None, answer=None)


def read_of_an_earlier_version(made: MadeUp) -> None:
    early = made.answer_to(made.look())
    made.receive(1)
    made.change_answer(made.look(), answer=early)


def sold_after_its_end(made: MadeUp) -> None:
    brief = made.hold(1, ttl_seconds=1.0)
    made.wait(2.0)
    made.confirm(brief)


def sold_after_it_lapsed(made: MadeUp) -> None:
    made.change_hold(hold_of(made, "expired"), status="confirmed")


def shown_after_its_end(made: MadeUp) -> None:
    brief = made.hold(1, ttl_seconds=1.0)
    made.wait(2.0)
    made.look_at(brief)


def counted_after_its_end(made: MadeUp) -> None:
    made.hold(1, ttl_seconds=1.0)
    made.wait(2.0)
    made.look()


def lapsed_before_its_end(made: MadeUp) -> None:
    at = event_at(made, "HoldExpired")
    made.change_event(at, recorded_at=made.events[at].recorded_at - 2 * SECOND)


def told_too_early_that_it_is_over(made: MadeUp) -> None:
    hold = made.hold(1)
    request = made.confirm(hold)
    made.events.pop()
    made.change_pieces(hold, held=1, committed=0)
    made.change_hold(hold, status="held")
    on_hand, held, committed = made.figures
    made.figures = (on_hand, held + 1, committed - 1)
    problem = {"type": "/problems/hold-has-ended", "hold_id": hold, "hold_status": "expired"}
    made.change_answer(request, outcome=REFUSED, status=409, answer=problem)


def decided_by_an_earlier_time(made: MadeUp) -> None:
    at = event_at(made, "HoldReleased")
    made.change_event(at, recorded_at=made.events[at].recorded_at - 60 * SECOND)


def fault(made: MadeUp) -> None:
    made.change_answer(made.look(), outcome=UNKNOWN, status=500, answer={"type": "/problems/x"})


TAMPERED: list[tuple[Callable[[MadeUp], None], str]] = [
    (oversold, anomalies.DOUBLE_SALE),
    (promised_beyond_receipts, anomalies.DOUBLE_SALE),
    (hold_is_gone, anomalies.LOST_HOLD),
    (hold_ended_by_nobody, anomalies.LOST_HOLD),
    (hold_sold_to_nobody, anomalies.LOST_HOLD),
    (sale_undone, anomalies.LOST_HOLD),
    (pieces_are_missing, anomalies.LOST_HOLD),
    (order_is_gone, anomalies.LOST_HOLD),
    (figure_below_zero, anomalies.NEGATIVE),
    (oversold, anomalies.NEGATIVE),
    (answer_below_zero, anomalies.NEGATIVE),
    (row_apart_from_events, anomalies.PHANTOM),
    (event_of_nobody, anomalies.PHANTOM),
    (event_of_another_kind, anomalies.PHANTOM),
    (version_is_missing, anomalies.LOST_UPDATE),
    (version_is_there_twice, anomalies.LOST_UPDATE),
    (figures_do_not_follow, anomalies.LOST_UPDATE),
    (receipt_is_not_there, anomalies.LOST_UPDATE),
    (correction_of_a_stale_version, anomalies.LOST_UPDATE),
    (retry_told_otherwise, anomalies.TWO_ANSWERS),
    (retry_refused, anomalies.TWO_ANSWERS),
    (retry_done_again, anomalies.DONE_TWICE),
    (refused_and_done, anomalies.HALF_DONE),
    (order_elsewhere_than_its_hold, anomalies.HALF_DONE),
    (hold_without_its_order, anomalies.HALF_DONE),
    (read_of_an_earlier_version, anomalies.STALE_READ),
    (sold_after_its_end, anomalies.OUTLIVED),
    (sold_after_it_lapsed, anomalies.OUTLIVED),
    (shown_after_its_end, anomalies.OUTLIVED),
    (counted_after_its_end, anomalies.OUTLIVED),
    (lapsed_before_its_end, anomalies.ENDED_EARLY),
    (told_too_early_that_it_is_over, anomalies.ENDED_EARLY),
    (decided_by_an_earlier_time, anomalies.STALE_CLOCK),
    (fault, anomalies.FAULT),
]


@pytest.mark.parametrize(("tamper", "anomaly"), TAMPERED)
def test_what_is_wrong_is_found_under_its_name(
    made: MadeUp, tamper: Callable[[MadeUp], None], anomaly: str
) -> None:
    tamper(made)
    assert anomaly in named(made)


def test_every_anomaly_is_shown_to_be_found() -> None:
    by_search = {anomalies.NOT_LINEARIZABLE}
    assert {anomaly for _, anomaly in TAMPERED} == ANOMALIES.keys() - by_search


def test_a_finding_shows_the_requests_that_are_part_of_it(made: MadeUp) -> None:
    request = made.receive(1)
    made.ask_again(request)
    made.change_answer(request, answer={"items": []})
    history = made.history()
    (finding,) = check(history)
    told = explained(history, finding)
    assert anomalies.TWO_ANSWERS in told
    assert f'{request} c receive: /api/v1/x {{"location":"{PLACE}"' in told
    assert told.count("#") == 2


def test_a_sale_that_somebody_called_off_is_no_trace_of_a_refused_request(made: MadeUp) -> None:
    hold = made.hold(1)
    sold = made.confirm(hold)
    released = made.release(hold)
    made.change_event(-1, from_held=0, from_committed=1)
    on_hand, held, committed = made.figures
    made.figures = (on_hand, held + 1, committed - 1)
    made.change_event(-1, held=held + 1, committed=committed - 1)
    made.change_pieces(hold, held=0, committed=0)
    made.change_answer(released, answer={**made.told_of(hold), "status": "released"})
    assert check(made.history()) == []
    made.change_answer(sold, outcome=REFUSED, status=409, answer={"type": "/problems/no"})
    assert check(made.history()) == []


def test_pieces_of_an_allotment_are_its_channel_s_alone(made: MadeUp) -> None:
    at = event_at(made, "HoldPlaced")
    event = made.events[at]
    for name, told in ((CHANNEL, f"the allotment of {CHANNEL} has -2 left"), ("x", "of x")):
        made.events[at] = msgspec.structs.replace(event, data={**event.data, "allotment": name})
        texts = [f.text for f in check(made.history()) if f.anomaly == anomalies.DOUBLE_SALE]
        assert any(told in text for text in texts), texts


def test_more_does_not_come_of_a_transfer_than_was_sent(made: MadeUp) -> None:
    at = event_at(made, "StockReceived")
    event = made.events[at]
    data = {**event.data, "transfer_id": "t"}
    made.events[at] = msgspec.structs.replace(event, type="TransferReceived", data=data)
    texts = [finding.text for finding in check(made.history())]
    assert any("more came of the transfer t" in text for text in texts), texts


def test_what_is_not_settled_is_not_held_against_orders(made: MadeUp) -> None:
    order_elsewhere_than_its_hold(made)
    history = made.history()
    assert history.found is not None
    history.found = msgspec.structs.replace(history.found, settled=False)
    assert check(history) == []
