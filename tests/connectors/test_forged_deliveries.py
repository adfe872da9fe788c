"""Deliveries that are forged, replayed, cut off or too old, for each adapter that is delivered to:
each is refused with a problem, and nothing of it is kept."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from connected import SECRETS, Connected, connected
from exchanged import exchanging
from fed import a_feed

from rackhouse.platform.house import House
from rackhouse.simulators.deliveries import Envelope

ADAPTERS = ["marketplace", "shopify", "square", "woocommerce"]
HEADERS = {
    "marketplace": "x-signature",
    "shopify": "x-shopify-hmac-sha256",
    "square": "x-square-hmacsha256-signature",
    "woocommerce": "x-wc-webhook-signature",
}
KEYS = {
    "marketplace": SECRETS["marketplace"]["signing_key"],
    "shopify": SECRETS["shopify"]["client_secret"],
    "square": SECRETS["square"]["signature_key"],
    "woocommerce": SECRETS["woocommerce"]["webhook_secret"],
}


@dataclass
class Sent:
    """A genuine delivery, to be made into another."""

    adapter: str
    inbox: str
    body: bytes
    headers: dict[str, str]

    @property
    def signature(self) -> str:
        return self.headers[HEADERS[self.adapter]]

    def sign(self, key: str, *, over: bytes | None = None, shift_seconds: int = 0) -> None:
        """Sign anew: with a key, over what is sent or something else, at another time."""
        signed = self.body if over is None else over
        name = HEADERS[self.adapter]
        if self.adapter == "marketplace":
            told = int(self.signature.split(",")[0].removeprefix("t=")) + shift_seconds
            mac = hmac.new(key.encode(), f"{told}.".encode() + signed, hashlib.sha256).hexdigest()
            self.headers[name] = f"t={told},v1={mac}"
            return
        if self.adapter == "square":
            signed = self.inbox.encode() + signed
        digest = hmac.new(key.encode(), signed, hashlib.sha256).digest()
        self.headers[name] = base64.b64encode(digest).decode()


def unsigned(sent: Sent) -> None:
    del sent.headers[HEADERS[sent.adapter]]


def empty_signature(sent: Sent) -> None:
    sent.headers[HEADERS[sent.adapter]] = ""


def another_body(sent: Sent) -> None:
    sent.body = sent.body.replace(b"1", b"2")


def cut_off(sent: Sent) -> None:
    sent.body = sent.body[: len(sent.body) // 2]


def last_byte_lost(sent: Sent) -> None:
    sent.body = sent.body[:-1]


def nothing_left(sent: Sent) -> None:
    sent.body = b""


def something_added(sent: Sent) -> None:
    sent.body += b" "


def written_otherwise(sent: Sent) -> None:
    """The same meaning, other bytes."""
    sent.body = sent.body.replace(b'":', b'": ')


def signed_by_another(sent: Sent) -> None:
    sent.sign("another key")


def signed_with_no_key(sent: Sent) -> None:
    sent.sign("")


def signature_cut_off(sent: Sent) -> None:
    sent.headers[HEADERS[sent.adapter]] = sent.signature[:-2]


def signature_of_something_else(sent: Sent) -> None:
    sent.sign(KEYS[sent.adapter], over=b"{}")


def signature_beyond_ascii(sent: Sent) -> None:
    sent.headers[HEADERS[sent.adapter]] = "\u00e9\u00e8"


def plain_digest(sent: Sent) -> None:
    """A hash for which no key is needed."""
    digest = hashlib.sha256(sent.body).digest()
    sent.headers[HEADERS[sent.adapter]] = base64.b64encode(digest).decode()


FORGERIES: list[Callable[[Sent], None]] = [
    unsigned,
    empty_signature,
    another_body,
    cut_off,
    last_byte_lost,
    nothing_left,
    something_added,
    written_otherwise,
    signed_by_another,
    signed_with_no_key,
    signature_cut_off,
    signature_of_something_else,
    signature_beyond_ascii,
    plain_digest,
]


def too_old(sent: Sent) -> None:
    sent.sign(KEYS[sent.adapter], shift_seconds=-301 - 60)


def from_the_future(sent: Sent) -> None:
    sent.sign(KEYS[sent.adapter], shift_seconds=301 + 60)


def made_younger(sent: Sent) -> None:
    """An old one, with another time written over that which was signed."""
    old = int(sent.signature.split(",")[0].removeprefix("t="))
    sent.headers["x-signature"] = sent.signature.replace(f"t={old}", f"t={old + 1}")


def without_a_time(sent: Sent) -> None:
    sent.headers["x-signature"] = sent.signature.split(",")[1]


def a_time_that_is_none(sent: Sent) -> None:
    sent.headers["x-signature"] = f"t=\u00b2,{sent.signature.split(',')[1]}"


def without_an_id(sent: Sent) -> None:
    ids = ("x-message-id", "x-shopify-webhook-id", "x-wc-webhook-delivery-id")
    sent.headers = {name: text for name, text in sent.headers.items() if name not in ids}


def of_another_shop(sent: Sent) -> None:
    sent.headers["x-shopify-shop-domain"] = "another.myshopify.com"


def to_another_address(sent: Sent) -> None:
    """Square signs where it sends to: what was meant for another subscription."""
    signed = sent.inbox.replace("/inbox", "-other/inbox").encode() + sent.body
    digest = hmac.new(KEYS["square"].encode(), signed, hashlib.sha256).digest()
    sent.headers[HEADERS["square"]] = base64.b64encode(digest).decode()


def body_alone_signed(sent: Sent) -> None:
    digest = hmac.new(KEYS["square"].encode(), sent.body, hashlib.sha256).digest()
    sent.headers[HEADERS["square"]] = base64.b64encode(digest).decode()


def no_event(sent: Sent) -> None:
    sent.body = b'{"hello": "you"}'
    sent.sign(KEYS["square"])


def a_ping_with_an_order_in_it(sent: Sent) -> None:
    """What a shop sends unsigned when a webhook is saved is no way in."""
    unsigned(sent)
    sent.body = b"webhook_id=7&" + sent.body


OWN: list[tuple[str, Callable[[Sent], None]]] = [
    ("marketplace", too_old),
    ("marketplace", from_the_future),
    ("marketplace", made_younger),
    ("marketplace", without_a_time),
    ("marketplace", a_time_that_is_none),
    ("marketplace", without_an_id),
    ("shopify", of_another_shop),
    ("shopify", without_an_id),
    ("square", to_another_address),
    ("square", body_alone_signed),
    ("square", no_event),
    ("woocommerce", without_an_id),
    ("woocommerce", a_ping_with_an_order_in_it),
]


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_whatever_is_not_genuine_is_refused_and_nothing_of_it_is_kept(
    house: House, api: httpx.AsyncClient, adapter: str
) -> None:
    own = [forge for of, forge in OWN if of == adapter]
    async with connected(house, api, adapter, skus=1, units=50) as both:
        before = kept(house, both)
        for forge in [*FORGERIES, *own]:
            sent = genuine(both, adapter)
            forge(sent)
            answer = await deliver(api, sent)
            assert answer.status_code == 401, forge.__name__
            problem = answer.json()
            assert problem["type"] == "/problems/delivery-not-genuine", forge.__name__
            assert KEYS[adapter] not in answer.text
        assert kept(house, both) == before
        assert (await deliver(api, genuine(both, adapter))).is_success
        assert kept(house, both) == before + 1


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_what_is_replayed_is_kept_once_and_sells_once(
    house: House, api: httpx.AsyncClient, adapter: str
) -> None:
    async with connected(house, api, adapter, skus=1) as both:
        before = kept(house, both)
        sent = genuine(both, adapter)
        for _ in range(3):
            assert (await deliver(api, sent)).is_success
        assert kept(house, both) == before + 1
        if adapter != "square":  # whose id stands in what is signed
            sent.headers = {
                name: f"{text}-again" if "id" in name.split("-") else text
                for name, text in sent.headers.items()
            }
            assert (await deliver(api, sent)).is_success
        await both.tend()
        (order,) = await both.orders()
        assert order.lines[0].quantity == 1
        assert await both.available(both.shop.sku) == 19


@pytest.mark.parametrize("adapter", ["google", "meta"])
async def test_a_channel_that_only_fetches_delivers_nothing(
    house: House, api: httpx.AsyncClient, adapter: str
) -> None:
    async with a_feed(house, api, adapter) as feed:
        answer = await api.post(f"/api/v1/connections/{feed.connection}/inbox", content=b"{}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/nothing-received")


async def test_a_marketplace_that_exchanges_files_delivers_nothing(
    house: House, api: httpx.AsyncClient, tmp_path: Path
) -> None:
    async with exchanging(house, tmp_path) as both:
        answer = await api.post(f"/api/v1/connections/{both.connection.id}/inbox", content=b"{}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/nothing-received")


def genuine(both: Connected, adapter: str) -> Sent:
    """The delivery of a new sale, as the channel would send it."""
    waiting = both.simulator.deliveries._waiting
    waiting.clear()
    both.simulator.shop.sell((both.shop.sku, 1))
    envelope = next(each for each in waiting if is_of_an_order(each))
    waiting.clear()
    inbox = str(both.simulator.deliveries.address)
    return Sent(adapter, inbox, envelope.body, dict(envelope.headers))


def is_of_an_order(envelope: Envelope) -> bool:
    told = " ".join([*envelope.headers.values(), envelope.body.decode()])
    is_told = any(each in told for each in ("order.created", "orders/create"))
    return is_told or envelope.headers.get("x-topic") == "order"


async def deliver(api: httpx.AsyncClient, sent: Sent) -> httpx.Response:
    headers = {name: text.encode("utf-8") for name, text in sent.headers.items()}
    return await api.post(sent.inbox, content=sent.body, headers=headers)


def kept(house: House, both: Connected) -> int:
    """How many deliveries of the connection are kept, read or not."""
    with psycopg.connect(house.database("connectors").url) as connection:
        (count,) = connection.execute(
            "select count(*) from connectors.message where connection = %s", [both.connection.id]
        ).fetchone()
    return int(count)
