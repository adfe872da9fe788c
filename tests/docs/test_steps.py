"""The command blocks of the documentation do what the pages say, against a real service."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import ROOT, Step, last_json, pages, steps, unlike

from houses import fresh_database

START_SECONDS = 120
PAGE_SECONDS = 240
CLIENT = str(ROOT / "clients" / "python" / "src")
WRITTEN_ADDRESS = "127.0.0.1:8080"
WRITTEN_GRPC_ADDRESS = "127.0.0.1:8081"

WITH_STEPS = [path for path in pages() if steps((ROOT / path).read_text("utf-8"))]

pytestmark = [
    pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
]


class RunningHouse:
    """`rackhouse up` with the demo house."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.port = _free_port()
        self.grpc_port = _free_port()
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("RACKHOUSE_")}
        self.environment = {
            **inherited,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(filter(None, [CLIENT, inherited.get("PYTHONPATH")])),
            "RACKHOUSE_PORT": str(self.port),
            "RACKHOUSE_GRPC_PORT": str(self.grpc_port),
            "RACKHOUSE_DATA": str(folder / "data"),
            "RACKHOUSE_DATABASE_URL": database_url,
            "RACKHOUSE_API_WORKERS": "1",
            # The simulated channels of the pages are on this machine.
            "RACKHOUSE_OUTBOUND_NETWORKS": "127.0.0.0/8",
            "RACKHOUSE_OUTBOUND_HTTP": "true",
        }
        self._log = (folder / "service.log").open("w+")
        self._process = subprocess.Popen(
            ["rackhouse", "up"],
            env=self.environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def wait(self) -> None:
        """Wait until it says that it is ready."""
        assert self._process.stdout is not None
        told = []
        for line in self._process.stdout:
            told.append(line)
            if "is ready" in line:
                return
        self._log.seek(0)
        pytest.fail("the service ended: " + "".join(told) + self._log.read()[-4000:])

    def stop(self) -> None:
        """End it in order."""
        self._process.terminate()
        self._process.communicate(timeout=START_SECONDS)
        self._log.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server_url: str) -> Iterator[RunningHouse]:
    service = RunningHouse(tmp_path_factory.mktemp("service"), fresh_database(server_url))
    try:
        service.wait()
        yield service
    finally:
        service.stop()


def answers(found: list[Step], folder: Path, service: RunningHouse) -> list[str]:
    """Run the steps of a page in one shell; says what each of them printed."""
    outputs = [folder / f"answer-{number}" for number in range(len(found))]
    blocks = [
        f"{{\n{step.commands}}} > {output.name}"
        for step, output in zip(found, outputs, strict=True)
    ]
    script = "\n".join(["set -euo pipefail", *blocks, ""])
    script = script.replace(WRITTEN_ADDRESS, f"127.0.0.1:{service.port}")
    script = script.replace(WRITTEN_GRPC_ADDRESS, f"127.0.0.1:{service.grpc_port}")
    run = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=service.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PAGE_SECONDS,
    )
    told = [each.read_text() for each in outputs if each.exists()]
    assert run.returncode == 0, f"{run.stderr}\nThe last answer: {told[-1:]}"
    return told


def broken_promises(step: Step, output: str) -> list[str]:
    """Where the output of a step is not what the page shows below it."""
    problems = []
    for kind, wanted in step.answers:
        if kind == "json":
            problems += unlike(json.loads(wanted), last_json(output))
        else:
            problems += [f"no {line!r}" for line in wanted.splitlines() if line not in output]
    return [f"line {step.line}: {problem} in {output[:2000]}" for problem in problems]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_STEPS, ids=str)
def test_a_page_does_what_it_says(page: Path, service: RunningHouse, tmp_path: Path) -> None:
    found = steps((ROOT / page).read_text("utf-8"))
    told = answers(found, tmp_path, service)
    problems = [
        problem
        for step, output in zip(found, told, strict=True)
        for problem in broken_promises(step, output)
    ]
    assert problems == []


def test_the_readme_has_steps() -> None:
    assert Path("README.md") in WITH_STEPS


def test_an_answer_that_is_not_what_the_page_shows_is_found() -> None:
    page = '```bash run\ncat it\n```\n\n```json answer\n{"sold": 1, "id": "...", "at": [2]}\n```\n'
    (step,) = steps(page)
    assert broken_promises(step, '{"refused": 1}\n{"sold": 1, "id": "x", "at": [2, 3]}') == []
    for output in ('{"sold": 2, "id": "x", "at": [2]}', '{"sold": 1, "id": "x", "at": []}', "{}"):
        assert broken_promises(step, output)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
