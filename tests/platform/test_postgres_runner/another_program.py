"""Another program that uses the runner, and questions about what is left of it."""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from rackhouse.platform.postgres import PostgresServer, binary_directory

SOURCE = Path(__file__).parents[3] / "src"
WAIT_SECONDS = 30
Start = Callable[..., PostgresServer]

# Starts a server, says so, and lives until its standard input ends or somebody kills it.
PROGRAM = """
import json, sys
from pathlib import Path
from rackhouse.platform.postgres import postmaster, start_postgres
data_directory, bin_directory, watched_by_pipe = sys.argv[1:]
if watched_by_pipe == "True":
    postmaster.WATCHED_BY_PIPE = True
sys.stdin.readline()
server = start_postgres(data_directory=Path(data_directory), bin_directory=Path(bin_directory))
facts = dict(url=server.url, pid=server.pid, started_here=server.started_here)
print(json.dumps(facts), flush=True)
sys.stdin.read()
"""


class Program:
    """Another program that uses the runner; ``begin`` lets it go on to its start."""

    def __init__(
        self,
        data_directory: Path,
        *,
        source: Path = SOURCE,
        bin_directory: Path | None = None,
        watched_by_pipe: bool = False,
        python: str = sys.executable,
        user: str | None = None,
    ) -> None:
        binaries = bin_directory or binary_directory()
        self.process = subprocess.Popen(
            [python, "-c", PROGRAM, str(data_directory), str(binaries), str(watched_by_pipe)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
            **({"user": user, "group": "nogroup", "extra_groups": []} if user else {}),
        )

    def begin(self) -> None:
        self.process.stdin.write(b"begin\n")
        self.process.stdin.flush()

    def facts(self) -> dict:
        assert select.select([self.process.stdout], [], [], WAIT_SECONDS)[0], "it never started"
        return json.loads(self.process.stdout.readline())

    def started(self) -> dict:
        self.begin()
        return self.facts()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def until(condition: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.01)


def ask(url: str, sql: str) -> list:
    with psycopg.connect(url, autocommit=True) as connection:
        answer = connection.execute(sql)
        return answer.fetchall() if answer.description else []


def write_a_row(url: str) -> None:
    ask(url, "CREATE TABLE IF NOT EXISTS bottle (label text)")
    ask(url, "INSERT INTO bottle VALUES ('Moët')")


def rows(url: str) -> list:
    return ask(url, "SELECT label FROM bottle")


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # Killed children of a dead parent may stay zombies where the first process is slow.
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"


def copy_wheel(target: Path) -> Path:
    package = binary_directory().parents[1]
    shutil.copytree(package, target / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    return target
