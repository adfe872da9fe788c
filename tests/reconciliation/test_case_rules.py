"""What a sighting means for a case, and what may be decided about one."""

import datetime
from typing import Any

import msgspec
import pytest

from rackhouse.platform.errors import Refusal
from rackhouse.reconciliation import (
    AdjustStock,
    AskChannel,
    Case,
    CaseAccepted,
    CaseCleared,
    CaseEdited,
    CaseFoundAgain,
    CaseIsDecided,
    CaseOpened,
    CaseRejected,
    CorrectionOfSomethingElse,
    CountStock,
    DeltaOrCounted,
    RewriteHold,
    RewriteStock,
)
from rackhouse.reconciliation.corrections import Correction
from rackhouse.reconciliation.rules import Decision, Sighting, apply, decide, opened, seen

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
REWRITE = RewriteStock("A", "cellar")


def sighting(**facts: Any) -> Sighting:
    usual: dict[str, Any] = {
        "kind": "stock_row",
        "finding": "the row says more",
        "proposal": REWRITE,
        "sku": "A",
        "location": "cellar",
        "expected": {"on_hand": 3},
        "found": {"on_hand": 4},
    }
    return Sighting(**{**usual, **facts})


def a_case(**facts: Any) -> Case:
    one = sighting(**facts)
    event = seen(None, one, audit_id="first", looked_at=NOON)
    assert isinstance(event, CaseOpened)
    return opened("case", one.place, event, now=NOON)


def after(case: Case, event: Any, at: datetime.datetime = NOON + MINUTE) -> Case:
    return apply(case, event, actor="Ada", now=at)


def looked(case: Case | None, one: Sighting, at: datetime.datetime = NOON + 2 * MINUTE) -> Any:
    return seen(case, one, audit_id="second", looked_at=at)


def test_a_discrepancy_opens_a_case_with_all_that_was_seen() -> None:
    case = a_case(hold_id="h")
    assert (case.status, case.version, case.hold_id) == ("open", 1, "h")
    assert (case.expected, case.found, case.proposal) == ({"on_hand": 3}, {"on_hand": 4}, REWRITE)


def test_the_same_discrepancy_opens_no_second_case() -> None:
    assert looked(a_case(), sighting()) is None


def test_other_figures_are_told_of_the_same_case() -> None:
    event = looked(a_case(), sighting(found={"on_hand": 5}))
    assert isinstance(event, CaseFoundAgain)
    case = after(a_case(), event)
    assert (case.status, case.found, case.audit_id) == ("open", {"on_hand": 5}, "second")


@pytest.mark.parametrize(
    ("facts", "same"),
    [
        ({}, True),
        ({"finding": "in other words", "expected": {}, "versions": (4,)}, True),
        ({"sku": "B"}, False),
        ({"location": "shop"}, False),
        ({"kind": "buckets"}, False),
        ({"lot": "SPRING"}, False),
        ({"hold_id": "h"}, False),
        ({"channel": "web"}, False),
    ],
    ids=str,
)
def test_a_place_is_what_the_discrepancy_is_about(facts: dict[str, Any], same: bool) -> None:
    assert (sighting(**facts).place == sighting().place) is same


def test_each_event_of_a_log_that_is_wrong_is_a_place_of_its_own() -> None:
    one, other = (sighting(kind="event_hash", versions=(at, at + 1)) for at in (3, 7))
    assert one.place != other.place


def test_what_was_rejected_stays_so_while_the_figures_do() -> None:
    rejected = after(a_case(), CaseRejected("a known loan"))
    assert looked(rejected, sighting()) is None
    assert isinstance(looked(rejected, sighting(found={"on_hand": 9})), CaseOpened)


def test_what_was_corrected_and_is_there_again_is_a_new_case() -> None:
    accepted = after(a_case(), CaseAccepted(REWRITE, "yes"))
    assert isinstance(looked(accepted, sighting()), CaseOpened)
    assert looked(accepted, sighting(), at=NOON + MINUTE / 2) is None  # seen before it was decided


