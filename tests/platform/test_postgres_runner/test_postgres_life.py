"""The server started, attached to, killed and started again: the real one, always."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from another_program import Program, Start, ask, is_gone, rows, until, write_a_row

IS_ROOT = os.geteuid() == 0
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_the_first_start_makes_a_cluster_that_sorts_and_spells_in_unicode(start: Start) -> None:
    server = start()
    assert server.started_here
    assert server.is_running()
    assert ask(server.url, "SELECT current_user, current_database()") == [
        ("rackhouse", "rackhouse")
    ]
    assert ask(server.url, "SELECT lower('MOËT'), 'Moët' < 'Zubrowka'") == [("moët", True)]
    ask(server.url, "CREATE EXTENSION pg_trgm")
    # Were ë no letter for the server, 'Moët' would be two words to the search for misspellings.
    assert ask(server.url, "SELECT show_trgm('moët') && show_trgm('t')") == [(False,)]


def test_a_second_start_finds_what_the_first_one_left(start: Start) -> None:
    server = start()
    write_a_row(server.url)
    server.stop()
    assert not server.is_running()
    assert rows(start().url) == [("Moët",)]
    assert not server.is_running(), "the facts of an earlier server must not describe a later one"


def test_a_start_beside_a_running_server_attaches_and_leaves_it_alone(start: Start) -> None:
    server = start()
    attached = start()
    assert (attached.pid, attached.url, attached.started_here) == (server.pid, server.url, False)
    attached.stop()
    assert server.is_running()


def test_of_two_programs_that_start_at_once_one_starts_and_one_attaches(place: Path) -> None:
    programs = [Program(place / "data"), Program(place / "data")]
    for program in programs:
        program.begin()
    facts = [program.facts() for program in programs]
    assert sorted(fact["started_here"] for fact in facts) == [False, True]
    assert facts[0]["pid"] == facts[1]["pid"]
    for program in programs:
        program.kill()
    until(lambda: is_gone(facts[0]["pid"]))


@pytest.mark.parametrize("watched_by_pipe", [False, True], ids=["signal", "pipe"])
def test_a_killed_program_takes_its_server_along_and_loses_nothing(
    place: Path, start: Start, watched_by_pipe: bool
) -> None:
    if not watched_by_pipe and sys.platform != "linux":
        pytest.skip("only Linux signals the child of a dead parent")
    program = Program(place / "data", watched_by_pipe=watched_by_pipe)
    facts = program.started()
    write_a_row(facts["url"])
    program.kill()
    until(lambda: is_gone(facts["pid"]))
    assert not list(place.glob("data/cluster/postmaster.pid")), "it should have stopped cleanly"
    assert rows(start().url) == [("Moët",)]


def test_a_start_right_after_the_program_was_killed_waits_for_the_old_server(
    place: Path, start: Start
) -> None:
    program = Program(place / "data")
    facts = program.started()
    write_a_row(facts["url"])
    program.kill()
    server = start()
    assert server.pid != facts["pid"]
    assert rows(server.url) == [("Moët",)]


def test_the_end_of_the_thread_that_called_start_does_not_stop_the_server(start: Start) -> None:
    servers = []
    caller = threading.Thread(target=lambda: servers.append(start()))
    caller.start()
    caller.join()
    write_a_row(servers[0].url)
    assert rows(servers[0].url) == [("Moët",)]
    assert servers[0].is_running()


def test_a_killed_server_is_started_again_with_every_committed_row(start: Start) -> None:
    server = start()
    write_a_row(server.url)
    os.kill(server.pid, signal.SIGKILL)
    again = start()
    assert again.started_here
    assert again.pid != server.pid
    assert rows(again.url) == [("Moët",)]


def test_a_start_waits_until_the_processes_of_a_killed_server_have_ended(start: Start) -> None:
    server = start()
    write_a_row(server.url)
    busy = psycopg.connect(server.url, autocommit=True)

    def be_busy() -> None:
        with pytest.raises(psycopg.OperationalError):
            busy.execute("SELECT count(*) FROM generate_series(1, 8000000)").fetchall()
            busy.execute("SELECT 1")

    worker = threading.Thread(target=be_busy)
    worker.start()
    active = (
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%8000000%' AND pid <> pg_backend_pid()"
    )
    until(lambda: ask(server.url, active))
    os.kill(server.pid, signal.SIGKILL)
    assert rows(start().url) == [("Moët",)]
    worker.join()
    busy.close()


@linux_only
@pytest.mark.parametrize("kind", ["zombie", "stranger", "nobody at all"])
def test_a_stale_pid_file_is_not_taken_for_a_server(start: Start, kind: str) -> None:
    server = start()
    write_a_row(server.url)
    pid_file = server.cluster_directory / "postmaster.pid"
    left_behind = pid_file.read_text()
    server.stop()
    owner = server.cluster_directory.stat().st_uid
    # Of the server's own user: PostgreSQL would take such a process for the old server.
    other = subprocess.Popen(
        ["sleep", "0" if kind != "stranger" else "600"], **({"user": owner} if IS_ROOT else {})
    )
    if kind != "stranger":
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    if kind == "nobody at all":
        other.wait()
    pid_file.write_text(left_behind.replace(str(server.pid), str(other.pid), 1))
    os.chown(pid_file, owner, -1)
    assert rows(start().url) == [("Moët",)]
    other.kill()
    other.wait()
