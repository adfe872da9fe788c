"""Settings and secrets of a connection: what its adapter asks for, and nothing else."""

from collections.abc import Mapping
from typing import Any

import msgspec

from rackhouse.connectors.adapter import Adapter
from rackhouse.connectors.errors import InvalidConnection
from rackhouse.connectors.rules import Connection
from rackhouse.platform.outbound import Outbound, TargetForbidden

__all__ = [
    "refuse_missing_secrets",
    "refuse_other_target",
    "refuse_unknown_secrets",
    "settings_of",
]

SECRET_LENGTH_LIMIT = 4096


def settings_of(outbound: Outbound, adapter: Adapter, given: Mapping[str, Any]) -> msgspec.Raw:
    """Settings as they are kept, with what was left out; refuses with `InvalidConnection`."""
    try:
        settings = msgspec.convert(dict(given), adapter.settings)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `")
        field = path.rstrip("`").removeprefix("$").lstrip(".")
        where = f"settings.{field}" if field else "settings"
        raise InvalidConnection(field=where, problem=problem[:1].lower() + problem[1:]) from error
    for name in adapter.target:
        _refuse_unfit_url(outbound, name, getattr(settings, name))
    if adapter.refuse is not None:
        try:
            adapter.refuse(settings)
        except ValueError as error:
            field, _, problem = str(error).partition(": ")
            raise InvalidConnection(field=f"settings.{field}", problem=problem) from error
    return msgspec.Raw(msgspec.json.encode(settings))


def _refuse_unfit_url(outbound: Outbound, name: str, value: object) -> None:
    """Refuse a URL to which nothing would be sent."""
    if not isinstance(value, str) or "://" not in value:
        return
    try:
        outbound.refuse_unfit(value)
    except TargetForbidden as error:
        raise InvalidConnection(field=f"settings.{name}", problem=str(error)) from error


def refuse_other_target(adapter: Adapter, known: Connection, given: msgspec.Raw) -> None:
    """Secrets are shown to nobody, so they are not sent to another address either."""
    before, after = msgspec.json.decode(known.settings), msgspec.json.decode(given)
    for name in adapter.target:
        if before.get(name) != after.get(name):
            problem = (
                "can not be changed, because the secrets were given for where it points to now; "
                "close the connection and open it again with its secrets"
            )
            raise InvalidConnection(field=f"settings.{name}", problem=problem)


def refuse_unknown_secrets(adapter: Adapter, secrets: Mapping[str, Any]) -> None:
    """Refuse with `InvalidConnection` secrets that an adapter does not ask for."""
    for name, text in secrets.items():
        if name not in adapter.secrets:
            known = ", ".join(sorted(adapter.secrets)) or "none"
            problem = f"the adapter {adapter.name} knows no such secret; it knows: {known}"
            raise InvalidConnection(field=f"secrets.{name}", problem=problem)
        least = adapter.secrets[name].length_min
        if text is not None and not least <= len(text) <= SECRET_LENGTH_LIMIT:
            problem = f"write {least} to {SECRET_LENGTH_LIMIT} characters"
            raise InvalidConnection(field=f"secrets.{name}", problem=problem)


def refuse_missing_secrets(adapter: Adapter, secrets: Mapping[str, Any]) -> None:
    """Refuse with `InvalidConnection` where a secret that an adapter needs is not there."""
    for name, secret in adapter.secrets.items():
        if secret.required and name not in secrets:
            problem = f"is missing: {secret.description}"
            raise InvalidConnection(field=f"secrets.{name}", problem=problem)
