"""How streams of every transport end, and that a client may always go on where it was."""

import time
from types import SimpleNamespace

import msgspec
import pytest
from following import Follow, take_until_closed, until, until_live
from shops import Mirror, Shop
from stream_clients import Ended, Refused, Server
from transports import Transport

from rackhouse.feeds import tending
from rackhouse.identity import (
    PERMISSIONS,
    disable_client,
    grant_token,
    mint_token,
    register_client,
    verification,
)
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.house import House


async def test_a_client_that_does_not_read_is_cut_off_and_can_resume(
    transport: Transport, server: Server, follow: Follow, token: str, shop: Shop
) -> None:
    mirror = Mirror()
    client = await follow(token, sku=shop.skus[0])
    for message in await until_live(client):
        mirror.take(message)
    (listener,) = server.hub.listeners
    while listener.reason is None:
        await shop.count(shop.skus[0], shop.locations[0], times=200)
    assert listener.reason == "too_slow"
    closed = await take_until_closed(client, mirror)
    assert closed["reason"] == "too_slow"
    assert f"more than {server.house.settings.stream_queue_limit}" in closed["detail"]
    with pytest.raises(Ended) as ended:
        await client.next()
    assert ended.value.code == transport.ends["too_slow"]
    cursor = closed["cursor"]
    again = await follow(token, sku=shop.skus[0], cursor=cursor)
    figures = await shop.figures()
    while mirror.figures != {stream: figures[stream] for stream in mirror.figures}:
        mirror.take(await again.next())


async def test_a_connection_that_takes_nothing_any_more_is_broken(
    server: Server, follow: Follow, token: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tending, "SEND_LIMIT_SECONDS", 0.2)
    client = await follow(token, sku=shop.skus[0])
    await until_live(client)
    (listener,) = server.hub.listeners
    while listener.reason is None:
        await shop.count(shop.skus[0], shop.locations[0], times=200)
    await server.nobody_follows()
    with pytest.raises(Ended):
        while True:
            await client.next()


async def test_a_client_that_leaves_leaves_nothing_behind(
    server: Server, follow: Follow, token: str, shop: Shop
) -> None:
    client = await follow(token, sku=shop.skus[0])
    await until_live(client)
    assert len(server.hub.listeners) == 1
    await client.close()
    await server.nobody_follows()
    assert not server.hub._audiences
    assert not server.hub._index._found


async def test_a_stream_ends_when_its_token_is_no_longer_accepted(
    transport: Transport,
    follow: Follow,
    house: House,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tending, "VERIFY_AGAIN_SECONDS", 0.0)
    everything = Caller(subject="test", permissions=frozenset(PERMISSIONS))
    context = msgspec.structs.replace(context, caller=everything)
    new = await register_client(context=context, name="Till", roles=("auditor",))
    granted = await grant_token(
        house=house, client_id=new.client_id, client_secret=new.client_secret, scopes=None
    )
    client = await follow(granted.access_token, snapshot="false")
    await until_live(client)
    await disable_client(context=context, client_id=new.client_id)
    closed = await until(client, "closed")
    assert closed["reason"] == "token_refused"
    with pytest.raises(Ended) as ended:
        await client.next()
    assert ended.value.code == transport.ends["token_refused"]


async def test_a_stream_ends_when_its_token_has_expired(
    transport: Transport, follow: Follow, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tending, "VERIFY_AGAIN_SECONDS", 0.0)
    token = await mint_token(house=house, roles=["admin"], subject="test", ttl_seconds=600)
    client = await follow(token, snapshot="false")
    await until_live(client)
    later = time.time() + 3600
    monkeypatch.setattr(verification, "time", SimpleNamespace(time=lambda: later))
    assert (await until(client, "closed"))["reason"] == "token_refused"
    with pytest.raises(Ended) as ended:
        await client.next()
    assert ended.value.code == transport.ends["token_refused"]
    with pytest.raises(Refused) as refused:
        await follow(token, snapshot="false")
    assert refused.value.status == 401
