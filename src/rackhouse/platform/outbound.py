"""Outbound HTTP to targets that somebody else has named: only to public addresses unless a setting
allows more, to the very address that was checked, without redirects, and bounded in time and size.

After the Server-Side Request Forgery Prevention Cheat Sheet of OWASP.
"""

import asyncio
import ipaddress
import socket
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

from rackhouse import __version__
from rackhouse.platform.environment import InvalidSetting
from rackhouse.platform.house import House

__all__ = ["Outbound", "Reply", "TargetFailed", "TargetForbidden", "is_public", "refuse_unfit_url"]

URL_LENGTH_LIMIT = 2_000
ANSWER_BYTES_LIMIT = 1_048_576
CONNECT_SECONDS = 5.0
CONNECTIONS_LIMIT = 200
CONNECTIONS_OF_A_HOST_LIMIT = 50
KEEP_ALIVE_SECONDS = 60.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")


class TargetForbidden(Exception):
    """The target may not be reached; the message says why and names no secret."""


class TargetFailed(Exception):
    """No answer came; the message says why and names no secret."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a target. ``body`` is its beginning, ``whole`` whether that is all of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool
    seconds: float


class Outbound:
    """This process's connections to targets."""

    def __init__(self, house: House) -> None:
        self._networks = _networks(house.settings.outbound_networks)
        self._plain = house.settings.outbound_http
        self._session: aiohttp.ClientSession | None = None

    def refuse_unfit(self, url: str) -> None:
        """Refuse with `TargetForbidden` an address that could never be reached."""
        refuse_unfit_url(url, plain=self._plain)
        address = _literal(urlsplit(url).hostname or "")
        if address is not None:
            self.refuse_address(address)

    def refuse_address(self, address: Address) -> None:
        """Refuse with `TargetForbidden` an address that is neither public nor allowed."""
        inner = embedded(address)
        if any(inner.version == each.version and inner in each for each in self._networks):
            return
        if not is_public(address):
            raise TargetForbidden(f"the address {address} is not public")

    async def request(
        self,
        *,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float,
        answer_limit: int = 4_096,
    ) -> Reply:
        """Send a request and read the beginning of its answer, ``answer_limit`` bytes at most.

        Refuses with `TargetForbidden` and `TargetFailed`. A redirect is an answer like any other.
        """
        self.refuse_unfit(url)
        started = time.monotonic()
        try:
            async with self._open().request(
                method,
                url,
                data=body or None,
                headers={"user-agent": f"Rackhouse/{__version__}", **headers},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=CONNECT_SECONDS),
            ) as answer:
                text = await _beginning(answer, min(answer_limit, ANSWER_BYTES_LIMIT))
                if not text.whole:
                    answer.close()
                return Reply(
                    status=answer.status,
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    body=text.body,
                    whole=text.whole,
                    seconds=time.monotonic() - started,
                )
        except TimeoutError as error:
            raise TargetFailed(f"no answer within {timeout_seconds:g} s") from error
        except aiohttp.InvalidURL as error:
            raise TargetForbidden("the host can not be read") from error
        except aiohttp.ClientConnectorDNSError as error:
            raise TargetFailed("the host is not known") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise TargetFailed("the certificate is not valid for the host") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise TargetFailed(f"no answer: {_in_words(error)}") from error

    async def close(self) -> None:
        """Let every connection go."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=_CheckedResolver(self),
                use_dns_cache=False,
                limit=CONNECTIONS_LIMIT,
                limit_per_host=CONNECTIONS_OF_A_HOST_LIMIT,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("Accept-Encoding",),
            )
        return self._session


class _CheckedResolver(AbstractResolver):
    """Resolves a host once and hands on the addresses, all of which were checked: what is
    connected to is what was looked at."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The checked addresses of a host."""
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM
        )
        for info in found:
            address = _literal(str(info[4][0]))
            if address is None:
                raise TargetForbidden("the address of the host can not be read")
            self._outbound.refuse_address(address)
        return [
            ResolveResult(
                hostname=host,
                host=str(info[4][0]),
                port=port,
                family=info[0],
                proto=info[2],
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for info in found
        ]

    async def close(self) -> None:
        """Nothing is kept."""


class _Text(msgspec.Struct, frozen=True):
    body: bytes
    whole: bool


def refuse_unfit_url(url: str, *, plain: bool) -> None:
    """Refuse with `TargetForbidden` what is no address of a target: without a host, with a name or
    password in it, or by another way than HTTPS (or, if ``plain``, HTTP)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetForbidden("this is not a URL") from error
    if len(url) > URL_LENGTH_LIMIT or not url.isascii() or not url.isprintable() or " " in url:
        raise TargetForbidden(f"write at most {URL_LENGTH_LIMIT} characters of ASCII, no spaces")
    if parts.scheme != "https" and not (plain and parts.scheme == "http"):
        raise TargetForbidden("use https")
    if not parts.hostname or port == 0:
        raise TargetForbidden("name a host")
    if parts.username is not None or parts.password is not None:
        raise TargetForbidden("leave names and passwords out of it")
    if parts.fragment:
        raise TargetForbidden("leave out what follows #")


def is_public(address: Address) -> bool:
    """Whether an address is one of the Internet at large: not private, loopback, link-local,
    shared (CGNAT), multicast or reserved, nor such an IPv4 address within an IPv6 one."""
    address = embedded(address)
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, compatible, 6to4, NAT64), or itself."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _networks(text: str) -> Sequence[Network]:
    try:
        return [ipaddress.ip_network(each) for each in text.replace(",", " ").split()]
    except ValueError as error:
        raise InvalidSetting(f"RACKHOUSE_OUTBOUND_NETWORKS: {error}.") from error


async def _beginning(answer: aiohttp.ClientResponse, limit: int) -> _Text:
    found = bytearray()
    while len(found) <= limit:
        chunk = await answer.content.read(limit + 1 - len(found))
        if not chunk:
            return _Text(bytes(found), True)
        found += chunk
    return _Text(bytes(found[:limit]), False)


def _in_words(error: Exception) -> str:
    """What went wrong, without the address, which may hold a secret."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the connection was closed"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or type(error.os_error).__name__
    return type(error).__name__
