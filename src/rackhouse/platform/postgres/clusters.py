"""Making a cluster: PostgreSQL's data directory, complete or not there at all."""

import os
import secrets
import shutil
from pathlib import Path

from rackhouse.platform.postgres.accounts import ServerAccount
from rackhouse.platform.postgres.binaries import Binaries
from rackhouse.platform.postgres.configuration import INCLUDE_LINE
from rackhouse.platform.postgres.errors import PostgresWouldNotStart
from rackhouse.platform.postgres.homes import sync_directory, write_whole

SUPERUSER = "rackhouse"
PASSWORD_FILE = "rackhouse.password"  # noqa: S105 - a file name
DRAFT_PREFIX = "cluster.half-"
FIRST_MAJOR_WITH_BUILTIN_LOCALES = 17
LOG_TAIL_LINES = 20
# pg_trgm asks the C library what a letter is, even where the builtin provider
# sorts: under 'C' the ë would split 'Moët' into two words.
CHARACTER_TYPES = ("C.UTF-8", "en_US.UTF-8", "C")


def make_cluster(*, home: Path, account: ServerAccount, binaries: Binaries) -> None:
    """Make ``home/cluster`` by initdb into a directory beside it and a rename; the caller holds
    the start lock.
    """
    _clear_abandoned(home)
    draft = home / f"{DRAFT_PREFIX}{secrets.token_hex(4)}"
    password = secrets.token_urlsafe(32)
    try:
        _run_initdb(draft, password, account, binaries)
        # Inside the cluster, so that password and cluster cannot part.
        write_whole(draft / PASSWORD_FILE, f"{password}\n", account=account)
        configuration = draft / "postgresql.conf"
        write_whole(
            configuration, f"{configuration.read_text()}\n{INCLUDE_LINE}\n", account=account
        )
        draft.rename(home / "cluster")
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    sync_directory(home)


def password_of(cluster: Path) -> str:
    """The superuser's password; refuses a cluster whose password file we may not read or cannot
    find.
    """
    try:
        return (cluster / PASSWORD_FILE).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise PostgresWouldNotStart(
            f"the password file {cluster / PASSWORD_FILE} cannot be read: {error.strerror}.",
            remedy=(
                "Run as the owner of the cluster; if the file is lost, bring it back from a backup."
            ),
        ) from error


def refuse_other_major(cluster: Path, binaries: Binaries) -> None:
    """Refuse programs of another major version than the cluster's: they cannot read its files."""
    major = (cluster / "PG_VERSION").read_text().strip()
    if major != str(binaries.major):
        raise PostgresWouldNotStart(
            f"the cluster {cluster} was made by PostgreSQL {major}, and {binaries.directory} "
            f"is {binaries.version}.",
            remedy=(
                f"Point RACKHOUSE_PG_BIN to version {major}, or dump there and restore into a new "
                "data directory."
            ),
        )


def _clear_abandoned(home: Path) -> None:
    """Remove what starts left that were killed while they made a cluster."""
    for abandoned in home.glob(f"{DRAFT_PREFIX}*"):
        if abandoned.is_dir():
            # An initdb that outlived its program may still write here; the next draft has
            # another name.
            shutil.rmtree(abandoned, ignore_errors=True)
        else:
            abandoned.unlink()


def _run_initdb(draft: Path, password: str, account: ServerAccount, binaries: Binaries) -> None:
    draft.mkdir(mode=0o700)
    account.take_over(draft)
    # initdb reads the password as the account, so the file has to belong to it; a pipe would
    # stay root's.
    password_file = draft.with_name(f"{draft.name}.password")
    write_whole(password_file, password, account=account)
    try:
        for character_type in CHARACTER_TYPES:
            done = account.run(*_initdb_command(draft, password_file, character_type, binaries))
            if done.returncode == 0:
                return
            if "invalid locale name" not in done.stderr:
                break
    except OSError as error:
        raise PostgresWouldNotStart(
            f"initdb cannot be run as '{account.name}': {error}.",
            remedy=(
                "Start Rackhouse as an ordinary user if this container does not let root change "
                "users."
            ),
        ) from error
    finally:
        password_file.unlink()
    raise PostgresWouldNotStart(
        f"initdb failed in {draft.parent}.",
        remedy="Is the disk full, or does the file system not allow another owner?",
        log_tail="\n".join(done.stderr.splitlines()[-LOG_TAIL_LINES:]),
    )


def _initdb_command(
    draft: Path, password_file: Path, character_type: str, binaries: Binaries
) -> list[str]:
    command = [
        os.fspath(binaries.program("initdb")),
        f"--pgdata={draft}",
        f"--username={SUPERUSER}",
        "--auth=scram-sha-256",
        f"--pwfile={password_file}",
        "--encoding=UTF8",
        "--locale=C",
        f"--lc-ctype={character_type}",
        "--data-checksums",
    ]
    if binaries.major >= FIRST_MAJOR_WITH_BUILTIN_LOCALES:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return command
