"""The refusals of lots and numbered units."""

from dataclasses import dataclass, field

from rackhouse.platform.errors import Conflict, FieldProblem, Invalid, NotFound, StaleVersion

__all__ = [
    "InvalidLot",
    "LotExists",
    "LotIsRecalled",
    "LotNotNumbered",
    "LotNotRecalled",
    "LotVersionStale",
    "NumberedIsFixed",
    "StockIsParted",
    "UnitNotFound",
]


@dataclass(eq=False)
class InvalidLot(Invalid):
    """The lot is not valid ({count} to mend): {summary}"""

    problems: tuple[FieldProblem, ...]
    count: int = field(init=False)
    summary: str = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.problems)
        self.summary = "; ".join(f"{each.field}: {each.problem}" for each in self.problems)


@dataclass(eq=False)
class LotExists(Conflict):
    """The lot {lot} of {sku} is registered already. Change it instead."""

    sku: str
    lot: str


@dataclass(eq=False)
class LotVersionStale(StaleVersion):
    """The lot {lot} of {sku} is at version {current}, not {expected}. Read it again, then change
    it."""

    sku: str
    lot: str
    expected: int
    current: int


@dataclass(eq=False)
class LotIsRecalled(Conflict):
    """The lot {lot} of {sku} is recalled, so none of it is sold or sent out. Release what is held
    of it, or reinstate the lot."""

    sku: str
    lot: str


@dataclass(eq=False)
class LotNotRecalled(Conflict):
    """The lot {lot} of {sku} is not recalled, so there is nothing to reinstate. Recall it first."""

    sku: str
    lot: str


@dataclass(eq=False)
class LotNotNumbered(Invalid):
    """units: the pieces of {sku} that are meant have no numbers. Leave the numbers out, or name the
    lot whose they are."""

    sku: str
    lot: str | None


@dataclass(eq=False)
class NumberedIsFixed(Conflict):
    """numbered: pieces of the lot {lot} of {sku} have come in, so how many are numbered stays
    {numbered}. Register another lot for other pieces."""

    sku: str
    lot: str
    numbered: int | None


@dataclass(eq=False)
class UnitNotFound(NotFound):
    """Number {number} of the lot {lot} of {sku} has never come in. Receive it first."""

    sku: str
    lot: str
    number: int


@dataclass(eq=False)
class StockIsParted(Conflict):
    """{sku} at {location} lies in several lots, allotments or conditions, so one figure does not
    say what was counted of which. Count each with `lot` and `condition`."""

    sku: str
    location: str
