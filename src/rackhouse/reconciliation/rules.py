"""What a case is, what may happen to it, and what an audit's sighting means for it. Pure."""

import datetime

import msgspec

from rackhouse.platform.ids import derived_id
from rackhouse.reconciliation.corrections import (
    AdjustStock,
    AskChannel,
    Correction,
    CountStock,
    RewriteLot,
    RewriteUnits,
)
from rackhouse.reconciliation.errors import (
    CaseIsDecided,
    CorrectionOfSomethingElse,
    DeltaOrCounted,
)
from rackhouse.reconciliation.events import (
    CaseAccepted,
    CaseCleared,
    CaseEdited,
    CaseEvent,
    CaseFoundAgain,
    CaseOpened,
    CaseRejected,
    Evidence,
)

__all__ = [
    "Case",
    "Decision",
    "Sighting",
    "apply",
    "decide",
    "must_be_about",
    "opened",
    "seen",
]

ABOUT = ("sku", "location", "lot", "quota", "channel", "hold_id", "order_id")
STATUS_OF = {"accept": "accepted", "edit": "edited", "reject": "rejected"}


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """What an audit has seen: what is not what it should be, why, and what may be done."""

    kind: str
    finding: str
    proposal: Correction
    sku: str | None = None
    location: str | None = None
    lot: str | None = None
    quota: str | None = None
    channel: str | None = None
    hold_id: str | None = None
    order_id: str | None = None
    expected: dict[str, int] = {}
    found: dict[str, int] = {}
    evidence: tuple[Evidence, ...] = ()
    versions: tuple[int, ...] = ()

    @property
    def place(self) -> str:
        """What tells a discrepancy from others: the same one seen again is at the same place."""
        about = [getattr(self, name) or "" for name in ABOUT]
        of_events = [str(each) for each in self.versions] if self.kind.startswith("event") else []
        return derived_id("case", self.kind, *about, *of_events)


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has decided about a case, while it is being carried out."""

    what: str
    correction: Correction | None
    reason: str
    decided_by: str
    decided_at: datetime.datetime


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A discrepancy with what explains it, and what is done about it: ``open``, and then
    ``accepted``, ``edited`` or ``rejected`` by somebody, or ``cleared`` by itself."""

    id: str
    place: str
    kind: str
    status: str
    sku: str | None
    location: str | None
    lot: str | None
    quota: str | None
    channel: str | None
    hold_id: str | None
    order_id: str | None
    finding: str
    expected: dict[str, int]
    found: dict[str, int]
    evidence: tuple[Evidence, ...]
    proposal: Correction
    correction: Correction | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime.datetime | None
    opened_at: datetime.datetime
    audit_id: str
    version: int
    deciding: Decision | None = None


def apply(case: Case, event: CaseEvent, *, actor: str, now: datetime.datetime) -> Case:
    """The case after a further event."""
    changes: dict[str, object] = {}
    match event:
        case CaseFoundAgain():
            changes = {name: getattr(event, name) for name in event.__struct_fields__}
        case CaseAccepted() | CaseEdited():
            status = "accepted" if isinstance(event, CaseAccepted) else "edited"
            changes = {"status": status, "correction": event.correction, "reason": event.reason}
        case CaseRejected():
            changes = {"status": "rejected", "reason": event.reason}
        case CaseCleared():
            changes = {"status": "cleared", "audit_id": event.audit_id}
    if isinstance(event, CaseAccepted | CaseEdited | CaseRejected):
        changes |= {"decided_by": actor, "decided_at": now}
    return msgspec.structs.replace(case, version=case.version + 1, deciding=None, **changes)


def opened(case_id: str, place: str, event: CaseOpened, *, now: datetime.datetime) -> Case:
    """The case after its first event."""
    facts = {name: getattr(event, name) for name in event.__struct_fields__}
    return Case(
        id=case_id,
        place=place,
        status="open",
        correction=None,
        reason=None,
        decided_by=None,
        decided_at=None,
        opened_at=now,
        version=1,
        **facts,
    )


