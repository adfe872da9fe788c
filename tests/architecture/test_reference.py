"""The reference says all that the code offers, and the glossary all that it speaks of."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest
from sources import ROOT

from rackhouse.identity import PERMISSIONS, ROLES
from rackhouse.modules import MODULES
from rackhouse.platform.environment import describe_settings
from rackhouse.platform.errors import refusal_types

REFERENCE = ROOT / "docs" / "reference"
GLOSSARY = ROOT / "docs" / "glossary.md"

WORDS = (
    "allotment",
    "available",
    "bundle",
    "caller",
    "channel",
    "committed",
    "drop",
    "feed",
    "held",
    "hold",
    "incoming",
    "location",
    "lot",
    "on_hand",
    "order",
    "position",
    "product",
    "reserved",
    "safety",
    "sku",
    "stock",
    "unavailable",
    "unit",
    "variant",
)


def missing(names: Iterable[str], text: str) -> list[str]:
    """The names that a text does not show as code or as a heading."""
    return [
        name
        for name in names
        if not re.search(rf"`[^`\n]*{re.escape(name)}[^`\n]*`|^#+ {re.escape(name)}$", text, re.M)
    ]


def read(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "write_reference", ROOT / "scripts" / "write_reference.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says() -> None:
    run = subprocess.run(
        [sys.executable, "scripts/write_reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{run.stderr}\nRun `python scripts/write_reference.py`."


def test_a_page_that_is_out_of_date_missing_or_left_over_is_found(tmp_path: Path) -> None:
    (tmp_path / "settings.md").write_text("as it was")
    (tmp_path / "left-over.md").write_text("nobody writes this any more")
    wanted = {"settings.md": "as it is", "events.md": "new"}
    assert writer().out_of_date(tmp_path, wanted) == ["events.md", "left-over.md", "settings.md"]


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("settings.md", [each.variable for each in describe_settings()]),
        ("events.md", [name for module in MODULES for name in module.event_types]),
        (
            "problems.md",
            [each.type_name() for each in refusal_types() if each.__module__[:4] == "rack"],
        ),
        ("permissions.md", [*PERMISSIONS, *ROLES]),
        ("api.md", [each.path for module in MODULES for each in module.endpoints]),
        ("api.md", [path for module in MODULES for path in module.mounts]),
    ],
    ids=["settings", "events", "problems", "permissions", "endpoints", "streams"],
)
def test_everything_is_in_the_reference(page: str, names: list[str]) -> None:
    assert missing(names, read(page)) == []


def test_the_glossary_has_every_word_of_the_house() -> None:
    assert missing(WORDS, GLOSSARY.read_text("utf-8")) == []


def test_what_is_not_documented_is_found() -> None:
    text = "# Events\n### HoldPlaced\nmore of `HoldExpired`\nOrderPlaced in passing\n"
    assert missing(["HoldPlaced", "HoldExpired", "OrderPlaced"], text) == ["OrderPlaced"]
