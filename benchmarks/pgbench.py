"""`pgbench`, the yardstick: clients that update one row, each in a transaction of its own."""

import asyncio
import os
import re
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from benchmarks.laboratory import Laboratory
from benchmarks.load import Sample

__all__ = ["pgbench"]

TABLE = "create table if not exists counter (id integer primary key, value bigint not null)"
ROW = "insert into counter values (1, 0) on conflict do nothing"
SCRIPT = "update counter set value = value + 1 where id = 1;\n"
THREADS_LIMIT = 2
GRACE_SECONDS = 30


async def pgbench(lab: Laboratory, *, clients: int, seconds: float) -> Sample:
    """Update one row with so many clients; custom script, simple protocol, no pauses."""
    script = lab.settings.data / "pgbench.sql"
    script.write_text(SCRIPT)
    async with await psycopg.AsyncConnection.connect(lab.pgbench_url, autocommit=True) as database:
        await database.execute(TABLE)
        await database.execute(ROW)
    process = await asyncio.create_subprocess_exec(
        str(lab.server.bin_directory / "pgbench"),
        "--no-vacuum",
        "--protocol=simple",
        f"--client={clients}",
        f"--jobs={min(clients, THREADS_LIMIT)}",
        f"--time={max(1, round(seconds))}",
        f"--file={script}",
        env={**os.environ, **_address(lab.pgbench_url)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=Path(script).parent,
    )
    async with asyncio.timeout(seconds + GRACE_SECONDS):
        output = (await process.communicate())[0].decode()
    return _read(output)


def _address(url: str) -> dict[str, str]:
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    known = conninfo_to_dict(url)
    address = {names[name]: str(value) for name, value in known.items() if name in names}
    return {**address, "PGDATABASE": str(known["dbname"])}


def _read(output: str) -> Sample:
    done = re.search(r"transactions actually processed: (\d+)", output)
    rate = re.search(r"tps = ([\d.]+)", output)
    if done is None or rate is None:
        raise RuntimeError(f"pgbench failed:\n{output}")
    return Sample(int(done[1]), int(done[1]) / float(rate[1]), [])
