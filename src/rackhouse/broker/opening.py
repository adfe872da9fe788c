"""The one outlet through which everything public is relayed, which follows the setting."""

from rackhouse.broker.relaying import KIND
from rackhouse.outlets import (
    Outlet,
    OutletNotFound,
    Place,
    open_outlet,
    outlet_of,
    pause_outlet,
    resume_outlet,
)
from rackhouse.platform.context import Context
from rackhouse.platform.ids import derived_id

__all__ = ["RELAY_ID", "keep_relay"]

RELAY_ID = derived_id("outlet", "broker", "relay")
NAME = "Broker"
NOT_SET = "RACKHOUSE_BUS_URL is not set"


async def keep_relay(*, context: Context) -> Outlet | None:
    """Open the relay once a broker is named, which begins with what comes; pause it while none
    is, and let it go on then. Answers the relay, if there is one."""
    relay: Outlet
    try:
        relay = await outlet_of(context=context, outlet_id=RELAY_ID)
    except OutletNotFound:
        if context.house.settings.bus_url is None:
            return None
        relay = await open_outlet(
            context=context,
            outlet_id=RELAY_ID,
            kind=KIND.name,
            name=NAME,
            channel=None,
            filter_values={},
            hears_orders=True,
            signals=False,
            conflate_after=None,
            place=Place(),
        )
    if context.house.settings.bus_url is None and relay.state == "running":
        return await pause_outlet(context=context, outlet_id=RELAY_ID, reason=NOT_SET)
    if context.house.settings.bus_url is not None and relay.reason == NOT_SET:
        return await resume_outlet(context=context, outlet_id=RELAY_ID)
    return relay
