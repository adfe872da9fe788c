"""The load client against a tiny server that cuts connections, keeps silent or talks nonsense."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from rackhouse.rehearsal.http_client import (
    AnswerUnknown,
    HttpClient,
    HttpConnection,
    ServiceUnreachable,
    request_bytes,
)

Serve = Callable[[bytes, asyncio.StreamWriter], Awaitable[bool]]

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Told: yes\r\n\r\n{}"


class Tiny:
    """What a tiny server saw: the requests, and how many connections were opened."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.url = ""


@asynccontextmanager
async def tiny(serve: Serve) -> AsyncIterator[Tiny]:
    seen = Tiny()
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        writers.append(writer)
        goes_on = True
        while goes_on:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            lines = head.lower().split(b"\r\n")
            lengths = [int(each.split(b":")[1]) for each in lines if b"content-length" in each]
            body = await reader.readexactly(sum(lengths))
            seen.requests.append(head + body)
            goes_on = await serve(head, writer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield seen
    finally:
        server.close()
        for writer in writers:
            writer.close()


@asynccontextmanager
async def client(url: str, **limits: float) -> AsyncIterator[HttpClient]:
    made = HttpClient(
        url,
        connections=int(limits.get("connections", 2)),
        timeout_seconds=limits.get("timeout_seconds", 5.0),
    )
    try:
        yield made
    finally:
        await made.close()


async def well(_: bytes, writer: asyncio.StreamWriter) -> bool:
    writer.write(GOOD)
    return True


async def test_an_answer_comes_with_status_headers_and_body() -> None:
    async with tiny(well) as server, client(server.url) as http:
        answer = await http.ask("GET", "/one")
    assert (answer.status, answer.body, answer.header(b"x-told")) == (200, b"{}", b"yes")
    assert answer.seconds > 0


async def test_requests_carry_token_key_and_body() -> None:
    async with tiny(well) as server, client(server.url) as http:
        await http.ask("POST", "/one", token="secret", key="mine", body=b'{"a":1}')
    (request,) = server.requests
    assert request.startswith(b"POST /one HTTP/1.1\r\n")
    for part in (b"authorization: Bearer secret", b"idempotency-key: mine", b'{"a":1}'):
        assert part in request


async def test_one_connection_serves_many_requests_in_turn() -> None:
    async with tiny(well) as server, client(server.url) as http:
        for _ in range(5):
            await http.ask("GET", "/one")
    assert (len(server.requests), server.connections) == (5, 1)


async def test_no_more_connections_are_opened_than_allowed() -> None:
    async with tiny(well) as server, client(server.url, connections=3) as http:
        await asyncio.gather(*(http.ask("GET", "/one") for _ in range(30)))
    assert len(server.requests) == 30
    assert server.connections <= 3


async def test_an_answer_in_chunks_and_pieces_is_put_together() -> None:
    async def in_pieces(_: bytes, writer: asyncio.StreamWriter) -> bool:
        for piece in (b"HTTP/1.1 200 OK\r\nTransfer-", b"Encoding: chunked\r\n\r\n3\r\nabc\r\n"):
            writer.write(piece)
            await writer.drain()
        writer.write(b"2\r\nde\r\n0\r\n\r\n")
        return True

    async with tiny(in_pieces) as server, client(server.url) as http:
        assert (await http.ask("GET", "/one")).body == b"abcde"


async def test_a_connection_cut_before_the_answer_leaves_the_answer_unknown() -> None:
    async def cut(_: bytes, writer: asyncio.StreamWriter) -> bool:
        return False

    async with tiny(cut) as server, client(server.url) as http:
        with pytest.raises(AnswerUnknown, match="cut before the answer"):
            await http.ask("POST", "/one", key="mine", body=b"{}")


async def test_a_connection_cut_within_the_answer_leaves_the_answer_unknown() -> None:
    async def cut(_: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        return False

    async with tiny(cut) as server, client(server.url) as http:
        with pytest.raises(AnswerUnknown):
            await http.ask("GET", "/one")


async def test_after_a_cut_the_next_request_goes_over_a_new_connection() -> None:
    told: list[bytes] = []

    async def cut_first(head: bytes, writer: asyncio.StreamWriter) -> bool:
        told.append(head)
        if len(told) > 1:
            writer.write(GOOD)
        return len(told) > 1

    async with tiny(cut_first) as server, client(server.url) as http:
        with pytest.raises(AnswerUnknown):
            await http.ask("POST", "/one", key="mine", body=b"{}")
        assert (await http.ask("POST", "/one", key="mine", body=b"{}")).status == 200
    assert server.connections == 2


async def test_silence_ends_in_time_and_its_connection_is_not_used_again() -> None:
    async def silent(head: bytes, writer: asyncio.StreamWriter) -> bool:
        if b"/quick" in head:
            writer.write(GOOD)
        return True

    async with tiny(silent) as server, client(server.url, connections=1) as http:
        with pytest.raises(AnswerUnknown, match=r"no answer came within 0\.05 s"):
            await http.ask("GET", "/slow", timeout_seconds=0.05)
        assert (await http.ask("GET", "/quick")).status == 200
    assert server.connections == 2


async def test_a_server_that_closes_after_its_answer_is_obeyed() -> None:
    async def closing(_: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        return False

    async with tiny(closing) as server, client(server.url) as http:
        for _ in range(3):
            assert (await http.ask("GET", "/one")).status == 200
    assert server.connections == 3


async def test_what_is_not_http_leaves_the_answer_unknown() -> None:
    async def nonsense(_: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"good evening\r\n\r\n")
        return True

    async with tiny(nonsense) as server, client(server.url) as http:
        with pytest.raises(AnswerUnknown, match="not HTTP"):
            await http.ask("GET", "/one")


async def test_nobody_at_an_address_is_told_apart_from_an_unknown_answer() -> None:
    async with tiny(well) as server:
        url = server.url
    async with client(url) as http:
        with pytest.raises(ServiceUnreachable):
            await http.ask("GET", "/one")


async def test_a_request_that_is_given_up_takes_its_connection_along() -> None:
    arrived = asyncio.Event()

    async def silent(_: bytes, writer: asyncio.StreamWriter) -> bool:
        arrived.set()
        return True

    async with tiny(silent) as server:
        port = int(server.url.rpartition(":")[2])
        connection = await HttpConnection.open("127.0.0.1", port)
        request = request_bytes("GET", "/one", host="here", token=None, key=None, body=None)
        asking = asyncio.create_task(connection.ask(request, timeout_seconds=5))
        await arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert not connection.usable
