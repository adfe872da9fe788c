"""Start a server, or attach to the one that runs already."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from rackhouse.platform.postgres.accounts import ServerAccount, account_for
from rackhouse.platform.postgres.binaries import Binaries, binaries_reachable_by, find_binaries
from rackhouse.platform.postgres.clusters import make_cluster, password_of, refuse_other_major
from rackhouse.platform.postgres.configuration import refuse_settings, write_configuration
from rackhouse.platform.postgres.databases import DATABASE, FIRST_DATABASE, Address, make_database
from rackhouse.platform.postgres.errors import PostgresWouldNotStart
from rackhouse.platform.postgres.homes import home_of, prepare_data_directory, start_lock
from rackhouse.platform.postgres.logs import ServerLog
from rackhouse.platform.postgres.postmaster import Postmaster, launch_postmaster
from rackhouse.platform.postgres.postmaster_file import (
    PostmasterFile,
    answers,
    live_postmaster,
    read_postmaster_file,
    remove_stale_files,
)
from rackhouse.platform.postgres.sockets import choose_listening_place

POLL_SECONDS = 0.01
# Recovery after a crash reads up to max_wal_size again before the server is ready.
READY_SECONDS = 300
# The processes of a killed server may finish a long statement before they notice.
MEMORY_RELEASE_SECONDS = 30
PORT_ATTEMPTS = 3
QUESTION = """
    SELECT EXISTS (SELECT FROM pg_database WHERE datname = :'wanted'),
           current_setting('data_directory');
