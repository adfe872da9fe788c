"""The program itself, run as people run it, and questions about what it leaves behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT_SECONDS = 120
READY_MARK = "Ctrl-C ends it."


def environment(**settings: object) -> dict[str, str]:
    """Our environment with these settings and no others."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("RACKHOUSE_")}
    return kept | {f"RACKHOUSE_{name.upper()}": str(value) for name, value in settings.items()}


def rackhouse(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "rackhouse.cli", *arguments],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
    )


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], object]) -> None:
    """Wait for what nobody tells us of."""
    give_up_at = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether a process has ended; its parent may not have taken notice yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_bytes().rpartition(b")")[2].split()[0] == b"Z"


@contextmanager
def passable_directory() -> Iterator[Path]:
    """A directory that the database server's own account may pass through."""
    directory = Path(tempfile.mkdtemp(prefix="rackhouse-cli-"))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        for pointer in directory.rglob("cluster-is-elsewhere"):
            shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)
        shutil.rmtree(directory)


class Running:
    """`rackhouse up` in a directory of its own, from its start until ``stop``."""

    def __init__(self, data: Path, *arguments: str, **settings: object) -> None:
        self.data = data
        self.port = free_port()
        self.settings = {"data": data, "port": self.port, **settings}
        self.log = (data.parent / f"log-{self.port}").open("w+")
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rackhouse.cli", *(arguments or ("up",))],
            env=environment(**self.settings),
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )

    def __enter__(self) -> "Running":
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if READY_MARK in line:
                return self
        self.log.seek(0)
        raise AssertionError(f"it never was ready:\n{''.join(self.said)}\n{self.log.read()}")

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=WAIT_SECONDS)
        self.log.close()

    def stop(self) -> int:
        """Ask it to end, and give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        self.said.append(self.process.communicate(timeout=WAIT_SECONDS)[0])
        return self.process.returncode

    def rackhouse(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command on the same house."""
        return rackhouse(*arguments, **self.settings)

    def get(self, path: str, token: str | None = None) -> tuple[int, bytes]:
        """Status and body of a GET; 0 where nobody answers."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()
        except OSError:
            return 0, b""

    def is_ready(self) -> bool:
        """Whether it can serve requests."""
        return self.get("/health/ready")[0] == 200

    def children(self, *words: str) -> list[int]:
        """Its child processes whose command has all these words, the database server aside."""
        return [
            pid
            for pid, command in self._children().items()
            if "rackhouse.cli.child" in command and set(words) <= set(command)
        ]

    def database_pid(self) -> int:
        """The process of its database server."""
        pid_file = next(self.data.rglob("postmaster.pid"), None)
        if pid_file is None:
            home = next(self.data.rglob("cluster-is-elsewhere")).read_text().strip()
            pid_file = Path(home) / "cluster" / "postmaster.pid"
        return int(pid_file.read_text().split()[0])

    def _children(self) -> dict[int, list[str]]:
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                parent = (folder / "stat").read_bytes().rpartition(b")")[2].split()[1]
                command = (folder / "cmdline").read_bytes().decode().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(parent) == self.process.pid:
                found[int(folder.name)] = command
        return found
