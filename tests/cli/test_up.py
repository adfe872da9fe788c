"""`rackhouse up`: started, stopped, wounded and killed, for real."""

import json
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from rackhouse_program import Running, free_port, is_gone, passable_directory, rackhouse, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """One data directory for all: the second start must find what the first one left."""
    with passable_directory() as directory:
        yield directory / "data"


@pytest.fixture
def running(data: Path) -> Iterator[Running]:
    """Everything, started and ready."""
    with Running(data) as running:
        yield running


def test_the_first_start_is_all_it_takes(running: Running) -> None:
    said = "".join(running.said)
    assert "Loaded the demo house." in said
    assert re.search(rf"http://127\.0\.0\.1:{running.port}/signin\?code=\S{{20,}}", said)
    assert running.is_ready()
    token = running.rackhouse("token", "--role", "admin").stdout.strip()
    status, body = running.get("/api/v1/channels", token)
    assert status == 200
    assert len(json.loads(body)["items"]) == 5
    assert running.get("/api/v1/channels")[0] == 401
    assert b"rackhouse_request_seconds_count" in running.get("/metrics", token)[1]
    assert running.get("/signin")[0] in (200, 401)


def test_the_demo_house_has_something_to_sell_and_little_of_what_is_limited(
    running: Running,
) -> None:
    token = running.rackhouse("token", "--role", "admin").stdout.strip()
    available = {}
    for product in ("lagavulin-16", "lagavulin-25-200th"):
        status, body = running.get(f"/api/v1/inventory/{product}", token)
        assert status == 200
        available[product] = sum(sku["available"] for sku in json.loads(body)["skus"])
    assert 1 <= available["lagavulin-25-200th"] <= 9
    assert available["lagavulin-16"] >= 1


def test_grpc_is_served_by_every_process_where_it_says(running: Running) -> None:
    (address,) = re.findall(r"gRPC +(127\.0\.0\.1:\d+)", "".join(running.said))
    assert address == f"127.0.0.1:{running.port + 1}"
    for _ in range(4):  # each comes to the process that the kernel chooses
        with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            asked = health_pb2.HealthCheckRequest(service="rackhouse.v1.Rackhouse")
            answer = health_pb2_grpc.HealthStub(channel).Check(asked, timeout=20)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_the_second_start_loads_nothing_again(running: Running) -> None:
    assert "Loaded the demo house." not in "".join(running.said)
    assert running.is_ready()


def test_an_order_to_end_leaves_no_process_and_no_server(data: Path) -> None:
    with Running(data) as running:
        left = [*running.children(), running.database_pid()]
        assert len(left) == 4
        assert running.stop() == 0
        assert "Rackhouse has ended." in running.said[-1]
        assert all(is_gone(pid) for pid in left)


def test_a_killed_parent_takes_everything_along(data: Path) -> None:
    with Running(data) as running:
        left = [*running.children(), running.database_pid()]
        running.process.kill()
        running.process.wait()
        until(lambda: all(is_gone(pid) for pid in left))


@pytest.mark.parametrize("kind", ["api", "work"])
def test_a_killed_child_gets_a_successor(running: Running, kind: str) -> None:
    before = running.children(kind)
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(running.children(kind)) == len(before) and is_gone(before[0]))
    until(running.is_ready)
    assert before[0] not in running.children(kind)


def test_a_killed_database_server_comes_back_and_the_api_with_it(running: Running) -> None:
    token = running.rackhouse("token", "--role", "admin").stdout.strip()
    before, children = running.database_pid(), running.children()
    os.kill(before, signal.SIGKILL)
    until(lambda: is_gone(before))
    until(running.is_ready)
    assert running.database_pid() != before
    until(lambda: running.get("/api/v1/channels", token)[0] == 200)
    assert running.children() == children, "nobody else had to be started again"


def test_ctrl_c_ends_it_in_order(data: Path) -> None:
    with Running(data) as running:
        left = [*running.children(), running.database_pid()]
        running.process.send_signal(signal.SIGINT)
        running.process.communicate()
        assert running.process.returncode == 0
        assert all(is_gone(pid) for pid in left)


def test_a_port_of_grpc_that_was_named_and_is_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        ended = rackhouse("up", port=free_port(), data=tmp_path / "data", grpc_port=taken)
    assert ended.returncode != 0
    assert f"port {taken} of 127.0.0.1 is in use" in ended.stderr
    assert "RACKHOUSE_GRPC_PORT" in ended.stderr


def test_a_port_in_use_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = rackhouse("up", data=tmp_path / "data", port=port)
    assert answer.returncode == 2
    assert f"port {port} of 127.0.0.1 is in use" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "data").exists()


def test_some_modules_can_be_served_alone(data: Path) -> None:
    with Running(data, "serve", "--modules", "channels", "--workers", "1") as running:
        token = running.rackhouse("token", "--role", "admin").stdout.strip()
        assert running.get("/api/v1/channels", token)[0] == 200
        assert running.get("/api/v1/products", token)[0] == 404
        assert len(running.children("api")) == 1
        assert running.children("work") == []


def test_the_jobs_can_be_done_alone(data: Path) -> None:
    with Running(data, "work") as running:
        assert len(running.children("work")) == 1
        assert running.children("api") == []
        assert running.get("/health/live")[0] == 0
