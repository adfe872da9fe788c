"""Where the server listens: a private directory for its unix socket, or else a loopback port."""

import hashlib
import os
import socket
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rackhouse.platform.postgres.accounts import ServerAccount

# macOS allows 104 bytes with the closing zero, Linux 108.
SOCKET_PATH_BYTES = 103
SOCKET_PORT = 5432
LOOPBACK = "127.0.0.1"
# Both separate entries where a list is accepted: in the server's setting and in a client's URL.
UNUSABLE_IN_SOCKET_PATHS = ',"'


@dataclass(frozen=True)
class ListeningPlace:
    """Either a socket directory or an address of the loopback interface, and the port."""

    socket_directory: Path | None
    listen_address: str
    port: int

    def arguments(self) -> list[str]:
        """The only settings given on the command line, where they beat ALTER SYSTEM."""
        directories = f'"{self.socket_directory}"' if self.socket_directory else ""
        return [
            *("-c", f"port={self.port}"),
            *("-c", f"listen_addresses={self.listen_address}"),
            *("-c", f"unix_socket_directories={directories}"),
        ]


def choose_listening_place(home: Path, account: ServerAccount) -> ListeningPlace:
    """A socket in the home, or where its path is too long in a temporary directory, or else a
    free loopback port.
    """
    for directory in _socket_directories(home):
        if _fits(directory) and _is_private(directory, account) and account.can_enter(directory):
            return ListeningPlace(directory, "", SOCKET_PORT)
    return ListeningPlace(None, LOOPBACK, _free_port())


def _socket_directories(home: Path) -> list[Path]:
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    name = f"rackhouse-{digest}"
    # TMPDIR may be long or private itself; in /tmp, _is_private sees to it that nobody else waits.
    temporary = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108
    return [home / "run", *(directory / name for directory in temporary)]


def _fits(directory: Path) -> bool:
    socket_path = os.fsencode(directory / f".s.PGSQL.{SOCKET_PORT}")
    return len(socket_path) <= SOCKET_PATH_BYTES and not set(str(directory)) & set(
        UNUSABLE_IN_SOCKET_PATHS
    )


def _is_private(directory: Path, account: ServerAccount) -> bool:
    """Create the directory, or accept it only if nobody else can have put it there: /tmp is open
    to all.
    """
    try:
        directory.mkdir(mode=0o700)
        account.take_over(directory)
    except FileExistsError:
        pass
    except OSError:
        return False
    found = directory.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid and not found.st_mode & 0o077


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
