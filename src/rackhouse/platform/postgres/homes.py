"""Where a cluster lives: in the data directory, or elsewhere when the server's account cannot
get there.

A home holds ``cluster`` (PostgreSQL's own data), ``server.log``, ``run`` (the
socket) and perhaps a copy of the programs. The data directory holds the start
lock and, when the home is elsewhere, a pointer to it.
"""

import fcntl
import hashlib
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rackhouse.platform.postgres.accounts import ServerAccount, account_for
from rackhouse.platform.postgres.errors import PostgresWouldNotStart

RELOCATED_HOMES = Path("/var/lib/rackhouse")
POINTER = "cluster-is-elsewhere"
LOCK = "start.lock"
# A start may wait for another one that recovers a cluster after a crash.
LOCK_WAIT_SECONDS = 330
POLL_SECONDS = 0.02

log = logging.getLogger(__name__)


def prepare_data_directory(data_directory: Path) -> Path:
    """Create the directory if it is missing and return its true path; refuses what cannot be
    created or written.
    """
    directory = Path(os.path.realpath(data_directory))
    if any(character in str(directory) for character in "\n\r"):
        raise PostgresWouldNotStart(
            f"the path {str(directory)!r} contains a line break.",
            remedy="Choose another data directory.",
        )
    try:
        make_directories(directory)
    except OSError as error:
        raise PostgresWouldNotStart(
            f"the data directory {directory} cannot be created: {error.strerror}.",
            remedy="Choose another data directory, or create it for this user.",
        ) from error
    return directory


def make_directories(directory: Path) -> None:
    """Create what is missing of the path. Only what root creates here is opened for passing
    through.
    """
    for missing in [
        path for path in reversed([directory, *directory.parents]) if not path.exists()
    ]:
        missing.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            # The server runs as another account then, and has to pass through.
            missing.chmod(0o711)


@contextmanager
def start_lock(directory: Path) -> Iterator[None]:
    """Hold the right to start or attach; of two programs that start at once, one waits here for
    the other.
    """
    try:
        # A descriptor, not a file object: the system drops the lock with it even when we are
        # killed.
        descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise PostgresWouldNotStart(
            f"{directory / LOCK} cannot be opened: {error.strerror}.",
            remedy="Run as the owner of the data directory, or choose another.",
        ) from error
    try:
        _wait_for_lock(descriptor, directory)
        yield
    finally:
        os.close(descriptor)


def home_of(directory: Path) -> Path:
    """The home of the cluster of this data directory: the recorded one, or a new one that the
    account can reach.

    Refuses when the recorded home is gone, since starting anew would hide the loss.
    """
    pointer = directory / POINTER
    if not pointer.exists():
        return _new_or_own_home(directory)
    home = Path(pointer.read_text(encoding="utf-8").rstrip("\n"))
    if not home.is_dir():
        raise PostgresWouldNotStart(
            f"the cluster of {directory} was kept in {home}, which is gone.",
            remedy=(
                f"Bring it back from a backup, or delete {pointer} to begin with an empty database."
            ),
        )
    return home


def write_whole(path: Path, text: str, *, account: ServerAccount | None = None) -> None:
    """Write a file of mode 0600 that is either there entirely, on disk, or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if account:
            account.take_over(descriptor)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    draft.rename(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Bring renames within a directory to disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _wait_for_lock(descriptor: int, directory: Path) -> None:
    give_up_at = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise PostgresWouldNotStart(
                    f"another program has held {directory / LOCK} for {LOCK_WAIT_SECONDS} seconds.",
                    remedy="Look for a Rackhouse that hangs while starting, and end it.",
                ) from None
            time.sleep(POLL_SECONDS)


def _new_or_own_home(directory: Path) -> Path:
    cluster = directory / "cluster"
    account = account_for(cluster)
    if account.can_enter(directory):
        return directory
    if cluster.exists():
        raise PostgresWouldNotStart(
            f"the user '{account.name}', who owns the cluster {cluster}, can no longer enter "
            f"{directory}.",
            remedy="Open the directories above it for passing through again (chmod o+x).",
        )
    return _relocated_home(directory, account)


def _relocated_home(directory: Path, account: ServerAccount) -> Path:
    """A new home outside, recorded in the data directory.

    The random part keeps a data directory that was deleted and made anew from
    silently getting its former contents back.
    """
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    home = RELOCATED_HOMES / f"{digest}-{secrets.token_hex(4)}"
    try:
        make_directories(home)
        reachable = account.can_enter(home)
    except OSError:
        reachable = False
    if not reachable:
        raise PostgresWouldNotStart(
            f"the user '{account.name}', who must run the server, can enter neither "
            f"{directory} nor {home}.",
            remedy=(
                "Choose a data directory outside of private directories, or start Rackhouse as "
                "an ordinary user."
            ),
        )
    write_whole(directory / POINTER, f"{home}\n")
    log.warning("the database server cannot enter %s; its cluster is kept in %s", directory, home)
    return home
