"""What is known of a lot, which form it must have, and when its status turns by the clock."""

import datetime
import re
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rackhouse.inventory.lot_errors import InvalidLot
from rackhouse.inventory.rules.lot_attributes import (
    FlavorProfile,
    LotAttribute,
    attributes_of,
    flavor_profile_of,
)
from rackhouse.inventory.rules.state import Lot, status_of_lot
from rackhouse.platform.errors import FieldProblem

__all__ = [
    "NUMBERED_LIMIT",
    "LotChanges",
    "LotFacts",
    "LotNow",
    "RecordedLot",
    "as_decided",
    "changed_facts",
    "is_lot_id",
    "lot_now",
    "sound_lot",
    "status_at",
    "turns_at",
]

NUMBERED_LIMIT = 10_000
YEARS = range(1700, 3000)
EXAMPLE = "2027-05-01T10:00:00Z"

_LOT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Day = Annotated[datetime.date | None, Meta(description="The day on which it was made or bottled.")]
ReleaseAt = Annotated[
    datetime.datetime | None, Meta(description="Before this time none of it is sold.")
]
ExpiresAt = Annotated[
    datetime.datetime | None, Meta(description="From this time on none of it is sold.")
]
Numbered = Annotated[
    Annotated[int, Meta(ge=1, le=NUMBERED_LIMIT)] | None,
    Meta(description="How many numbered units it has in all; null for pieces without numbers."),
]


class LotFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a lot beside its name."""

    made_on: datetime.date | None = None
    release_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    numbered: int | None = None
    flavor_profile: FlavorProfile | None = None
    attributes: dict[str, LotAttribute] = msgspec.field(default_factory=dict)


class LotChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be changed of a lot: what is left out stays, None takes it away."""

    made_on: datetime.date | UnsetType | None = UNSET
    release_at: datetime.datetime | UnsetType | None = UNSET
    expires_at: datetime.datetime | UnsetType | None = UNSET
    numbered: int | UnsetType | None = UNSET
    flavor_profile: Any | UnsetType = UNSET
    attributes: Any | UnsetType = UNSET


class RecordedLot(LotFacts, frozen=True, kw_only=True):
    """A lot as it is written down. ``told_status`` is the status that was told last."""

    sku: str
    lot: str
    recalled: bool = False
    recall_reason: str | None = None
    told_status: str = "sellable"
    registered_at: datetime.datetime
    version: int = 1

    @property
    def facts(self) -> LotFacts:
        """What is known of it beside its name."""
        return LotFacts(**{name: getattr(self, name) for name in LotFacts.__struct_fields__})


class LotNow(LotFacts, frozen=True, kw_only=True):
    """A lot as it is at a moment: ``status`` is `sellable`, `unreleased`, `expired` or
    `recalled`."""

    sku: str
    lot: str
    status: str
    recall_reason: str | None
    registered_at: datetime.datetime
    version: int


def is_lot_id(text: str) -> bool:
    """Whether a text has the form of a lot's id."""
    return _LOT_ID.fullmatch(text) is not None


def sound_lot(
    lot: str, facts: LotFacts, *, not_expired_at: datetime.datetime | None = None
) -> LotFacts:
    """The facts of a lot, read as what they are to be; refuses with `InvalidLot`, which names
    every problem at once.

    ``not_expired_at`` is a time at which it must not have expired yet.
    """
    problems: list[FieldProblem] = []
    if not is_lot_id(lot):
        remedy = "use letters, digits, '.', '_' and '-', 64 at most, a letter or digit first"
        problems.append(FieldProblem("lot", f"{lot[:80]!r} is not a lot's id; {remedy}"))
    if facts.numbered is not None and not 1 <= facts.numbered <= NUMBERED_LIMIT:
        problem = f"{facts.numbered} is out of bounds; use 1 to {NUMBERED_LIMIT}"
        problems.append(FieldProblem("numbered", problem))
    sound = msgspec.structs.replace(
        facts,
        flavor_profile=flavor_profile_of(facts.flavor_profile, problems),
        attributes=attributes_of(facts.attributes, problems),
    )
    problems += list(_problems_of_form(facts)) or list(_problems_of_order(facts, not_expired_at))
    if problems:
        raise InvalidLot(tuple(problems))
    return sound


def changed_facts(facts: LotFacts, changes: LotChanges) -> LotFacts:
    """The facts with what was changed."""
    said = {name: getattr(changes, name) for name in LotChanges.__struct_fields__}
    return msgspec.structs.replace(
        facts, **{name: value for name, value in said.items() if value is not UNSET}
    )


def as_decided(lot: RecordedLot) -> Lot:
    """Of a lot, what decides what may be sold."""
    return Lot(
        sku=lot.sku,
        lot=lot.lot,
        release_at=lot.release_at,
        expires_at=lot.expires_at,
        recalled=lot.recalled,
        numbered=lot.numbered,
        registered_at=lot.registered_at,
        version=lot.version,
    )


def status_at(lot: RecordedLot, now: datetime.datetime) -> str:
    """The status of a lot at a moment."""
    return status_of_lot(as_decided(lot), now)


def lot_now(lot: RecordedLot, now: datetime.datetime) -> LotNow:
    """A lot as it is at a moment."""
    shown = [name for name in LotNow.__struct_fields__ if name != "status"]
    return LotNow(**{name: getattr(lot, name) for name in shown}, status=status_at(lot, now))


def turns_at(lot: RecordedLot, now: datetime.datetime) -> datetime.datetime | None:
    """When the status of a lot changes next without anybody doing anything; None for never."""
    if lot.recalled:
        return None
    ahead = [each for each in (lot.release_at, lot.expires_at) if each is not None and each > now]
    return min(ahead, default=None)


def _problems_of_form(facts: LotFacts) -> Iterator[FieldProblem]:
    out_of_bounds = f"is out of bounds; use the years {YEARS[0]} to {YEARS[-1]}"
    if facts.made_on is not None and facts.made_on.year not in YEARS:
        yield FieldProblem("made_on", out_of_bounds)
    for name in ("release_at", "expires_at"):
        moment: datetime.datetime | None = getattr(facts, name)
        if moment is not None and moment.tzinfo is None:
            yield FieldProblem(name, f"has no time zone; write it as {EXAMPLE}")
        elif moment is not None and moment.year not in YEARS:
            yield FieldProblem(name, out_of_bounds)


def _problems_of_order(
    facts: LotFacts, not_expired_at: datetime.datetime | None
) -> Iterator[FieldProblem]:
    release_at, expires_at = facts.release_at, facts.expires_at
    if expires_at is None:
        return
    if release_at is not None and expires_at <= release_at:
        problem = "is not after release_at, so it could never be sold; correct one of them"
        yield FieldProblem("expires_at", problem)
    if facts.made_on is not None and facts.made_on > expires_at.date():
        yield FieldProblem("made_on", "is after expires_at; correct one of them")
    if not_expired_at is not None and expires_at <= not_expired_at:
        yield FieldProblem("expires_at", "is in the past; give the time at which it really expires")
