"""The Python client needs nothing of the server."""

import subprocess
import sys
import tomllib
from pathlib import Path

import rackhouse_client

FOLDER = Path(__file__).parents[2] / "clients" / "python"
PROGRAM = """
import sys
import rackhouse_client
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_it_imports_what_it_says_that_it_needs() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": str(FOLDER / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(run.stdout.split())
    assert {"rackhouse_client", "httpx", "msgspec"} <= loaded
    assert not loaded & {"rackhouse", "litestar", "psycopg", "uvicorn", "strawberry"}


def test_it_says_what_it_needs() -> None:
    said = tomllib.loads((FOLDER / "pyproject.toml").read_text("utf-8"))["project"]
    assert {each.partition(">")[0] for each in said["dependencies"]} == {"httpx", "msgspec"}
    assert (FOLDER / "src" / "rackhouse_client" / "py.typed").exists()


def test_it_offers_what_it_names() -> None:
    assert [name for name in rackhouse_client.__all__ if not hasattr(rackhouse_client, name)] == []
    assert rackhouse_client.__all__ == sorted(rackhouse_client.__all__)