@pytest.mark.parametrize("correction", [CountStock("A", "cellar"), AskChannel("web", "A", 3)])
def test_what_people_have_to_put_right_is_not_told_again(correction: Correction) -> None:
    accepted = after(a_case(proposal=correction), CaseAccepted(correction, "yes"))
    assert looked(accepted, sighting(proposal=correction)) is None
    other = sighting(proposal=correction, found={"on_hand": 9})
    assert isinstance(looked(accepted, other), CaseOpened)


def test_a_row_that_was_counted_instead_of_rewritten_is_told_again() -> None:
    edited = after(a_case(), CaseEdited(CountStock("A", "cellar"), "have a look"))
    assert isinstance(looked(edited, sighting()), CaseOpened)


def test_what_was_cleared_and_is_there_again_is_a_new_case() -> None:
    assert isinstance(looked(after(a_case(), CaseCleared("second")), sighting()), CaseOpened)


def test_a_decision_under_way_is_not_disturbed() -> None:
    deciding = msgspec.structs.replace(a_case(), deciding=decision("accept"))
    assert looked(deciding, sighting(found={"on_hand": 9})) is None


def decision(what: str, correction: Correction | None = REWRITE) -> Decision:
    return Decision(
        what=what, correction=correction, reason="yes", decided_by="Ada", decided_at=NOON
    )


def decided(case: Case, what: str, correction: Correction | None = None) -> Decision | None:
    return decide(case, what, correction=correction, by="Ada", reason="yes", now=NOON)


def test_accepting_takes_the_proposal_editing_another_and_rejecting_none() -> None:
    other = AdjustStock("A", "cellar", delta=-1)
    assert decided(a_case(), "accept") == decision("accept")
    assert decided(a_case(), "edit", other) == decision("edit", other)
    assert decided(a_case(), "reject") == decision("reject", None)


def test_deciding_the_same_again_changes_nothing() -> None:
    other = AdjustStock("A", "cellar", delta=-1)
    for case, what, correction in (
        (after(a_case(), CaseAccepted(REWRITE, "yes")), "accept", None),
        (after(a_case(), CaseEdited(other, "yes")), "edit", other),
        (after(a_case(), CaseRejected("no")), "reject", None),
    ):
        assert decided(case, what, correction) is None


def test_what_is_decided_can_not_be_decided_otherwise() -> None:
    other = AdjustStock("A", "cellar", delta=-1)
    accepted = after(a_case(), CaseAccepted(REWRITE, "yes"))
    edited = after(a_case(), CaseEdited(other, "yes"))
    for case, what, correction in (
        (accepted, "reject", None),
        (accepted, "edit", other),
        (edited, "edit", AdjustStock("A", "cellar", delta=-2)),
        (after(a_case(), CaseCleared("second")), "accept", None),
    ):
        with pytest.raises(CaseIsDecided):
            decided(case, what, correction)


def test_a_decision_under_way_can_be_asked_for_again_and_not_be_changed() -> None:
    deciding = msgspec.structs.replace(a_case(), deciding=decision("accept"))
    assert decided(deciding, "accept") == deciding.deciding
    with pytest.raises(CaseIsDecided) as refused:
        decided(deciding, "reject")
    assert refused.value.case_status == "being accepted"


@pytest.mark.parametrize(
    ("correction", "refusal"),
    [
        (RewriteStock("B", "cellar"), CorrectionOfSomethingElse),
        (RewriteStock("A", "shop"), CorrectionOfSomethingElse),
        (RewriteHold("another", "A", "cellar"), CorrectionOfSomethingElse),
        (AskChannel("web", "B", 1), CorrectionOfSomethingElse),
        (AdjustStock("A", "cellar"), DeltaOrCounted),
        (AdjustStock("A", "cellar", delta=1, counted=1), DeltaOrCounted),
    ],
    ids=str,
)
def test_a_correction_is_about_what_the_case_is_about(
    correction: Correction, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        decided(a_case(hold_id="h"), "edit", correction)


def test_a_correction_that_shares_nothing_with_the_case_is_refused() -> None:
    about_order = a_case(sku=None, location=None, order_id="o")
    with pytest.raises(CorrectionOfSomethingElse):
        decided(about_order, "edit", AdjustStock("A", "cellar", delta=1))
