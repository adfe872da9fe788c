"""``rackhouse settings``."""

import re

import click
import msgspec

from rackhouse.platform.environment import describe_settings, read_settings
from rackhouse.platform.settings import Settings

__all__ = ["settings_command"]

MASK = "********"
SECRETS = frozenset({"secret_key"})
WITH_PASSWORD = ("database_url", "bus_url")
_PASSWORD = re.compile(r"(?<=:)[^:/@]+(?=@)|(?<=password=)[^&\s]+")


class _Shown(msgspec.Struct, frozen=True):
    variable: str
    value: str
    default: str
    description: str


@click.command("settings")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def settings_command(as_json: bool) -> None:
    """Show every setting: its variable, value, default and meaning. Secrets are masked."""
    shown = _shown(read_settings())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))
        return
    for each in shown:
        note = "" if each.value == each.default else f"  (default: {each.default or 'unset'})"
        click.echo(f"{click.style(each.variable, bold=True)}={each.value}{note}")
        click.echo(f"    {each.description}")


def _shown(settings: Settings) -> list[_Shown]:
    values = (_masked(name, getattr(settings, name)) for name in Settings.__struct_fields__)
    return [
        _Shown(described.variable, value, described.default, described.description)
        for described, value in zip(describe_settings(), values, strict=True)
    ]


def _masked(name: str, value: object) -> str:
    if value is None or value == {}:
        return ""
    if name in SECRETS:
        return MASK
    if isinstance(value, dict):
        return ", ".join(f"{module}: {_masked(name, url)}" for module, url in value.items())
    return _PASSWORD.sub(MASK, str(value)) if name.startswith(WITH_PASSWORD) else str(value)