"""


@dataclass(frozen=True)
class PostgresServer:
    """A running server: where it is, and whether it is ours to stop.

    ``data_directory`` is the one asked for; ``cluster_directory`` is PostgreSQL's own,
    usually within it. ``socket_directory`` is None where only loopback TCP was possible.
    ``bin_directory`` holds programs that the caller can run, such as pgbench.
    """

    url: str = field(repr=False)
    port: int
    pid: int
    started_here: bool
    bin_directory: Path
    data_directory: Path
    cluster_directory: Path
    socket_directory: Path | None
    address: Address = field(repr=False)
    _postmaster: Postmaster | None = field(repr=False, compare=False)

    def stop(self) -> None:
        """Stop the server if this process started it (sessions end, all is written); otherwise
        leave it alone.
        """
        if self._postmaster:
            self._postmaster.stop()

    def is_running(self) -> bool:
        """Whether this very server, and not a later one of the same cluster, still answers."""
        found = live_postmaster(self.cluster_directory)
        return found is not None and found.pid == self.pid and answers(found)


@dataclass(frozen=True)
class _Plan:
    """What a start needs to know."""

    data_directory: Path
    home: Path
    account: ServerAccount
    binaries: Binaries
    settings: Mapping[str, str]

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"


def start_postgres(
    *,
    data_directory: Path,
    bin_directory: Path | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> PostgresServer:
    """A server on this data directory: attached to if it runs, started if not, made if there is
    none.

    The settings count for a start only, over our defaults and under ALTER SYSTEM.
    A server started here ends when this process ends, however it ends. Refuses
    with PostgresWouldNotStart, which names cause and remedy.
    """
    refuse_settings(settings)
    binaries = find_binaries(bin_directory)
    directory = prepare_data_directory(data_directory)
    with start_lock(directory):
        home = home_of(directory)
        plan = _Plan(directory, home, account_for(home / "cluster"), binaries, settings)
        return _attach(plan) or _start(plan)


def _attach(plan: _Plan) -> PostgresServer | None:
    """The server that runs already, waiting for one that starts or stops; None when there is
    none.
    """
    give_up_at = time.monotonic() + READY_SECONDS
    while found := live_postmaster(plan.cluster):
        if found.is_ready and answers(found):
            address = Address(found.host, found.port, password_of(plan.cluster))
            # A server that got its order to stop just now refuses this, and we wait for its end.
            if _makes_itself_known(address, plan):
                return _facts(plan, found, address, postmaster=None)
        if time.monotonic() > give_up_at:
            raise PostgresWouldNotStart(
                f"the server with pid {found.pid} has neither answered nor ended for "
                f"{READY_SECONDS} seconds.",
                remedy=f"End that process, or see its log in {plan.cluster / 'log'}.",
            )
        time.sleep(POLL_SECONDS)
    return None


def _start(plan: _Plan) -> PostgresServer:
    if plan.cluster.exists():
        refuse_other_major(plan.cluster, plan.binaries)
    reachable = binaries_reachable_by(plan.account, plan.binaries, plan.home)
    if not plan.cluster.exists():
        make_cluster(home=plan.home, account=plan.account, binaries=reachable)
    remove_stale_files(plan.cluster)
    write_configuration(
        cluster=plan.cluster, account=plan.account, binaries=reachable, settings=plan.settings
    )
    postmaster, found = _launch_until_ready(plan, reachable)
    try:
        address = Address(found.host, found.port, password_of(plan.cluster))
        if not _makes_itself_known(address, plan):
            raise PostgresWouldNotStart(
                f"the server of {plan.cluster} started and then did not answer.",
                remedy=f"See its log in {plan.cluster / 'log'}.",
            )
        return _facts(plan, found, address, postmaster=postmaster)
    except BaseException:
        postmaster.stop()
        raise


def _launch_until_ready(plan: _Plan, binaries: Binaries) -> tuple[Postmaster, PostmasterFile]:
    """Launch; and again while a killed server's processes still hold the memory, or when
    somebody took the port.
    """
    give_up_at = time.monotonic() + MEMORY_RELEASE_SECONDS
    ports_left = PORT_ATTEMPTS
    while True:
        log = ServerLog.from_now_on(plan.home)
        place = choose_listening_place(plan.home, plan.account)
        postmaster = launch_postmaster(
            program=binaries.program("postgres"),
            cluster=plan.cluster,
            arguments=place.arguments(),
            account=plan.account,
            output=log.early,
        )
        if found := _ready(postmaster, plan.cluster):
            return postmaster, found
        ports_left -= 1
        held = "pre-existing shared memory block" in log.text() and time.monotonic() < give_up_at
        taken = "Address already in use" in log.text() and ports_left > 0
        if not held and not taken:
            raise _why_not(plan, postmaster, log)
        time.sleep(POLL_SECONDS)


def _ready(postmaster: Postmaster, cluster: Path) -> PostmasterFile | None:
    """Wait until the server says that it is ready, and answers; None if it ended or took too
    long.
    """
    give_up_at = time.monotonic() + READY_SECONDS
    while not postmaster.ended.wait(POLL_SECONDS):
        found = read_postmaster_file(cluster)
        if found and found.pid == postmaster.pid and found.is_ready and answers(found):
            return found
        if time.monotonic() > give_up_at:
            postmaster.stop()
    return None


def _why_not(plan: _Plan, postmaster: Postmaster, log: ServerLog) -> PostgresWouldNotStart:
    if "pre-existing shared memory block" in log.text():
        cause = (
            f"processes of an earlier server have held {plan.cluster} for "
            f"{MEMORY_RELEASE_SECONDS} seconds."
        )
        remedy = "End the processes named 'postgres' that work on it."
    else:
        cause = (
            f"the server on {plan.cluster} ended with status {postmaster.process.returncode} "
            "before it was ready."
        )
        remedy = (
            "The log below says what to correct; a wrong setting can be taken out of "
            "postgresql.auto.conf."
        )
    return PostgresWouldNotStart(cause, remedy=remedy, log_tail=log.tail())


def _makes_itself_known(address: Address, plan: _Plan) -> bool:
    """Whether the server at the address is the one of this cluster; then our database is made if
    it is missing.
    """
    psql = plan.binaries.program("psql")
    asked = address.ask(psql, FIRST_DATABASE, QUESTION, wanted=DATABASE)
    if "password authentication failed" in asked.stderr:
        raise PostgresWouldNotStart(
            f"the server of {plan.cluster} does not accept the password in the cluster's "
            "password file.",
            remedy="Set the superuser's password back to the one in that file.",
        )
    has_database, _, directory = asked.stdout.rstrip("\n").partition("|")
    if os.path.realpath(directory) != os.path.realpath(plan.cluster):
        return False
    if has_database == "f":
        make_database(address, psql, DATABASE)
    return True


def _facts(
    plan: _Plan, found: PostmasterFile, address: Address, *, postmaster: Postmaster | None
) -> PostgresServer:
    return PostgresServer(
        url=address.url(DATABASE),
        port=found.port,
        pid=found.pid,
        started_here=postmaster is not None,
        bin_directory=plan.binaries.directory,
        data_directory=plan.data_directory,
        cluster_directory=plan.cluster,
        socket_directory=Path(found.socket_directory) if found.socket_directory else None,
        address=address,
        _postmaster=postmaster,
    )
