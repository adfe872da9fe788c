"""The refusals of outlets."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotFound

__all__ = [
    "DeadLetterNotFound",
    "InvalidOutlet",
    "LagRuleNotFound",
    "OutletKindUnknown",
    "OutletNotFound",
    "OutletsAtLimit",
]


@dataclass(eq=False)
class OutletNotFound(NotFound):
    """There is no outlet {outlet_id}."""

    outlet_id: str


@dataclass(eq=False)
class OutletKindUnknown(Invalid):
    """kind: no module of this house sends to outlets of the kind {kind}."""

    kind: str


@dataclass(eq=False)
class InvalidOutlet(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


@dataclass(eq=False)
class OutletsAtLimit(Conflict):
    """There are {limit} outlets, which is the limit. Close one that is no longer needed."""

    limit: int


@dataclass(eq=False)
class DeadLetterNotFound(NotFound):
    """The outlet {outlet_id} has no dead letter {letter_id}."""

    outlet_id: str
    letter_id: str


@dataclass(eq=False)
class LagRuleNotFound(NotFound):
    """The channel {channel} has no lag rule of its own."""

    channel: str
