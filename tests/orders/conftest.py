"""Shops with tills."""

from typing import Any

import pytest
from reports import Till

from tills import apart, till


@pytest.fixture
def open_till(open_shop: Any) -> Any:
    """Opens a shop with a till that has an allotment."""

    async def opened(units: int = 10, allotment: int = 5, **shop: Any) -> Till:
        place = await open_shop(units=units, **shop)
        channel = await till(place)
        if allotment:
            await apart(place, channel, allotment)
        return Till(place, channel)

    return opened
