"""Deciding a case: what was decided is written down, carried out, and only then is the case closed.

After a crash in between, the decision is carried out again by the clock. That changes nothing where
it was done, so nothing is corrected twice.
"""

import datetime

import msgspec

from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Busy, Refusal
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import is_uuid
from rackhouse.platform.store import server_time
from rackhouse.reconciliation import rules, store
from rackhouse.reconciliation.carrying_out import carry_out
from rackhouse.reconciliation.cases import happen
from rackhouse.reconciliation.corrections import AskChannel, Correction
from rackhouse.reconciliation.errors import CaseNotFound
from rackhouse.reconciliation.events import CaseAccepted, CaseEdited, CaseEvent, CaseRejected
from rackhouse.reconciliation.rules import Case, Decision

__all__ = ["accept_case", "edit_case", "finish_decisions", "reject_case"]

LEFT_ALONE_SECONDS = 30.0
FINISH_LIMIT = 100


@operation("reconciliation:write")
async def accept_case(*, context: Context, case_id: str, reason: str) -> Case:
    """Carry out what is proposed, and close the case; again changes nothing.

    Refuses with `CaseNotFound`, `CaseIsDecided`, and as the correction is refused; then the case
    stays open.
    """
    return await _decided(context, case_id, "accept", None, reason)


@operation("reconciliation:write")
async def edit_case(*, context: Context, case_id: str, correction: Correction, reason: str) -> Case:
    """Carry out another correction than what is proposed, and close the case; again changes
    nothing.

    Refuses with `CorrectionOfSomethingElse`, `DeltaOrCounted`, and as ``accept_case`` does.
    """
    return await _decided(context, case_id, "edit", correction, reason)


@operation("reconciliation:write")
async def reject_case(*, context: Context, case_id: str, reason: str) -> Case:
    """Close a case and correct nothing; again changes nothing. The same figures open no other.

    Refuses with `CaseNotFound`, `CaseIsDecided`.
    """
    return await _decided(context, case_id, "reject", None, reason)


@operation("reconciliation:write")
async def finish_decisions(*, context: Context) -> int:
    """Carry out decisions that a crash has interrupted, `FINISH_LIMIT` at most; says how many."""
    async with context.house.database("reconciliation").reading() as tx:
        now = await server_time(tx)
        cases = await store.undecided_decisions(
            tx,
            decided_before=now - datetime.timedelta(seconds=LEFT_ALONE_SECONDS),
            limit=FINISH_LIMIT,
        )
    for case in cases:
        assert case.deciding is not None
        await _carried_out(_of_decider(context, case.deciding), case, case.deciding)
    return len(cases)


async def _decided(
    context: Context, case_id: str, what: str, correction: Correction | None, reason: str
) -> Case:
    async with context.house.database("reconciliation").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.take_turn(tx)
        case = await store.case_of(tx, case_id) if is_uuid(case_id) else None
        if case is None:
            raise CaseNotFound(case_id=case_id)
        decision = rules.decide(
            case,
            what,
            correction=correction,
            by=context.caller.subject,
            reason=reason,
            now=await server_time(tx),
        )
        if decision is None:
            return case
        if case.deciding is None:
            case = msgspec.structs.replace(case, deciding=decision)
            await store.write_case(tx, case, seen_in=case.audit_id)
    return await _carried_out(context, case, decision)


async def _carried_out(context: Context, case: Case, decision: Decision) -> Case:
    try:
        if decision.correction is not None:
            await carry_out(context, case, decision.correction, decision.reason)
    except Busy:
        raise  # it may have been done; the clock asks again
    except Refusal:
        await _withdrawn(context, case, decision)
        raise
    async with context.house.database("reconciliation").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.take_turn(tx)
        now = await server_time(tx)
        known = await store.case_of(tx, case.id)
        assert known is not None, "cases are never deleted"
        if known.status == "open":
            if isinstance(decision.correction, AskChannel):
                asked = decision.correction
                await store.request_figure(
                    tx,
                    channel=asked.channel,
                    sku=asked.sku,
                    available=asked.available,
                    case_id=known.id,
                    now=now,
                )
            known = await happen(tx, context, known, _event(decision), now=now)
        await remember_answer(tx, context.idempotency, known, answered_at=now)
    return known


async def _withdrawn(context: Context, case: Case, decision: Decision) -> None:
    """Let a decision that can not be carried out be taken anew."""
    async with context.house.database("reconciliation").transaction() as tx:
        await store.take_turn(tx)
        known = await store.case_of(tx, case.id)
        if known is not None and known.status == "open" and known.deciding == decision:
            undecided = msgspec.structs.replace(known, deciding=None)
            await store.write_case(tx, undecided, seen_in=known.audit_id)


def _event(decision: Decision) -> CaseEvent:
    if decision.correction is None:
        return CaseRejected(decision.reason)
    kind = CaseAccepted if decision.what == "accept" else CaseEdited
    return kind(decision.correction, decision.reason)


def _of_decider(context: Context, decision: Decision) -> Context:
    """The context of whoever decided, for what is done in their place."""
    caller = msgspec.structs.replace(context.caller, subject=decision.decided_by)
    return msgspec.structs.replace(context, caller=caller)
