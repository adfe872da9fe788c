"""The environment: settings as they are said there, and told to people."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from rackhouse.platform.settings import Settings

__all__ = ["InvalidSetting", "SettingDescription", "describe_settings", "read_settings"]

PREFIX = "RACKHOUSE_"
MODULE_DATABASE_PREFIX = "RACKHOUSE_DATABASE_URL__"


class InvalidSetting(Exception):
    """A setting can not be used as it is; the message names it and the remedy."""


class SettingDescription(msgspec.Struct, frozen=True):
    """One setting as it is documented."""

    variable: str
    default: str
    description: str


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from environment variables.

    Refuses with `InvalidSetting` an unknown ``RACKHOUSE_`` variable and a value out of bounds.
    """
    values: dict[str, Any] = {}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or variable.startswith(MODULE_DATABASE_PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in Settings.__struct_fields__ or name == "database_urls":
            raise InvalidSetting(f"{variable} is not a setting; see `rackhouse settings`.")
        if value != "":
            values[name] = _parsed(variable, name, value)
    values["database_urls"] = {
        variable.removeprefix(MODULE_DATABASE_PREFIX).lower(): value
        for variable, value in environment.items()
        if variable.startswith(MODULE_DATABASE_PREFIX)
    }
    if values.get("feed_from") == "bus" and "bus_url" not in values:
        raise InvalidSetting("RACKHOUSE_FEED_FROM is 'bus': say which in RACKHOUSE_BUS_URL.")
    return Settings(**values)


def describe_settings() -> list[SettingDescription]:
    """Every setting with its variable, default and description, in the order they are declared."""
    hints = get_type_hints(Settings, include_extras=True)
    default = Settings()
    return [
        SettingDescription(
            variable=MODULE_DATABASE_PREFIX + "<MODULE>"
            if name == "database_urls"
            else PREFIX + name.upper(),
            default=_shown(getattr(default, name)),
            description=hints[name].__metadata__[0].description,
        )
        for name in Settings.__struct_fields__
    ]


def _parsed(variable: str, name: str, value: str) -> object:
    hint = get_type_hints(Settings, include_extras=True)[name]
    try:
        if Path in (hint.__origin__, *getattr(hint.__origin__, "__args__", ())):
            return Path(value)
        return msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidSetting(f"{variable} is {value!r}: {error}.") from error


def _shown(value: object) -> str:
    return "" if value in (None, {}) else str(value)
