"""The controls: bugs planted in the real code, each of which must be found under its name; and the
same rounds without a bug, in which nothing may be found."""

import random

import pytest

from isolation.checker import anomalies, check, explained
from isolation.controls import CONTROLS, Control, hunted
from isolation.counter import judged
from isolation.linearizability import NOT_LINEARIZABLE
from isolation.plans import COUNTERS
from isolation.plants import PLANTS
from isolation.rounds import play
from isolation.site import Site

ATTEMPTS = 3


@pytest.fixture
def seed() -> str:
    """A seed, which is told."""
    seed = str(random.randrange(1_000_000))
    print(f"\nseed {seed}")
    return seed


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.plant)
async def test_a_planted_bug_is_found_under_its_name(
    unguarded_site: Site, control: Control, seed: str
) -> None:
    hunt = await hunted(unguarded_site, control, seed=seed)
    print(f"{control.plant}: round {hunt.rounds}, {hunt.found}")
    assert hunt.is_found, f"{control.found_as} is not among {hunt.found} after {hunt.rounds} rounds"


@pytest.mark.parametrize(
    "control",
    list({control.plan.name: control for control in reversed(CONTROLS)}.values()),
    ids=lambda control: control.plan.name,
)
async def test_nothing_is_found_where_nothing_is_planted(
    unguarded_site: Site, control: Control, seed: str
) -> None:
    history = await play(unguarded_site, control.plan, seed=seed)
    assert [explained(history, finding) for finding in check(history)] == []


async def test_without_a_lock_no_order_explains_what_clients_were_told(
    unguarded_site: Site, seed: str
) -> None:
    for attempt in range(ATTEMPTS):
        history = await play(unguarded_site, COUNTERS, seed=f"{seed}/{attempt}", plant="no lock")
        (place,) = history.began.scene.locations
        verdicts = [judged(history, f"{sku}@{place}").verdict for sku in history.began.scene.skus]
        if NOT_LINEARIZABLE in verdicts:
            return
    pytest.fail("an order was found for every history without a lock")


def test_every_plant_has_its_control_and_every_anomaly_its_plant() -> None:
    assert {control.plant for control in CONTROLS} == PLANTS.keys()
    others = {anomalies.NOT_LINEARIZABLE, anomalies.FAULT, anomalies.ENDED_EARLY}
    others.add(anomalies.STALE_CLOCK)
    assert {control.found_as for control in CONTROLS} == anomalies.ANOMALIES.keys() - others
