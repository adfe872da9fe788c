"""The alerting rules: they can be read, and name figures that there are."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from rackhouse.outlets.metrics import outlet_figures
from rackhouse.platform.house import House

RULES = Path(__file__).parents[2] / "docs" / "alerts" / "rackhouse.rules.yml"
SEVERITIES = {"page", "ticket"}


def rules() -> list[dict[str, object]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


async def test_every_rule_names_figures_that_are_told(house: House) -> None:
    told = set(re.findall(r"^# TYPE (\w+)", (await outlet_figures(house)).decode(), re.MULTILINE))
    for rule in rules():
        named = set(re.findall(r"rackhouse_\w+", str(rule["expr"])))
        assert named
        assert named <= told


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_rule_says_whom_to_tell_and_what_to_do(rule: dict[str, object]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"\d+[smh]", str(rule["for"]))
    assert rule["labels"]["severity"] in SEVERITIES
    assert set(rule["annotations"]) == {"summary", "description"}
    expression = str(rule["expr"])
    assert expression.count("(") == expression.count(")")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")
def test_promtool_takes_the_rules() -> None:
    subprocess.run(["promtool", "check", "rules", RULES], check=True)
