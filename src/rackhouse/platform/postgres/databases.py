"""Questions to a running server through its own ``psql``, and the databases on it."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from rackhouse.platform.postgres.accounts import clean_environment
from rackhouse.platform.postgres.clusters import SUPERUSER
from rackhouse.platform.postgres.errors import PostgresWouldNotStart

if TYPE_CHECKING:
    from rackhouse.platform.postgres.server import PostgresServer

DATABASE = "rackhouse"
# The database that every cluster has; from there the others are made.
FIRST_DATABASE = "postgres"
NAME_BYTES = 63
CONNECT_SECONDS = 5
QUESTION_SECONDS = 60


@dataclass(frozen=True)
class Address:
    """How a client reaches a server: the socket's directory or the loopback address, port and
    password.
    """

    host: str
    port: int
    password: str = field(repr=False)

    def url(self, database: str) -> str:
        """A URL for libpq, psycopg and pgbench; a socket's directory cannot stand where hosts
        do.
        """
        secret = quote(self.password, safe="")
        if self.host.startswith("/"):
            place = (
                f"@/{quote(database, safe='')}?host={quote(self.host, safe='')}&port={self.port}"
            )
        else:
            place = f"@{self.host}:{self.port}/{quote(database, safe='')}"
        return f"postgresql://{SUPERUSER}:{secret}{place}"

    def ask(
        self, psql: Path, database: str, sql: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run SQL with psql's variables set; the answer comes unaligned, the refusal on stderr."""
        return subprocess.run(
            [
                *(str(psql), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"),
                "--set=ON_ERROR_STOP=1",
                *(f"--set={name}={value}" for name, value in variables.items()),
            ],
            input=sql,
            capture_output=True,
            text=True,
            timeout=QUESTION_SECONDS,
            # On the command line every user of the machine could read the password.
            env=clean_environment(self._for_libpq(database)),
        )

    def _for_libpq(self, database: str) -> dict[str, str]:
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": self.password,
            "PGDATABASE": database,
            "PGCONNECT_TIMEOUT": str(CONNECT_SECONDS),
            "PGGSSENCMODE": "disable",
        }


def create_database(server: "PostgresServer", name: str) -> str:
    """The URL of the database of this name on the same server, made if it is missing.

    Refuses names that are empty or longer than NAME_BYTES, which PostgreSQL would silently cut.
    """
    if not 1 <= len(name.encode()) <= NAME_BYTES or not name.isprintable():
        raise PostgresWouldNotStart(
            f"{name!r} is no name for a database.",
            remedy=f"Use 1 to {NAME_BYTES} bytes of printable text.",
        )
    make_database(server.address, server.bin_directory / "psql", name)
    return server.address.url(name)


def make_database(address: Address, psql: Path, name: str) -> None:
    """Make the database unless it is there; of two that try at once, both succeed."""
    sql = """
        SELECT format('CREATE DATABASE %I', :'name')
        WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
    """
    done = address.ask(psql, FIRST_DATABASE, sql, name=name)
    if done.returncode != 0:
        present = address.ask(
            psql, FIRST_DATABASE, "SELECT 1 FROM pg_database WHERE datname = :'name';", name=name
        )
        if present.stdout.strip() != "1":
            raise PostgresWouldNotStart(
                f"the database {name} could not be created: {done.stderr.strip()}",
                remedy="See the server's log in its data directory.",
            )
