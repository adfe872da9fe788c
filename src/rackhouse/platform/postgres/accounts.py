"""Which operating system account runs the server.

PostgreSQL refuses to run as root. Started by root, it runs as the owner of the
cluster, or for a new cluster as ``postgres`` or else ``nobody``.
"""

import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rackhouse.platform.postgres.errors import PostgresWouldNotStart

ACCOUNTS_TRIED_BY_ROOT = ("postgres", "nobody")
COMMAND_SECONDS = 120


@dataclass(frozen=True)
class ServerAccount:
    """The account of the server; ``is_ours`` when we run as that account anyway."""

    name: str
    uid: int
    gid: int
    is_ours: bool

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command as this account in at most COMMAND_SECONDS; raises OSError if it cannot
        be started.
        """
        other = {} if self.is_ours else {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_SECONDS,
            # The directory we are in may be closed to the other account.
            cwd="/",
            env=clean_environment(),
            **other,
        )

    def succeeds_with(self, *command: str | Path) -> bool:
        """Whether the command can be run by this account and ends with 0."""
        try:
            return self.run(*command).returncode == 0
        except OSError:
            return False

    def can_enter(self, directory: Path) -> bool:
        """Whether this account can reach the directory. Tried, not computed: access lists and
        mounts count too.
        """
        return self.is_ours or self.succeeds_with("/bin/sh", "-c", 'cd -- "$1"', "sh", directory)

    def take_over(self, path_or_descriptor: Path | int) -> None:
        """Make this account the owner of something that we have just created."""
        if not self.is_ours:
            os.chown(path_or_descriptor, self.uid, self.gid)


def account_for(cluster: Path) -> ServerAccount:
    """The account that must run the server of this cluster, which need not exist yet.

    Refuses a cluster of somebody else unless we are root, and root without an account to lend.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise PostgresWouldNotStart(
                f"the cluster {cluster} belongs to the user with id {owner}.",
                remedy="Run as that user or as root, or choose another data directory.",
            )
        return ServerAccount(_name_of(os.geteuid()), os.geteuid(), os.getegid(), is_ours=True)
    entry = _entry_of(owner) if owner else _entry_lent_by_root()
    return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, is_ours=False)


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment without the PG* variables, which would redirect every PostgreSQL program.

    LC_ALL is set because messages are read by us, and because the server
    refuses to start on macOS when no locale is given.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"} | dict(extra or {})


def _entry_lent_by_root() -> pwd.struct_passwd:
    for name in ACCOUNTS_TRIED_BY_ROOT:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return entry
    raise PostgresWouldNotStart(
        "PostgreSQL refuses to run as root, and there is neither a user 'postgres' nor "
        "'nobody' to run it as.",
        remedy="Start Rackhouse as an ordinary user, or add a system user 'postgres'.",
    )


def _entry_of(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        # An owner without a name is usual in containers; a group of the same number is the
        # custom there.
        return pwd.struct_passwd((str(uid), "x", uid, uid, "", "/", "/bin/false"))


def _name_of(uid: int) -> str:
    return _entry_of(uid).pw_name
