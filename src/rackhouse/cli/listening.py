"""The address that is listened on: bound before anything is started, so that a refusal is early."""

import errno
import socket

from rackhouse.platform.settings import InvalidSetting, Settings

__all__ = ["listen", "local_url"]

BACKLOG = 2048
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


def listen(settings: Settings) -> socket.socket:
    """A socket that listens where the settings say; refuses with `InvalidSetting`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise InvalidSetting(f"RACKHOUSE_HOST is {settings.host!r}: {error.strerror}.") from error
    listening = socket.socket(family, kind, protocol)
    try:
        # A server that just ended must not keep its address from the next one.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise _refusal(settings, error) from error
    return listening


def local_url(settings: Settings) -> str:
    """Where this machine itself reaches what listens."""
    host = EVERYWHERE.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _refusal(settings: Settings, error: OSError) -> InvalidSetting:
    if error.errno == errno.EADDRINUSE:
        return InvalidSetting(
            f"port {settings.port} of {settings.host} is in use. "
            "End the program that uses it, or set RACKHOUSE_PORT to another."
        )
    return InvalidSetting(f"{settings.host}:{settings.port} can not be used: {error.strerror}.")