def seen(
    case: Case | None, sighting: Sighting, *, audit_id: str, looked_at: datetime.datetime
) -> CaseOpened | CaseFoundAgain | None:
    """What a sighting means, given the newest case at its place: a case, other figures for one, or
    nothing new.

    What somebody has rejected stays so as long as the figures do. What nobody but people can put
    right, and so is to be counted or asked of a channel, is not told again; what else was done that
    way instead of what was proposed, is. What an audit saw before the decision says nothing.
    """
    if case is None or case.status == "cleared":
        return _open(sighting, audit_id)
    if case.status == "open":
        if _is_the_same(case, sighting) or case.deciding is not None:
            return None
        return CaseFoundAgain(
            finding=sighting.finding,
            expected=sighting.expected,
            found=sighting.found,
            evidence=sighting.evidence,
            proposal=sighting.proposal,
            audit_id=audit_id,
        )
    assert case.decided_at is not None
    for_people = CountStock | AskChannel
    settled = case.status == "rejected" or (
        isinstance(case.correction, for_people) and isinstance(case.proposal, for_people)
    )
    if looked_at <= case.decided_at or (settled and _is_the_same(case, sighting)):
        return None
    return _open(sighting, audit_id)


def decide(
    case: Case,
    what: str,
    *,
    correction: Correction | None,
    by: str,
    reason: str,
    now: datetime.datetime,
) -> Decision | None:
    """What is to be carried out; None where just this was decided before.

    Refuses with `CaseIsDecided`, `CorrectionOfSomethingElse`, `DeltaOrCounted`.
    """
    if correction is not None:
        must_be_about(case, correction)
    wanted = STATUS_OF[what]
    if case.status != "open":
        if case.status == wanted and (correction is None or correction == case.correction):
            return None
        raise CaseIsDecided(case_id=case.id, case_status=case.status, wanted=wanted)
    chosen = {"accept": case.proposal, "edit": correction, "reject": None}[what]
    under_way = case.deciding
    if under_way is not None:
        if (under_way.what, under_way.correction) == (what, chosen):
            return under_way
        status = f"being {STATUS_OF[under_way.what]}"
        raise CaseIsDecided(case_id=case.id, case_status=status, wanted=wanted)
    return Decision(what=what, correction=chosen, reason=reason, decided_by=by, decided_at=now)


def must_be_about(case: Case, correction: Correction) -> None:
    """Refuse with `CorrectionOfSomethingElse` what has nothing to do with a case, and with
    `DeltaOrCounted` an adjustment that says both or neither."""
    if isinstance(correction, AdjustStock) and (correction.delta is None) == (
        correction.counted is None
    ):
        raise DeltaOrCounted()
    names = {field: getattr(correction, field, None) for field in ABOUT}
    if not isinstance(correction, RewriteLot | RewriteUnits):
        names.pop("lot")  # which part of a row is corrected is free
    for field, named in names.items():
        about = getattr(case, field)
        if about is not None and named not in (None, about):
            raise CorrectionOfSomethingElse(field=field, about=about, named=str(named))
    shared = [field for field, named in names.items() if named == getattr(case, field) is not None]
    if not shared:
        field, named = next(each for each in names.items() if each[1] is not None)
        raise CorrectionOfSomethingElse(field=field, about="something else", named=str(named))


def _open(sighting: Sighting, audit_id: str) -> CaseOpened:
    facts = {name: getattr(sighting, name) for name in sighting.__struct_fields__}
    facts.pop("versions")
    return CaseOpened(audit_id=audit_id, **facts)


def _is_the_same(case: Case, sighting: Sighting) -> bool:
    return (case.expected, case.found, case.finding) == (
        sighting.expected,
        sighting.found,
        sighting.finding,
    )
