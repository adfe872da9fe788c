"""What decides about outlets. Pure: no I/O, no clock, no chance, no database."""

from rackhouse.outlets.rules.conflating import Waiting
from rackhouse.outlets.rules.lagging import (
    WINDOW_HOURS_LIMIT,
    Budget,
    Lag,
    LagRule,
    budget_of,
    is_breach,
    is_recovery,
    refuse_unfit_rule,
    total_lag,
)
from rackhouse.outlets.rules.trying import (
    Attempted,
    Breaker,
    Trouble,
    after_failure,
    after_success,
    backoff_seconds,
    batch_size,
    given_up,
)

__all__ = [
    "WINDOW_HOURS_LIMIT",
    "Attempted",
    "Breaker",
    "Budget",
    "Lag",
    "LagRule",
    "Trouble",
    "Waiting",
    "after_failure",
    "after_success",
    "backoff_seconds",
    "batch_size",
    "budget_of",
    "given_up",
    "is_breach",
    "is_recovery",
    "refuse_unfit_rule",
    "total_lag",
]
