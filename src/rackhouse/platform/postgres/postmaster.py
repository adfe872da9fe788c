"""The server's process as our child: it is started by a thread that lives as long as it does."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from rackhouse.platform.postgres import launcher, watchdog
from rackhouse.platform.postgres.accounts import ServerAccount, clean_environment
from rackhouse.platform.postgres.errors import PostgresWouldNotStart

FAST_SHUTDOWN_SECONDS = 60
IMMEDIATE_SHUTDOWN_SECONDS = 10
# Linux can signal a child when its parent dies; elsewhere a second process waits for that.
WATCHED_BY_PIPE = sys.platform != "linux"


@dataclass(frozen=True)
class Postmaster:
    """A server that this process started."""

    process: subprocess.Popen[bytes]
    ended: threading.Event = field(default_factory=threading.Event)
    parent: int = field(default_factory=os.getpid)

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return not self.ended.is_set()

    def stop(self) -> None:
        """End sessions, write a checkpoint, exit; after FAST_SHUTDOWN_SECONDS without the
        checkpoint.

        Does nothing in a forked copy of the program, whose child the server is not.
        """
        if os.getpid() != self.parent:
            return
        for request, seconds in (
            (signal.SIGINT, FAST_SHUTDOWN_SECONDS),
            (signal.SIGQUIT, IMMEDIATE_SHUTDOWN_SECONDS),
        ):
            if self.is_running():
                self.process.send_signal(request)
            if self.ended.wait(seconds):
                return
        raise TimeoutError(f"the PostgreSQL server with pid {self.pid} does not stop")


def launch_postmaster(
    *, program: Path, cluster: Path, arguments: list[str], account: ServerAccount, output: Path
) -> Postmaster:
    """Start ``postgres`` as the account, with its early messages in ``output``; does not wait
    until it is ready.
    """
    lowered = "-" if account.is_ours else f"{account.uid}:{account.gid}"
    on_parent_death = "stay" if WATCHED_BY_PIPE else "signal"
    command = [
        *(sys.executable, "-I", "-S", launcher.__file__),
        *(str(os.getpid()), lowered, on_parent_death),
        *(str(program), "-D", str(cluster), *arguments),
    ]
    launched: Future[Postmaster] = Future()
    # Linux sends the signal when the *thread* that forked ends, so this one stays.
    threading.Thread(
        target=_keep, args=(command, cluster, output, launched), name="postgres-keeper", daemon=True
    ).start()
    try:
        return launched.result()
    except OSError as error:
        raise PostgresWouldNotStart(
            f"the server's process cannot be created: {error}.",
            remedy="Check the limits on processes and memory.",
        ) from error


def _keep(command: list[str], cluster: Path, output: Path, launched: Future[Postmaster]) -> None:
    """The life of the keeper thread: start the server, and reap it at once when it ends."""
    try:
        postmaster, guard = _spawn_guarded(command, cluster, output)
    except BaseException as error:
        launched.set_exception(error)
        return
    launched.set_result(postmaster)
    postmaster.process.wait()
    postmaster.ended.set()
    if guard:
        guard.communicate(b".")


def _spawn_guarded(
    command: list[str], cluster: Path, output: Path
) -> tuple[Postmaster, subprocess.Popen[bytes] | None]:
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        postmaster = Postmaster(_spawn(command, stdin=subprocess.DEVNULL, output=descriptor))
    finally:
        os.close(descriptor)
    if not WATCHED_BY_PIPE:
        return postmaster, None
    try:
        return postmaster, _start_watchdog(postmaster, cluster)
    except OSError:
        postmaster.process.send_signal(signal.SIGINT)
        raise


def _start_watchdog(postmaster: Postmaster, cluster: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-I",
        "-S",
        watchdog.__file__,
        str(postmaster.pid),
        str(cluster / "postmaster.pid"),
    ]
    return _spawn(command, stdin=subprocess.PIPE, output=subprocess.DEVNULL)


def _spawn(command: list[str], *, stdin: int, output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=stdin,
        stdout=output,
        stderr=output,
        cwd="/",
        env=clean_environment(),
        # Out of the terminal's reach: Ctrl-C is for us, and we stop the server when our work is
        # done.
        start_new_session=True,
    )
