"""The address that is listened on: bound before anything is started, so that a refusal is early."""

import errno
import socket
import sys
from typing import Any, NamedTuple

import structlog

from rackhouse.platform.environment import InvalidSetting
from rackhouse.platform.settings import Settings

__all__ = ["listen", "local_url", "reserve_grpc"]

BACKLOG = 2048
PORT_LIMIT = 65_535
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


_log = structlog.get_logger(__name__)


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
    place = _place(settings, settings.port)
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
        raise _refusal(settings, error, settings.port, "RACKHOUSE_PORT") from error
    return sockets if spread else sockets * processes


def reserve_grpc(settings: Settings) -> socket.socket | None:
    """A socket that keeps the port of gRPC for our processes, each of which listens on it by
    itself; None where there is to be none. Refuses with `InvalidSetting` a port that was named
    and is in use."""
    port = settings.port + 1 if settings.grpc_port is None else settings.grpc_port
    if not 0 < port <= PORT_LIMIT:
        return None
    place = _place(settings, port)
    try:
        # Another program that spreads its connections would let us in among its own processes.
        _bound(place, spread=False).close()
        return _kept(place)
    except OSError as error:
        if settings.grpc_port is not None:
            raise _refusal(settings, error, port, "RACKHOUSE_GRPC_PORT") from error
        _log.warning("grpc_not_served", port=port, reason=error.strerror)
        return None


def local_url(settings: Settings) -> str:
    """Where this machine itself reaches what listens."""
    host = EVERYWHERE.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _place(settings: Settings, port: int) -> _Place:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
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


def _kept(place: _Place) -> socket.socket:
    """A socket that is bound and never listened on. It does not say that its address may be used
    again: on Linux two that say so both get a port on which nobody listens yet."""
    kept = socket.socket(place.family, place.kind, place.protocol)
    try:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind(place.address)
    except OSError:
        kept.close()
        raise
    return kept


def _refusal(settings: Settings, error: OSError, port: int, variable: str) -> InvalidSetting:
    if error.errno == errno.EADDRINUSE:
        return InvalidSetting(
            f"port {port} of {settings.host} is in use. "
            f"End the program that uses it, or set {variable} to another."
        )
    return InvalidSetting(f"{settings.host}:{port} can not be used: {error.strerror}.")
