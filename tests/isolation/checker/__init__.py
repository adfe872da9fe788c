"""The checker: a pure function of a history. Every invariant is a function of the evidence that
yields what it finds; to add one, write it in the file where it belongs and name it here."""

from collections.abc import Callable, Iterator, Sequence

from isolation.checker import answers, holds, ledger, orders, sales
from isolation.checker.anomalies import ANOMALIES, Finding
from isolation.checker.evidence import Evidence
from isolation.history import History

__all__ = ["ANOMALIES", "INVARIANTS", "Finding", "check", "explained"]

Invariant = Callable[[Evidence], Iterator[Finding]]

INVARIANTS: Sequence[Invariant] = (
    sales.nothing_is_sold_twice_in_the_ledger,
    sales.nothing_is_sold_twice_in_the_end,
    sales.no_allotment_is_sold_twice_or_to_others,
    sales.clients_were_not_promised_more_than_there_was,
    holds.acknowledged_holds_are_there,
    holds.holds_end_with_a_cause,
    holds.pieces_of_a_hold_are_all_accounted_for,
    holds.holds_are_placed_whole,
    holds.no_hold_ends_early,
    holds.no_hold_outlives_its_end,
    holds.parts_are_as_large_as_asked,
    holds.reads_count_what_has_lapsed_as_free,
    ledger.each_event_follows_from_the_one_before,
    ledger.figures_are_never_below_zero,
    ledger.time_runs_forward_in_a_stream,
    ledger.rows_are_what_their_events_say,
    ledger.every_event_was_asked_for,
    ledger.transfers_lose_and_make_nothing,
    ledger.requests_are_carried_out_once,
    ledger.refused_requests_did_nothing,
    ledger.acknowledged_changes_are_in_the_ledger,
    answers.answers_show_no_figure_below_zero,
    answers.one_key_has_one_answer,
    answers.answers_never_go_back,
    answers.figures_told_are_in_the_ledger,
    answers.nobody_is_told_of_a_fault,
    orders.acknowledged_orders_are_there,
    orders.orders_are_where_their_holds_are,
    orders.a_sale_is_one_order,
)


def check(history: History) -> list[Finding]:
    """Every anomaly of a history."""
    evidence = Evidence(history)
    return [finding for invariant in INVARIANTS for finding in invariant(evidence)]


def explained(history: History, finding: Finding) -> str:
    """A finding with the requests that are part of it, for people."""
    requests = {request.id: request for request in history.requests}
    lines = [f"{finding.anomaly}: {finding.text}"]
    lines += [f"    {requests[id_].told()}" for id_ in finding.requests if id_ in requests]
    return "\n".join(lines)
