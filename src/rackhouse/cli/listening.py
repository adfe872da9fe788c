"""The address that is listened on: bound before anything is started, so that a refusal is early."""

import errno
import socket
import sys
from typing import Any, NamedTuple

from rackhouse.platform.settings import InvalidSetting, Settings

__all__ = ["listen", "local_url"]

BACKLOG = 2048
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


class _Place(NamedTuple):
    family: int
    kind: int
    protocol: int
    address: Any


def listen(settings: Settings, *, processes: int) -> list[socket.socket]:
    """A listening socket for each process, where the settings say; refuses with `InvalidSetting`.

    On Linux each gets one of its own, among which the kernel spreads new connections evenly. On
    one that they share, whoever wakes first takes all that wait: of 64 connections that came at
    once, one process got 57 and the other 7. All are kept by the parent, so that connections to
    a process that ended wait for its successor.
    """
    place = _place(settings)
    spread = processes > 1 and sys.platform == "linux"
    sockets: list[socket.socket] = []
    try:
        # Another program that spreads its connections would let us in among its own processes.
        _bound(place, spread=False).close()
        for _ in range(processes if spread else 1):
            sockets.append(_bound(place, spread=spread))
            sockets[-1].listen(BACKLOG)
    except OSError as error:
        for each in sockets:
            each.close()
        raise _refusal(settings, error) from error
    return sockets if spread else sockets * processes


def local_url(settings: Settings) -> str:
    """Where this machine itself reaches what listens."""
    host = EVERYWHERE.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _place(settings: Settings) -> _Place:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise InvalidSetting(f"RACKHOUSE_HOST is {settings.host!r}: {error.strerror}.") from error
    return _Place(family, kind, protocol, address)


def _bound(place: _Place, *, spread: bool) -> socket.socket:
    bound = socket.socket(place.family, place.kind, place.protocol)
    try:
        # A server that just ended must not keep its address from the next one.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if spread:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(place.address)
    except OSError:
        bound.close()
        raise
    return bound


def _refusal(settings: Settings, error: OSError) -> InvalidSetting:
    if error.errno == errno.EADDRINUSE:
        return InvalidSetting(
            f"port {settings.port} of {settings.host} is in use. "
            "End the program that uses it, or set RACKHOUSE_PORT to another."
        )
    return InvalidSetting(f"{settings.host}:{settings.port} can not be used: {error.strerror}.")
