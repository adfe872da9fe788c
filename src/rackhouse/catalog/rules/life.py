"""The life of a product: a draft, for sale from a moment on, off sale again. Told by the clock."""

import datetime
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from .problems import Problems, show

__all__ = [
    "ALWAYS_LIVE",
    "AVAILABILITIES",
    "LIFE_FIELDS",
    "STAGES",
    "STATES",
    "Availability",
    "Life",
    "Stage",
    "State",
    "check_life",
    "moment_of",
    "stage_of",
]

Stage = Literal["draft", "live", "archived"]
State = Literal["draft", "scheduled", "live", "archived"]
Availability = Literal["unstocked", "in_stock", "sold_out"]

STAGES: tuple[Stage, ...] = ("draft", "live", "archived")
STATES: tuple[State, ...] = ("draft", "scheduled", "live", "archived")
AVAILABILITIES: tuple[Availability, ...] = ("unstocked", "in_stock", "sold_out")
LIFE_FIELDS = ("stage", "goes_live_at", "archives_at")
"""What the seller says of a product's life. A description that says nothing of one of these leaves
it as it is."""

_MOMENT_EXAMPLE = "2027-05-01T10:00:00Z"


class Life(msgspec.Struct, frozen=True):
    """What the seller says of a product's life: its stage, and where that is `live`, from which
    moment on and until when it is for sale."""

    stage: Stage = "live"
    goes_live_at: datetime.datetime | None = None
    archives_at: datetime.datetime | None = None

    def state_at(self, now: datetime.datetime) -> State:
        """What the product is at a moment. What ends at a moment has ended in it, and what begins
        has begun."""
        if self.stage != "live":
            return self.stage
        if self.archives_at is not None and self.archives_at <= now:
            return "archived"
        if self.goes_live_at is not None and self.goes_live_at > now:
            return "scheduled"
        return "live"

    def turns_after(self, now: datetime.datetime) -> datetime.datetime | None:
        """The next moment at which it is something else by the clock; None for never."""
        if self.stage != "live":
            return None
        moments = (self.goes_live_at, self.archives_at)
        return min((each for each in moments if each is not None and each > now), default=None)


ALWAYS_LIVE = Life()


def stage_of(draft: Mapping[str, Any], problems: Problems) -> Stage | UnsetType:
    """The stage that a draft says."""
    if "stage" not in draft:
        return UNSET
    value = draft["stage"]
    known: Stage | None = next((stage for stage in STAGES if stage == value), None)
    if known is None:
        problems.note("stage", f"{show(value)} is not one of {', '.join(STAGES)}; choose one")
    return UNSET if known is None else known


def moment_of(
    draft: Mapping[str, Any], name: str, problems: Problems
) -> datetime.datetime | UnsetType | None:
    """The moment that a draft says under a name, in UTC; null takes away what was said before."""
    value = draft.get(name, UNSET)
    if value is UNSET or value is None:
        return value
    try:
        moment = msgspec.convert(value, datetime.datetime)
        if moment.tzinfo is not None:
            return moment.astimezone(datetime.UTC)
    except (msgspec.ValidationError, OverflowError):
        pass
    problems.note(
        name, f"{show(value)} is no moment with its time zone; write it as {_MOMENT_EXAMPLE}"
    )
    return UNSET


def check_life(
    goes_live_at: datetime.datetime | UnsetType | None,
    archives_at: datetime.datetime | UnsetType | None,
    problems: Problems,
) -> None:
    """Note where a product would be archived before it goes live."""
    if not (
        isinstance(goes_live_at, datetime.datetime) and isinstance(archives_at, datetime.datetime)
    ):
        return
    if archives_at <= goes_live_at:
        problems.note(
            "archives_at", f"is not after goes_live_at, {goes_live_at.isoformat()}; set it later"
        )
