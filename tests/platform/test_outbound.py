"""Outbound requests: only where they may go, to the address that was checked, and no further."""

import asyncio
import socket
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiohttp import web

from rackhouse.modules import MODULES
from rackhouse.platform.environment import InvalidSetting
from rackhouse.platform.house import House
from rackhouse.platform.outbound import Outbound, TargetFailed, TargetForbidden
from rackhouse.platform.settings import Settings

PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


def in_url(address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"https://{host}/hook"


@pytest.fixture
def strict(settings: Settings) -> Outbound:
    """Outbound as it is unless settings allow more."""
    return Outbound(House(settings, MODULES))


@pytest.fixture
async def lenient(settings: Settings) -> AsyncIterator[Outbound]:
    """Outbound that may reach 127.0.0.1 without TLS."""
    allowed = msgspec.structs.replace(
        settings, outbound_networks="127.0.0.1/32", outbound_http=True
    )
    outbound = Outbound(House(allowed, MODULES))
    yield outbound
    await outbound.close()


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(strict: Outbound, address: str) -> None:
    with pytest.raises(TargetForbidden, match="not public"):
        strict.refuse_unfit(in_url(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_let_through(strict: Outbound, address: str) -> None:
    strict.refuse_unfit(in_url(address))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "use https"),
        ("ftp://example.com/", "use https"),
        ("//example.com/", "use https"),
        ("https:///hook", "name a host"),
        ("https://name:word@example.com/", "names and passwords"),
        ("https://example.com/#part", "after|follows"),
        ("https://example.com/a b", "no spaces"),
        ("https://exämple.com/", "ASCII"),
        ("https://example.com:99999/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://example.com/" + "x" * 3000, "2000"),
    ],
)
def test_what_is_no_fit_url_is_refused(strict: Outbound, url: str, why: str) -> None:
    with pytest.raises(TargetForbidden, match=why):
        strict.refuse_unfit(url)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1"])
async def test_a_name_that_resolves_to_a_private_address_is_refused(
    strict: Outbound, host: str
) -> None:
    with pytest.raises(TargetForbidden, match=r"not public|can not be read"):
        await post(strict, f"https://{host}:9/")
    await strict.close()


async def test_a_name_with_one_private_address_among_public_ones_is_refused(
    strict: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolved(host: str, port: int, **_: object) -> list[object]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("93.184.215.14", "10.0.0.1")
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)
    with pytest.raises(TargetForbidden, match=r"10\.0\.0\.1 is not public"):
        await post(strict, "https://shop.example/")
    await strict.close()


async def test_what_was_checked_is_what_is_connected_to(
    lenient: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def resolved(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    async with served(lambda request: web.Response(text=request.headers["host"])) as port:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)
        reply = await post(lenient, f"http://shop.example:{port}/")
    assert asked == ["shop.example"]
    assert reply.body.decode() == f"shop.example:{port}"


async def test_a_redirect_is_not_followed(lenient: Outbound) -> None:
    came = []

    def answer(request: web.Request) -> web.Response:
        came.append(request.path)
        return web.Response(status=307, headers={"location": "/elsewhere"})

    async with served(answer) as port:
        reply = await post(lenient, f"http://127.0.0.1:{port}/here")
    assert (reply.status, came) == (307, ["/here"])


async def test_a_long_answer_is_cut_off(lenient: Outbound) -> None:
    async with served(lambda _: web.Response(text="x" * 1_000_000)) as port:
        reply = await post(lenient, f"http://127.0.0.1:{port}/")
    assert (len(reply.body), reply.whole) == (4096, False)


async def test_a_silent_target_is_given_up(lenient: Outbound) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        with pytest.raises(TargetFailed, match=r"no answer within 0\.05 s"):
            await post(lenient, f"http://127.0.0.1:{deaf.getsockname()[1]}/", seconds=0.05)


async def test_a_closed_port_is_told_without_the_address(lenient: Outbound) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TargetFailed) as failed:
        await post(lenient, f"http://127.0.0.1:{port}/?token=secret")
    assert "secret" not in str(failed.value)


async def test_what_is_no_http_is_a_failure(lenient: Outbound) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TargetFailed):
            await post(lenient, f"http://127.0.0.1:{port}/")


def test_networks_that_can_not_be_read_are_refused(settings: Settings) -> None:
    odd = msgspec.structs.replace(settings, outbound_networks="10.0.0.0/8 here")
    with pytest.raises(InvalidSetting, match="RACKHOUSE_OUTBOUND_NETWORKS"):
        Outbound(House(odd, MODULES))


async def post(outbound: Outbound, url: str, seconds: float = 5.0):
    return await outbound.request(
        method="POST", url=url, headers={}, body=b"{}", timeout_seconds=seconds
    )


class served:  # noqa: N801 - reads as a phrase
    """A server on a free port of the loopback."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    async def __aenter__(self) -> int:
        async def handle(request: web.Request) -> web.Response:
            return self._answer(request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self._runner.addresses[0][1]

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
