"""The examples of the guide that verify a signature do verify it, and nothing else."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from rackhouse.webhooks.signing import new_secret, signature_headers, text_of

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "webhooks.md"
NODE = shutil.which("node")


def example(language: str) -> str:
    found = re.search(rf"^```{language} verify\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    assert found is not None
    return found[1]


def signed(*, age_seconds: int = 0) -> tuple[str, dict[str, str], bytes]:
    """A secret, and what a request carries that it and an older one signed."""
    key, body = new_secret(), '{"type":"rackhouse.test","data":{"süß":1}}'.encode()
    headers = signature_headers(
        message_id="0d5a3c1e-7a1f-5b0e-8a5b-9f4c3d2b1a00",
        timestamp=int(time.time()) - age_seconds,
        body=body,
        secrets=[new_secret(), key],
    )
    return text_of(key), headers, body


def verified_in_python(secret: str, headers: dict[str, str], body: bytes) -> object:
    names: dict[str, object] = {}
    exec(example("python"), names)
    return names["verified"](secret, headers, body)


def verified_in_javascript(secret: str, headers: dict[str, str], body: bytes) -> object:
    asked = json.dumps([secret, headers, body.decode()])
    script = f"{example('js')}\nconsole.log(JSON.stringify(verified(...{asked})))"
    run = subprocess.run(
        [str(NODE), "--input-type=module", "-e", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(run.stdout)


VERIFIERS = [
    verified_in_python,
    pytest.param(
        verified_in_javascript, marks=pytest.mark.skipif(NODE is None, reason="needs node")
    ),
]


@pytest.mark.parametrize("verify", VERIFIERS)
def test_an_example_verifies_what_was_signed(verify) -> None:
    secret, headers, body = signed()
    assert verify(secret, headers, body) == json.loads(body)


@pytest.mark.parametrize("verify", VERIFIERS)
def test_an_example_refuses_what_was_altered_and_what_is_old(verify) -> None:
    secret, headers, body = signed()
    with pytest.raises(Exception, match=r"(?i)signature|exit status"):
        verify(secret, headers, body + b" ")
    with pytest.raises(Exception, match=r"(?i)old|exit status"):
        verify(*signed(age_seconds=3600))
