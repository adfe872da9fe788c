"""What the tests of this folder may ask for."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from houses import Shop, context_of, migrated_database, shop_in
from rackhouse.modules import MODULES
from rackhouse.outlets.rules import trying
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from receivers import Receiver, receiving


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(trying, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(trying, "OPEN_AT_LEAST_SECONDS", 0.001)


@pytest.fixture(scope="package")
def own_settings(settings: Settings, server_url: str) -> Settings:
    """Settings of a house whose webhooks may go to the loopback."""
    return msgspec.structs.replace(
        settings,
        database_url=migrated_database(server_url),
        database_urls={},
        outbound_networks="127.0.0.0/8",
        outbound_http=True,
    )


@pytest.fixture(scope="package")
async def sending_house(own_settings: Settings) -> AsyncIterator[House]:
    """A house of its own, so that no other test's worker sends its webhooks."""
    async with House(own_settings, MODULES) as house:
        await migrate(house)
        yield house


@pytest.fixture
async def shop(sending_house: House) -> Shop:
    """A shop with two SKUs."""
    return await shop_in(context_of(sending_house), skus=2)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver."""
    async with receiving() as receiver:
        yield receiver
