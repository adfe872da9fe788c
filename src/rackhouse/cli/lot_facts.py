"""What is said of a lot on the command line: days, times, flavors, typed attributes."""

import datetime
from collections.abc import Sequence
from typing import Any

import click

from rackhouse.inventory import FlavorProfile

__all__ = ["DAY", "MOMENT", "attributes_said", "flavors_said"]


class _Day(click.ParamType[Any]):
    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime.date:
        """A day from its text."""
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2026-05-01", param, ctx)


class _Moment(click.ParamType[Any]):
    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime.datetime:
        """A time from its text; a day alone is its first moment, and no zone is UTC."""
        try:
            moment = datetime.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time; write it as 2026-05-01T10:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


DAY, MOMENT = _Day(), _Moment()


def flavors_said(flavors: Sequence[str]) -> FlavorProfile | None:
    """Flavors as words, or with scores, not both."""
    scored = [each for each in flavors if "=" in each]
    if not flavors:
        return None
    if not scored:
        return list(flavors)
    if len(scored) < len(flavors):
        raise click.BadParameter("give each flavor a score, or none", param_hint="--flavor")
    pairs = [each.rsplit("=", 1) for each in scored]
    for flavor, score in pairs:
        if not score.isdigit():
            problem = f"{score!r} is not a score; use 0 to 100"
            raise click.BadParameter(f"{flavor}: {problem}", param_hint="--flavor")
    return {flavor: int(score) for flavor, score in pairs}


def attributes_said(attributes: Sequence[str]) -> dict[str, Any]:
    """Attributes by name, each with its kind; whether they are sound is decided elsewhere."""
    said = {}
    for each in attributes:
        name, equals, text = each.partition("=")
        name, _, kind = name.partition(":")
        if not equals:
            problem = f"{each!r} is not an attribute; write NAME=TEXT or NAME:KIND=VALUE"
            raise click.BadParameter(problem, param_hint="--attribute")
        said[name] = {"kind": kind or "text", "value": _value(kind, text)}
    return said


def _value(kind: str, text: str) -> Any:
    if kind == "list":
        return [item.strip() for item in text.split(";") if item.strip()]
    if kind == "boolean":
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    if kind == "number":
        try:
            return int(text) if text.lstrip("-").isdigit() else float(text)
        except ValueError:
            return text
    return text
