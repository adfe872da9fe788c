"""Sending to webhooks: signed CloudEvents, in order, one after the other or in batches."""

import datetime
import email.utils
import time
from collections.abc import Sequence

import msgspec

from rackhouse.outlets import Gone, Kind, Message, NotTaken, Outlet, Rejected
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.outbound import Outbound, Reply, TargetFailed, TargetForbidden
from rackhouse.webhooks import store
from rackhouse.webhooks.bodies import BATCH, SINGLE, batch_body, batch_id, cloud_event
from rackhouse.webhooks.endpoint import Attempt, Endpoint
from rackhouse.webhooks.signing import signature_headers

__all__ = ["KIND", "Delivery", "deliver", "open_secrets", "send"]

BATCH_LIMIT = 100
SEND_SECONDS = 90.0
# A batch of single messages ends early, so that what was taken is soon written down.
SINGLES_SECONDS = 1.0
ANSWER_LIMIT = 1_000
REJECTED_AFTER = 5
# A target that answers so to the same message over and over will never take it.
REJECTING = frozenset({400, 413, 415, 422})
GONE = 410


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request; ``problem`` is empty where it was taken."""

    status: int | None
    seconds: float
    problem: str
    answer: str
    retry_after_seconds: float | None = None


async def send(context: Context, outlet: Outlet, batch: Sequence[Message]) -> int:
    """Send messages to the webhook of an outlet; says how many were taken."""
    house = context.house
    async with house.database("webhooks").reading() as tx:
        found = await store.read_to_send(tx, outlet.id)
    if found is None or found[0].removed:
        raise Gone("the webhook was removed")
    endpoint, secrets = found
    keys = open_secrets(house, endpoint.id, secrets)
    if endpoint.terms.format == "batch":
        taken, delivery = await _send_batch(house, endpoint, keys, batch)
    else:
        taken, delivery = await _send_singles(house, endpoint, keys, batch)
    if delivery.problem:
        _judge(outlet, delivery, taken, batch)
    return taken


def _judge(outlet: Outlet, delivery: Delivery, taken: int, batch: Sequence[Message]) -> None:
    """Raise what a failed delivery means."""
    if delivery.status == GONE:
        raise Gone(delivery.problem, taken=taken)
    tried = 1 if taken else outlet.failures + 1
    if delivery.status in REJECTING and tried >= REJECTED_AFTER and len(batch) == 1:
        raise Rejected(delivery.problem, taken=taken)
    raise NotTaken(delivery.problem, taken=taken, retry_after_seconds=delivery.retry_after_seconds)


async def _send_singles(
    house: House, endpoint: Endpoint, keys: Sequence[bytes], batch: Sequence[Message]
) -> tuple[int, Delivery]:
    started = time.monotonic()
    taken = 0
    delivery = Delivery(status=None, seconds=0.0, problem="", answer="")
    for message in batch:
        body = cloud_event(message, house.settings.issuer)
        delivery = await deliver(house, endpoint, keys, message.id, SINGLE, body)
        if delivery.problem:
            break
        taken += 1
        if time.monotonic() - started > SINGLES_SECONDS:
            break
    seconds = time.monotonic() - started
    good = msgspec.structs.replace(delivery, seconds=seconds, problem="", answer="", status=200)
    attempts = [_attempt(good, batch[:taken])] if _tells(batch[:taken]) else []
    if delivery.problem:
        attempts.append(_attempt(delivery, batch[taken : taken + 1]))
    if attempts:
        await _note(house, endpoint, attempts)
    return taken, delivery


async def _send_batch(
    house: House, endpoint: Endpoint, keys: Sequence[bytes], batch: Sequence[Message]
) -> tuple[int, Delivery]:
    body = batch_body([cloud_event(each, house.settings.issuer) for each in batch])
    delivery = await deliver(house, endpoint, keys, batch_id(batch), BATCH, body)
    if delivery.problem or _tells(batch):
        await _note(house, endpoint, [_attempt(delivery, batch)])
    return (0 if delivery.problem else len(batch)), delivery


async def deliver(
    house: House,
    endpoint: Endpoint,
    keys: Sequence[bytes],
    message_id: str,
    media_type: str,
    body: bytes,
) -> Delivery:
    """Send one signed request to a webhook."""
    now = int(time.time())
    headers = signature_headers(message_id=message_id, timestamp=now, body=body, secrets=keys)
    started = time.monotonic()
    try:
        reply = await house.the(Outbound).request(
            method="POST",
            url=endpoint.terms.url,
            headers={**headers, "content-type": media_type},
            body=body,
            timeout_seconds=house.settings.webhook_timeout_seconds,
        )
    except (TargetForbidden, TargetFailed) as error:
        seconds = time.monotonic() - started
        return Delivery(status=None, seconds=seconds, problem=str(error), answer="")
    return _delivered(reply)


def _delivered(reply: Reply) -> Delivery:
    good = 200 <= reply.status < 300
    problem = "" if good else f"it answers with the status {reply.status}"
    if 300 <= reply.status < 400:
        problem += ", and redirects are not followed"
    return Delivery(
        status=reply.status,
        seconds=reply.seconds,
        problem=problem,
        answer=reply.body[:ANSWER_LIMIT].decode("utf-8", "replace").replace("\x00", "\ufffd"),
        retry_after_seconds=None if good else retry_after(reply.headers.get("retry-after")),
    )


def retry_after(value: str | None) -> float | None:
    """The seconds that a Retry-After header asks for (RFC 9110, section 10.2.3), as a number or a
    date; None for anything else."""
    if value is None:
        return None
    if value.isascii() and value.strip().isdecimal() and len(value) < 10:
        return float(value)
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        return None
    return max(0.0, (at - datetime.datetime.now(datetime.UTC)).total_seconds())


def open_secrets(
    house: House, endpoint_id: str, sealed: Sequence[tuple[str, bytes]]
) -> list[bytes]:
    """Secrets as they sign, of (id, sealed) pairs."""
    return [
        house.secrets.open(each, label=f"webhook:{endpoint_id}:{secret_id}")
        for secret_id, each in sealed
    ]


def _tells(messages: Sequence[Message]) -> bool:
    """Whether there is more among some messages than signals, of which only failures are listed."""
    return not all(each.is_signal for each in messages)


def _attempt(delivery: Delivery, messages: Sequence[Message]) -> Attempt:
    return Attempt(
        id=new_id(),
        attempted_at=datetime.datetime.now(datetime.UTC),
        messages=len(messages),
        message_id=messages[0].id,
        type=messages[0].type,
        status=delivery.status,
        milliseconds=round(delivery.seconds * 1000, 3),
        problem=delivery.problem,
        answer=delivery.answer if delivery.problem else "",
    )


async def _note(house: House, endpoint: Endpoint, attempts: Sequence[Attempt]) -> None:
    async with house.database("webhooks").transaction() as tx:
        await store.note_attempts(tx, endpoint.id, attempts)


KIND = Kind(name="webhook", send=send, batch_limit=BATCH_LIMIT, send_seconds=SEND_SECONDS)
