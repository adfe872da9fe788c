"""The controls: rounds with a planted bug, and the name under which each must be found.

A control is played again with another seed until the bug is found, so often at most; a bug that
stays hidden means that the checker, or what clients do, is too weak.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from isolation.checker import anomalies, check
from isolation.clients import Manners
from isolation.history import History
from isolation.plans import Plan
from isolation.rounds import play
from isolation.site import Site

__all__ = ["CONTROLS", "Control", "Hunt", "hunted", "use_unguarded"]

ROUNDS_LIMIT = 6

GUARDS = (
    "alter table inventory.stock drop constraint never_oversell",
    "alter table inventory.event drop constraint one_event_a_version",
    "alter table inventory.allocation drop constraint never_more_than_allocated",
)
"""Taken away for the controls: the constraints that would stop what the code should have."""

RUSH = Plan(
    name="rush",
    processes=2,
    clients=12,
    steps=12,
    skus=2,
    locations=1,
    channels=2,
    bundle=False,
    first_units=5,
    jobs=False,
    skewed=False,
    manners=Manners(hangs_up=0.0, asks_twice_at_once=0.0, asks_again_in_the_end=0.0),
    weights={"hold": 10, "confirm": 2, "look": 2, "receive": 1},
)
"""Many buyers, few pieces, two processes."""

_AGAIN = msgspec.structs.replace(
    RUSH,
    name="retries",
    steps=8,
    first_units=20,
    manners=Manners(hangs_up=0.1, asks_twice_at_once=0.3, asks_again_in_the_end=0.5),
    weights={"receive": 4, "hold": 4, "adjust": 2},
)
_MOMENTS = msgspec.structs.replace(
    RUSH,
    name="moments",
    steps=14,
    skus=4,
    first_units=12,
    weights={"hold for a moment": 8, "confirm": 6, "extend": 2, "look at a hold": 4, "look": 2},
)
_COUNTS = msgspec.structs.replace(
    RUSH,
    name="counts",
    weights={
        "hold": 4,
        "count": 2,
        "count at a version": 6,
        "adjust at a version": 4,
        "adjust": 3,
        "receive": 1,
        "look": 4,
    },
)


class Control(msgspec.Struct, frozen=True):
    """A plant, how it is hunted, and as what it must be found."""

    plant: str
    found_as: str
    plan: Plan


CONTROLS: Sequence[Control] = (
    Control("no lock", anomalies.DOUBLE_SALE, RUSH),
    Control("lock on the wrong row", anomalies.DOUBLE_SALE, RUSH),
    Control("check before lock", anomalies.DOUBLE_SALE, RUSH),
    Control("retry without key", anomalies.DONE_TWICE, _AGAIN),
    Control("lost idempotency row", anomalies.TWO_ANSWERS, _AGAIN),
    Control(
        "stale clock",
        anomalies.OUTLIVED,
        msgspec.structs.replace(_MOMENTS, processes=3, faults={"a stock is kept locked": 6}),
    ),
    Control(
        "the process's own clock",
        anomalies.OUTLIVED,
        msgspec.structs.replace(_MOMENTS, skewed=True),
    ),
    Control("version ignored", anomalies.LOST_UPDATE, _COUNTS),
    Control("counted below what is reserved", anomalies.NEGATIVE, _COUNTS),
    Control("a receipt of one more", anomalies.PHANTOM, RUSH),
    Control(
        "half a hold",
        anomalies.HALF_DONE,
        msgspec.structs.replace(RUSH, steps=6, first_units=30),
    ),
    Control("reads from memory", anomalies.STALE_READ, RUSH),
    Control(
        "asynchronous commit",
        anomalies.LOST_HOLD,
        msgspec.structs.replace(
            RUSH, first_units=60, steps=16, faults={"the database server is killed": 1}
        ),
    ),
)


class Hunt(msgspec.Struct, frozen=True):
    """How a control went: in which round it was found, and as what else."""

    control: Control
    rounds: int
    is_found: bool
    found: dict[str, int]
    history: History


async def use_unguarded(site: Site) -> str:
    """Let a site use a new database without the guards, whose URL is answered."""
    url = await site.use_new()
    with site.session() as session:
        for statement in GUARDS:
            session.execute(statement)
    return url


async def hunted(site: Site, control: Control, *, seed: str) -> Hunt:
    """Play rounds with the plant until it is found under its name."""
    for number in range(1, ROUNDS_LIMIT + 1):
        history = await play(site, control.plan, seed=f"{seed}/{number}", plant=control.plant)
        found = Counter(finding.anomaly for finding in check(history))
        if control.found_as in found or number == ROUNDS_LIMIT:
            break
    return Hunt(control, number, control.found_as in found, dict(found), history)
