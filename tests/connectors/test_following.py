"""Stock that changes here is pushed through the connection's outlet."""

import httpx
from connected import connected

from rackhouse.connectors.following import KIND, outlet_id_of, push_messages, settle_outlet
from rackhouse.connectors.opening import change_connection, close_connection
from rackhouse.outlets import Message, outlet_of
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.worker.working import work as _work  # noqa: F401


def told_of(sku: str) -> Message:
    import datetime

    import msgspec

    return Message(
        id=sku,
        type="StockReceived",
        log="inventory",
        stream=f"{sku}@somewhere",
        sequence=1,
        recorded_at=datetime.datetime.now(datetime.UTC),
        cursor=None,
        body=msgspec.json.encode({"type": "StockReceived", "sku": sku}),
    )


async def test_a_change_of_stock_is_pushed(house: House, api: httpx.AsyncClient) -> None:
    async with connected(house, api, "marketplace") as both:
        await settle_outlet(both.context, both.connection)
        outlet = await outlet_of(context=both.context, outlet_id=outlet_id_of(both.connection))
        assert (outlet.kind, outlet.channel) == ("connection", both.shop.channel)
        await both.shop.receive(both.shop.sku, 7)
        acting = Context.of_service(house, "outlets", KIND.permissions)
        batch = [told_of(both.shop.sku), told_of("SOMETHING-ELSE")]
        assert await push_messages(acting, outlet, batch) == 2
        assert both.simulator.shop.figure(both.shop.sku) == 27


async def test_an_outlet_goes_with_its_connection(house: House, api: httpx.AsyncClient) -> None:
    async with connected(house, api, "marketplace") as both:
        context, known = both.context, both.connection
        outlet_id = outlet_id_of(known)
        await settle_outlet(context, known)
        settings = {"url": "http://127.0.0.1:1"}
        import msgspec

        settings = msgspec.json.decode(known.settings)
        disabled = await change_connection(
            context=context,
            connection_id=known.id,
            name=known.name,
            settings=settings,
            enabled=False,
            expected_version=None,
        )
        await settle_outlet(context, disabled)
        assert (await outlet_of(context=context, outlet_id=outlet_id)).state == "paused"
        await close_connection(context=context, connection_id=known.id, expected_version=None)
