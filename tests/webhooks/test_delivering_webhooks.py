"""Webhooks over real HTTP: signed, in order, tried again, and taken by the official libraries."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from houses import Shop, context_of
from rackhouse import webhooks
from rackhouse.outlets import dead_letter_page, replay_dead_letters
from rackhouse.platform.house import House
from rackhouse.webhooks import (
    NewWebhook,
    Terms,
    WebhookNotFound,
    add_webhook,
    attempt_page,
    change_webhook,
    read_webhook,
    remove_webhook,
    rotate_webhook_secret,
    webhook_page,
)
from receivers import WAIT_SECONDS, Received, Receiver, dispatching


@pytest.fixture
async def worker(sending_house: House) -> AsyncIterator[None]:
    """A worker while the test lasts."""
    async with dispatching(sending_house):
        yield


async def hook(shop: Shop, receiver: Receiver, **more: object) -> NewWebhook:
    """A webhook of the stock of a shop."""
    asked = {"filter": {"sku": list(shop.skus)}, "description": "Shop", "url": receiver.url}
    given = {field: more.pop(field) for field in ("channel", "snapshot") if field in more}
    return await add_webhook(
        context=context_of(shop.house),
        terms=Terms(**{**asked, **more}),
        channel=given.get("channel"),
        snapshot=bool(given.get("snapshot")),
    )


async def receive(shop: Shop, count: int, sku: str | None = None) -> None:
    for _ in range(count):
        await shop.receive(sku or shop.sku, 1)


async def until(shop: Shop, new: NewWebhook, holds: Callable[..., bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not holds(await read_webhook(context=context_of(shop.house), webhook_id=new.id)):
            await asyncio.sleep(0)


def verified(received: Received, *secrets: str) -> object:
    """The body, once the official library has verified it with each of some secrets."""
    for secret in secrets:
        found = Verifier(secret).verify(received.body, received.headers)
    return found


def stream_of(shop: Shop) -> str:
    return f"{shop.sku}@{shop.location}"


async def test_every_change_is_a_signed_cloud_event(
    worker: None, shop: Shop, receiver: Receiver
) -> None:
    new = await hook(shop, receiver)
    await receive(shop, 2)
    first, second = await receiver.until(2)
    assert new.secret.startswith("whsec_")
    for received in (first, second):
        verified(received, new.secret)
        event = from_structured_event(HTTPMessage(received.headers, received.body))
        assert event.get_id() == received.id
        assert event.get_type() == "rackhouse.StockReceived"
        assert event.get_subject() == stream_of(shop)
        assert event.get_source().endswith("/inventory")
        assert event.get_time() is not None
    assert receiver.sequences(stream_of(shop)) == [1, 2]
    assert second.events[0]["data"]["on_hand"] == 2
    assert second.events[0]["data"]["cursor"]


async def test_a_body_that_was_altered_is_not_verified(
    worker: None, shop: Shop, receiver: Receiver
) -> None:
    new = await hook(shop, receiver)
    await receive(shop, 1)
    (received,) = await receiver.until(1)
    altered = received._replace(body=received.body.replace(b'"on_hand":1', b'"on_hand":9'))
    assert altered.body != received.body
    with pytest.raises(WebhookVerificationError):
        verified(altered, new.secret)


async def test_batches_carry_many_events_in_order(shop: Shop, receiver: Receiver) -> None:
    new = await hook(shop, receiver, format="batch")
    await receive(shop, 30)
    async with dispatching(shop.house):
        async with asyncio.timeout(WAIT_SECONDS):
            while len(receiver.sequences(stream_of(shop))) < 30:
                await receiver.until(len(receiver.got) + 1)
    assert receiver.sequences(stream_of(shop)) == list(range(1, 31))
    assert len(receiver.got) < 30
    for received in receiver.got:
        assert received.headers["content-type"] == "application/cloudevents-batch+json"
        verified(received, new.secret)
        for event in received.events:
            single = HTTPMessage(
                {"content-type": "application/cloudevents+json"}, json.dumps(event).encode()
            )
            assert from_structured_event(single).get_id() == event["id"]


async def test_old_and_new_secrets_sign_until_the_overlap_is_over(
    worker: None, shop: Shop, receiver: Receiver
) -> None:
    context = context_of(shop.house)
    old = await hook(shop, receiver)
    new = await rotate_webhook_secret(context=context, webhook_id=old.id, overlap_seconds=3600)
    await receive(shop, 1)
    (both,) = await receiver.until(1)
    verified(both, old.secret, new.secret)
    assert len(both.headers["webhook-signature"].split(" ")) == 2
    newest = await rotate_webhook_secret(context=context, webhook_id=old.id, overlap_seconds=0)
    await receive(shop, 1)
    _, last = await receiver.until(2)
    verified(last, newest.secret)
    for secret in (old.secret, new.secret):
        with pytest.raises(WebhookVerificationError):
            verified(last, secret)


async def test_what_fails_is_sent_again_with_the_same_id(
    worker: None, shop: Shop, receiver: Receiver
) -> None:
    receiver.answers += [web.Response(status=500, text="ouch"), web.Response(status=302)]
    new = await hook(shop, receiver)
    await receive(shop, 2)
    got = await receiver.until(4)
    assert [each.id for each in got[:3]] == [got[0].id] * 3
    assert receiver.sequences(stream_of(shop)) == [1, 1, 1, 2]
    await until(shop, new, lambda webhook: webhook.lag.events == 0)
    attempts = await attempt_page(
        context=context_of(shop.house), webhook_id=new.id, before=None, limit=10
    )
    failed = [each for each in reversed(attempts) if each.problem]
    assert [each.status for each in failed] == [500, 302]
    assert failed[0].answer == "ouch"
    assert "redirects are not followed" in failed[1].problem
    assert attempts[0].problem == ""


async def test_retry_after_is_obeyed(worker: None, shop: Shop, receiver: Receiver) -> None:
    receiver.answers.append(web.Response(status=503, headers={"retry-after": "3600"}))
    new = await hook(shop, receiver)
    await receive(shop, 1)
    await receiver.until(1)
    await until(shop, new, lambda webhook: webhook.problem != "")
    status = await webhooks.read_webhook(context=context_of(shop.house), webhook_id=new.id)
    assert status.problem == "it answers with the status 503"
    assert len(receiver.got) == 1
    await change_webhook(
        context=context_of(shop.house),
        webhook_id=new.id,
        terms=Terms(url=receiver.url, description="Renamed", filter={"sku": list(shop.skus)}),
        expected_version=None,
    )
    await receiver.until(2)


async def test_a_target_that_says_gone_is_sent_nothing_more_until_it_is_enabled_again(
    worker: None, shop: Shop, receiver: Receiver
) -> None:
    receiver.answers.append(web.Response(status=410))
    new = await hook(shop, receiver)
    await receive(shop, 1)
    await until(shop, new, lambda webhook: webhook.state == "disabled")
    await receive(shop, 1)
    assert len(receiver.got) == 1
    found = await read_webhook(context=context_of(shop.house), webhook_id=new.id)
    terms = Terms(url=receiver.url, description="Shop", filter={"sku": list(shop.skus)})
    await change_webhook(
        context=context_of(shop.house),
        webhook_id=new.id,
        terms=terms,
        expected_version=found.version,
    )
    await receiver.until(3)
    assert receiver.sequences(stream_of(shop)) == [1, 1, 2]


async def test_a_message_that_is_refused_for_good_becomes_a_dead_letter(
    worker: None, shop: Shop, receiver: Receiver
) -> None:
    receiver.answers += [web.Response(status=422, text="no such SKU") for _ in range(5)]
    new = await hook(shop, receiver)
    context = context_of(shop.house)
    await receive(shop, 2)
    await until(shop, new, lambda webhook: webhook.dead_letters == 1)
    await receiver.until(6)
    assert receiver.sequences(stream_of(shop)) == [1, 1, 1, 1, 1, 2]
    (letter,) = await dead_letter_page(context=context, outlet_id=new.id, after=None, limit=9)
    assert letter.message_id == receiver.got[0].id
    await replay_dead_letters(context=context, outlet_id=new.id)
    got = await receiver.until(7)
    assert got[-1].id == letter.message_id
    verified(got[-1], new.secret)


async def test_a_webhook_that_is_not_enabled_keeps_its_place(
    worker: None, shop: Shop, receiver: Receiver
) -> None:
    new = await hook(shop, receiver, enabled=False)
    await receive(shop, 1)
    found = await read_webhook(context=context_of(shop.house), webhook_id=new.id)
    assert found.state == "paused"
    assert not receiver.got
    terms = Terms(url=receiver.url, description="Shop", filter={"sku": list(shop.skus)})
    await change_webhook(
        context=context_of(shop.house), webhook_id=new.id, terms=terms, expected_version=None
    )
    await receiver.until(1)


async def test_a_removed_webhook_is_sent_nothing(
    worker: None, shop: Shop, receiver: Receiver
) -> None:
    context = context_of(shop.house)
    new = await hook(shop, receiver)
    await remove_webhook(context=context, webhook_id=new.id, expected_version=None)
    await receive(shop, 1)
    with pytest.raises(WebhookNotFound):
        await read_webhook(context=context, webhook_id=new.id)
    assert not receiver.got


async def test_a_test_event_is_signed_and_told_of(shop: Shop, receiver: Receiver) -> None:
    new = await hook(shop, receiver)
    receiver.answers.append(web.Response(status=200, text="thanks"))
    context = context_of(shop.house)
    tested = await webhooks.test_webhook(context=context, webhook_id=new.id)
    assert (tested.taken, tested.status, tested.answer) == (True, 200, "thanks")
    (received,) = receiver.got
    verified(received, new.secret)
    assert received.events[0]["type"] == "rackhouse.test"
    receiver.answers.append(web.Response(status=404, text="x" * 100_000))
    refused = await webhooks.test_webhook(context=context, webhook_id=new.id)
    assert (refused.taken, refused.status) == (False, 404)
    assert refused.answer == "x" * 1000


async def test_a_channel_hears_what_is_its_own_and_nothing_else(
    worker: None, shop: Shop, receiver: Receiver
) -> None:
    caller = {
        "channel": shop.channel,
        "permissions": frozenset({"webhooks:write", "webhooks:read", "stream:read"}),
    }
    own = context_of(shop.house, **caller)
    await receive(shop, 1)
    terms = Terms(url=receiver.url, description="Own")
    new = await add_webhook(context=own, terms=terms, channel=None, snapshot=True)
    received = (await receiver.until(1))[0]
    assert received.events[0]["type"] == "rackhouse.snapshot"
    await receive(shop, 1)
    await receiver.until(2)
    told = [event for each in receiver.got for event in each.events]
    rows = [row for event in told if "stock" in event["data"] for row in event["data"]["stock"]]
    assert {row["location"] for row in rows} <= set(shop.locations)
    assert told[-1]["subject"] == stream_of(shop)
    assert [each.id for each in await webhook_page(context=own, after=None, limit=9)] == [new.id]
    other = context_of(shop.house, **{**caller, "channel": "another"})
    with pytest.raises(WebhookNotFound):
        await read_webhook(context=other, webhook_id=new.id)
