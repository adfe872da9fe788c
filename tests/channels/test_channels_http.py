"""Channels as their handlers answer: entity tags, preconditions, pages."""

import uuid
from typing import Any

import msgspec
import pytest

from houses import context_of
from rackhouse.channels.http import (
    ENDPOINTS,
    ChannelRequest,
    CredentialsRequest,
    delete_channel,
    get_channel,
    get_channels,
    put_channel,
)
from rackhouse.channels.rules import Terms
from rackhouse.identity import permissions_of
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MissingPrecondition, StaleVersion
from rackhouse.platform.house import House
from rackhouse.platform.http import Answer, Call, PageQuery
from rackhouse.platform.http.endpoint import CursorUnknown

BODY = {"id": "web", "name": "Web shop", "kind": "web_shop", "locations": ["warehouse-1"]}


@pytest.fixture
def operator(house: House) -> Context:
    return context_of(house, permissions=permissions_of(["operator"]))


def request(**changed: object) -> ChannelRequest:
    return msgspec.convert({**BODY, **changed}, ChannelRequest)


def terms(**changed: object) -> Terms:
    facts = {name: BODY[name] for name in ("name", "kind", "locations")}
    return msgspec.convert({**facts, "enabled": True, **changed}, Terms)


async def post(context: Context, path: str, body: Any, **parameters: str) -> Answer:
    (endpoint,) = [each for each in ENDPOINTS if (each.method, each.path) == ("POST", path)]
    assert endpoint.present is not None
    outcome = await endpoint.handler(Call(context=context, path=parameters, body=body))
    return endpoint.present(outcome)


async def opened(context: Context) -> Any:
    body = request(id=f"web-{uuid.uuid4().hex}")
    return (await post(context, "/api/v1/channels", body)).body


def call_of(context: Context, channel_id: str, **facts: Any) -> Call:
    return Call(context=context, path={"channel_id": channel_id}, **facts)


async def test_an_opened_channel_says_where_it_is_and_which_version(operator: Context) -> None:
    channel_id = f"web-{uuid.uuid4().hex}"
    answer = await post(operator, "/api/v1/channels", request(id=channel_id))
    headers = dict(answer.headers)
    assert answer.status == 201
    assert headers[b"etag"] == b'"1"'
    assert headers[b"location"].decode() == f"/api/v1/channels/{channel_id}"


async def test_how_a_channel_is_sourced_can_be_said_edited_and_read(operator: Context) -> None:
    channel_id = f"web-{uuid.uuid4().hex}"
    body = request(id=channel_id, sourcing="nearest", split=False)
    answer = await post(operator, "/api/v1/channels", body)
    assert (answer.body.sourcing, answer.body.split) == ("nearest", False)
    edit = call_of(operator, channel_id, body=terms(sourcing="fewest_parcels"), if_match="*")
    await put_channel(edit)
    read = (await get_channel(call_of(operator, channel_id))).body
    assert (read.sourcing, read.split) == ("fewest_parcels", True)
    with pytest.raises(msgspec.ValidationError, match=r"\$\.sourcing"):
        request(sourcing="cheapest")


async def test_an_edit_needs_the_version_that_was_read(operator: Context) -> None:
    channel = await opened(operator)
    read = await get_channel(call_of(operator, channel.id))
    tag = dict(read.headers)[b"etag"].decode()
    edited = await put_channel(call_of(operator, channel.id, body=terms(name="Shop"), if_match=tag))
    assert (edited.status, edited.body.name, edited.body.version) == (200, "Shop", 2)
    assert dict(edited.headers)[b"etag"] == b'"2"'
    with pytest.raises(StaleVersion):
        await put_channel(call_of(operator, channel.id, body=terms(), if_match=tag))
    with pytest.raises(MissingPrecondition):
        await put_channel(call_of(operator, channel.id, body=terms()))


async def test_removal_needs_the_version_that_was_read(operator: Context) -> None:
    channel = await opened(operator)
    with pytest.raises(MissingPrecondition):
        await delete_channel(call_of(operator, channel.id))
    with pytest.raises(StaleVersion):
        await delete_channel(call_of(operator, channel.id, if_match='"7"'))
    answer = await delete_channel(call_of(operator, channel.id, if_match="*"))
    assert (answer.status, answer.body) == (204, None)


async def test_a_cursor_leads_to_the_next_page(operator: Context) -> None:
    for _ in range(3):
        await opened(operator)
    found: list[str] = []
    query = PageQuery(limit=2)
    while True:
        page = (await get_channels(Call(context=operator, path={}, query=query))).body
        found += [channel.id for channel in page.items]
        if page.next_cursor is None:
            break
        query = PageQuery(limit=2, cursor=page.next_cursor)
    assert found == sorted(set(found))
    assert len(found) >= 3


@pytest.mark.parametrize("cursor", ["x", "bnVsbA==", "eyJpZCI6Ilx1MDAwMCJ9"])
async def test_a_cursor_from_elsewhere_is_refused(operator: Context, cursor: str) -> None:
    query = PageQuery(cursor=cursor)
    with pytest.raises(CursorUnknown):
        await get_channels(Call(context=operator, path={}, query=query))


async def test_credentials_are_not_to_be_stored_on_the_way(operator: Context) -> None:
    channel = await opened(operator)
    answer = await post(
        operator,
        "/api/v1/channels/{channel_id}/credentials",
        CredentialsRequest(name="Till 3"),
        channel_id=channel.id,
    )
    assert answer.status == 201
    assert (b"cache-control", b"no-store") in answer.headers
    assert (answer.body.roles, answer.body.channel) == (("channel",), channel.id)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "Not a handle"},
        {"id": "x" * 65},
        {"name": ""},
        {"name": "a\x00b"},
        {"kind": "market_stall"},
        {"locations": []},
        {"locations": ["Not a handle"]},
        {"enabled": "yes"},
        {"colour": "blue"},
    ],
)
def test_a_body_out_of_bounds_is_not_read(changed: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        request(**changed)


def test_a_channel_is_enabled_when_it_opens_but_an_edit_has_to_say() -> None:
    assert request().terms().enabled is True
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({name: BODY[name] for name in ("name", "kind", "locations")}, Terms)
