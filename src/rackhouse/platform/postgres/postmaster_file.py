"""What ``postmaster.pid`` says about a server, and whether it is still true.

The lines of the file: pid, data directory, start time, port, socket directory,
listen address, shared memory key, status. PostgreSQL writes them bit by bit
(src/include/utils/pidfile.h), and leaves the file behind when it is killed.
"""

import os
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROBE_SECONDS = 2
READY = ("ready", "standby")
SERVER_PROGRAMS = ("postgres", "postmaster")
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


@dataclass(frozen=True)
class PostmasterFile:
    """The contents of ``postmaster.pid``; what is not yet written is empty."""

    pid: int
    port: int
    socket_directory: str
    listen_address: str
    status: str

    @property
    def host(self) -> str:
        """What a client connects to: the socket's directory, or else the loopback address."""
        return self.socket_directory or self.listen_address

    @property
    def is_ready(self) -> bool:
        return self.status in READY and bool(self.host)


def read_postmaster_file(cluster: Path) -> PostmasterFile | None:
    """The file of this cluster, or None when there is none or its first lines are not yet
    written.
    """
    try:
        lines = (
            (cluster / "postmaster.pid")
            .read_text(encoding="utf-8", errors="surrogateescape")
            .splitlines()
        )
    except FileNotFoundError:
        return None
    lines += [""] * 8
    if not lines[0].strip().isdigit() or not lines[3].strip().isdigit():
        return None
    return PostmasterFile(
        pid=int(lines[0]),
        port=int(lines[3]),
        socket_directory=lines[4],
        listen_address=lines[5].strip(),
        status=lines[7].strip(),
    )


def live_postmaster(cluster: Path) -> PostmasterFile | None:
    """The file, if its process lives, is no zombie, and is a server of this cluster.

    After a crash or a reboot the pid may belong to something else by now.
    """
    found = read_postmaster_file(cluster)
    return found if found and _is_postmaster_of(cluster, found.pid) else None


def answers(found: PostmasterFile) -> bool:
    """Whether something that speaks PostgreSQL's protocol answers at the address in the file."""
    family = socket.AF_UNIX if found.socket_directory else socket.AF_INET
    address = (
        f"{found.host}/.s.PGSQL.{found.port}"
        if found.socket_directory
        else (found.host, found.port)
    )
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(PROBE_SECONDS)
        try:
            connection.connect(address)
            connection.sendall(SSL_REQUEST)
            return connection.recv(1) in (b"N", b"S")
        except OSError:
            return False


def remove_stale_files(cluster: Path) -> None:
    """Remove the files of a dead server whose pid a zombie or a stranger has by now.

    PostgreSQL takes any process of that pid for the old server and refuses to
    start. Its second guard stays: the shared memory of the cluster, which is
    held as long as any process of the old server works on it.
    """
    found = read_postmaster_file(cluster)
    if found is None or not _exists(found.pid):
        return
    if found.socket_directory:
        for name in (f".s.PGSQL.{found.port}", f".s.PGSQL.{found.port}.lock"):
            (Path(found.socket_directory) / name).unlink(missing_ok=True)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _exists(pid: int) -> bool:
    """Whether there is a process of this pid, zombies included, as PostgreSQL asks it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _is_postmaster_of(cluster: Path, pid: int) -> bool:
    if sys.platform == "linux":
        return _names_cluster(_linux_command(pid), cluster)
    asked = subprocess.run(
        ["/bin/ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True
    )
    state, _, command = asked.stdout.strip().partition(" ")
    # ps does not show where an argument ends, so the text has to do.
    program = Path(command.strip().partition(" -D ")[0]).name
    return not state.startswith("Z") and program in SERVER_PROGRAMS and f" -D {cluster}" in command


def _linux_command(pid: int) -> list[str]:
    """The command line of a process; empty when it is gone or a zombie."""
    process = Path("/proc") / str(pid)
    try:
        state = (process / "stat").read_bytes().rpartition(b")")[2].split()[0]
        words = (process / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [] if state in (b"Z", b"X") else [os.fsdecode(word) for word in words]


def _names_cluster(command: list[str], cluster: Path) -> bool:
    if not command or Path(command[0]).name not in SERVER_PROGRAMS:
        return False
    if "-D" not in command[:-1]:
        return False
    named = command[command.index("-D") + 1]
    # Somebody who started the server by hand may have given a relative path; then the program
    # has to do.
    return not Path(named).is_absolute() or os.path.realpath(named) == os.path.realpath(cluster)
