"""The server obeys its OpenAPI document: generated requests find no server error, and no answer
that is not described. ``RACKHOUSE_API_PHASES=examples,coverage,fuzzing`` tries every boundary of
every field as well, which takes some minutes more."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from houses import shop_in
from rackhouse.platform.context import Context

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
]
EXAMPLES = 6


@pytest.mark.timeout(900)
async def test_generated_requests_meet_described_answers_only(
    api: httpx.AsyncClient, admin_token: str, context: Context, tmp_path: Path
) -> None:
    await shop_in(context, units=5)
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{api.base_url}/openapi.json",
        "--header",
        f"Authorization: Bearer {admin_token}",
        "--checks",
        ",".join(CHECKS),
        "--phases",
        os.environ.get("RACKHOUSE_API_PHASES", "examples,fuzzing"),
        "--max-examples",
        str(EXAMPLES),
        "--seed",
        "20260501",
        "--workers",
        "1",  # two threads that parse Python at once break CPython 3.11 (its issue 106905)
        "--no-color",
    ]
    run = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await run.communicate()
    assert run.returncode == 0, output.decode()[-6000:]
