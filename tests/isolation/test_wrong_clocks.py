"""The clock that is wrong on purpose: if it were right, nothing would show who relies on it."""

import os
import subprocess
import sys
import time

import msgspec
import pytest

from isolation.site import CLOCK

ASKED = """
import datetime, time
import msgspec
print(msgspec.json.encode([
    time.time(),
    time.time_ns() / 1e9,
    datetime.datetime.now(datetime.UTC).timestamp(),
    datetime.datetime.now().timestamp(),
    datetime.datetime.utcnow().replace(tzinfo=datetime.UTC).timestamp(),
    datetime.datetime.today().timestamp(),
    msgspec.json.decode('"2026-11-22T00:00:00Z"', type=datetime.datetime).year,
    time.monotonic(),
]).decode())
"""
SLACK_SECONDS = 30.0


@pytest.mark.parametrize("skew_seconds", [-420.0, 0.0, 900.0])
def test_python_tells_the_wrong_time_of_day_and_the_right_monotonic_one(
    skew_seconds: float,
) -> None:
    surroundings = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(CLOCK), os.environ.get("PYTHONPATH", "")]),
        "ISOLATION_CLOCK_SKEW_SECONDS": str(skew_seconds),
        "PYTHONWARNINGS": "ignore",
    }
    right, began = time.time(), time.monotonic()
    answer = subprocess.run(
        [sys.executable, "-c", ASKED], env=surroundings, capture_output=True, check=True, text=True
    )
    *told, year, monotonic = msgspec.json.decode(answer.stdout)
    for moment in told:
        assert 0.0 <= moment - right - skew_seconds < SLACK_SECONDS
    assert year == 2026
    assert began < monotonic < began + SLACK_SECONDS
