"""What the tests of this folder may ask for."""

from collections.abc import AsyncIterator

import pytest
from spoilt_houses import spoilt_house

from rackhouse.orders import audit as audit_of_orders
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="package")
async def spoilt(settings: Settings, server_url: str) -> AsyncIterator[House]:
    """A house whose rows may be changed by hand."""
    async with spoilt_house(settings, server_url, report_tolerance_seconds=0) as house:
        yield house


@pytest.fixture(autouse=True)
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at what differs without waiting, in all tests that change nothing meanwhile."""
    if "patiently" not in request.fixturenames:
        monkeypatch.setattr(audit_of_orders, "WAITS", (0.0, 0.0, 0.0))


@pytest.fixture
def patiently() -> None:
    """Wait before looking again, as the service does."""
