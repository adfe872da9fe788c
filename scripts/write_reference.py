"""Write docs/reference from the code: settings, events, problems, permissions, API, commands.

python scripts/write_reference.py           writes the pages
python scripts/write_reference.py --check   says which of them are out of date
"""

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

import rackhouse
from rackhouse.api.graphql import schema_text
from rackhouse.api.introspection import introspection_endpoints
from rackhouse.cli.command_line import command_line
from rackhouse.identity import PERMISSIONS, ROLES
from rackhouse.modules import MODULES
from rackhouse.platform.context import permissions_in_use
from rackhouse.platform.environment import describe_settings
from rackhouse.platform.errors import Refusal, refusal_types
from rackhouse.platform.http import PUBLIC, Endpoint, status_of
from rackhouse.platform.module import Module

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
MADE_BY = "<!-- Written by scripts/write_reference.py; change the code instead. -->"


def pages() -> dict[str, str]:
    """Every page by its name."""
    _load_everything()
    makers: dict[str, Callable[[], Iterator[str]]] = {
        "settings": settings_page,
        "permissions": permissions_page,
        "api": api_page,
        "events": events_page,
        "problems": problems_page,
        "cli": commands_page,
    }
    written = {f"{name}.md": "\n".join([*make(), MADE_BY, ""]) for name, make in makers.items()}
    return {**written, "schema.graphql": schema_text()}


def out_of_date(folder: Path, wanted: dict[str, str]) -> list[str]:
    """The names of the pages in a folder that do not say what they should, or should not be."""
    files = [*folder.glob("*.md"), *folder.glob("*.graphql")]
    there = {path.name: path.read_text("utf-8") for path in files}
    names = there.keys() | wanted.keys()
    return sorted(name for name in names if there.get(name) != wanted.get(name))


def settings_page() -> Iterator[str]:
    """Every setting with its default and meaning."""
    yield from _opening(
        "Settings",
        "Each is an environment variable. A variable that begins with `RACKHOUSE_` and is not "
        "listed here is refused, so that a misspelt one is noticed. An empty value means unset. "
        "`rackhouse settings` shows what is in force.",
    )
    rows = [
        (f"`{each.variable}`", f"`{each.default}`" if each.default else "unset", each.description)
        for each in describe_settings()
    ]
    yield from _table(("variable", "default", "meaning"), rows)


def permissions_page() -> Iterator[str]:
    """Every permission, who has it and what asks for it; every role."""
    yield from _opening(
        "Permissions and roles",
        "A caller may do what the permissions of their roles allow, as far as the scope of their "
        "token names them. Permissions are the scopes of OAuth 2.0.",
    )
    in_use = permissions_in_use()
    yield from _table(
        ("permission", "allows", "roles", "operations"),
        [
            (
                f"`{permission}`",
                meaning,
                _codes(role for role, allowed in ROLES.items() if permission in allowed),
                _codes(sorted(map(_short, in_use.get(permission, ())))),
            )
            for permission, meaning in PERMISSIONS.items()
        ],
    )
    yield from ("## Roles", "")
    yield from _table(
        ("role", "permissions"),
        [(f"`{role}`", _codes(sorted(allowed))) for role, allowed in ROLES.items()],
    )


def api_page() -> Iterator[str]:
    """Every endpoint, by module."""
    yield from _opening(
        "API",
        "Every endpoint with the permission that it asks for, and the name by which the WebSocket "
        "and gRPC carry it where they do. A running service describes all of them in full at "
        "`/openapi.json`, and its streams at `/asyncapi.json`.",
    )
    for module in MODULES:
        if module.endpoints or module.mounts:
            yield from (f"## {module.name.capitalize()}", "", _about(module), "")
            yield from _endpoints(module.endpoints)
            yield from _streams(module)
    yield from ("## The service itself", "")
    yield from _endpoints(introspection_endpoints())


def events_page() -> Iterator[str]:
    """Every event type, by module, with its fields."""
    yield from _opening(
        "Events",
        "What each module publishes. An event has a `type`, the `stream` that it belongs to, its "
        "`version` within the stream, who caused it and when; below are the fields of its data.",
    )
    for module in MODULES:
        if not module.event_types:
            continue
        yield from (f"## {module.name.capitalize()}", "")
        for name, event in sorted(module.event_types.items()):
            yield from (f"### {name}", "", _text(event), "")
            rows = [
                (f"`{field.encode_name}`", f"`{_type_name(field.type)}`")
                for field in msgspec.structs.fields(event)
            ]
            if rows:
                yield from _table(("field", "type"), rows)


def problems_page() -> Iterator[str]:
    """Every refusal with its status, message and fields."""
    yield from _opening(
        "Problems",
        "What a refused request is answered with (RFC 9457). `type` is `/problems/` and the name "
        "below, and does not change; words in braces are fields of the answer.",
    )
    for refusal in refusal_types():
        name = refusal.type_name()
        yield from (f"### {name}", "")
        yield from (f"**{_status(refusal)}** {_kind(refusal)}: {_text(refusal)}", "")
        fields = list(refusal.__dataclass_fields__.values())  # type: ignore[attr-defined]
        rows = [(f"`{field.name}`", f"`{_type_name(field.type)}`") for field in fields]
        if rows:
            yield from _table(("field", "type"), rows)


def commands_page() -> Iterator[str]:
    """Every command with its arguments and options."""
    yield from _opening("Command line", _text(command_line))
    context = click.Context(command_line)
    for name in command_line.list_commands(context):
        yield from _command(name, command_line.get_command(context, name), "##")


def _command(name: str, command: click.Command | None, heading: str) -> Iterator[str]:
    assert command is not None
    usage = " ".join(each.make_metavar(click.Context(command)) for each in _arguments(command))
    yield from (f"{heading} `{' '.join(filter(None, ['rackhouse', name, usage]))}`", "")
    yield from (_text(command), "")
    rows = [
        (" ".join(f"`{each}`" for each in option.opts + option.secondary_opts), option.help or "")
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
    ]
    if rows:
        yield from _table(("option", "meaning"), rows)
    if isinstance(command, click.Group):
        for inner, below in command.commands.items():
            yield from _command(f"{name} {inner}", below, heading + "#")


def _arguments(command: click.Command) -> list[click.Argument]:
    return [each for each in command.params if isinstance(each, click.Argument)]


def _streams(module: Module) -> Iterator[str]:
    for path, make in module.mounts.items():
        yield from (f"`{path}`: {_text(make)}", "")


def _endpoints(endpoints: Sequence[Endpoint]) -> Iterator[str]:
    rows = [
        (
            each.method,
            f"`{each.path}`",
            "anybody" if each.permission == PUBLIC else f"`{each.permission}`",
            each.summary,
            f"`{each.name}`" if each.command else "",
        )
        for each in endpoints
    ]
    if rows:
        head = ("method", "path", "permission", "what it does", "as a command")
        yield from _table(head, rows)


def _opening(title: str, text: str) -> Iterator[str]:
    yield from (f"# {title}", "", text, "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""


def _about(module: Module) -> str:
    door = importlib.import_module(f"rackhouse.{module.name}")
    return _text(door)


def _text(described: Any) -> str:
    """A docstring as one paragraph for each of its own."""
    text = inspect.getdoc(described) if not isinstance(described, click.Command) else described.help
    assert text, f"{described} has no docstring"
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return "\n\n".join(paragraphs).replace("``", "`").replace("\b ", "")


def _type_name(hint: Any) -> str:
    """A type as one would write it, without where it comes from and what bounds it."""
    if isinstance(hint, str):
        return hint
    metadata = getattr(hint, "__metadata__", None)
    if metadata is not None:
        return _type_name(hint.__origin__)
    text = hint.__name__ if isinstance(hint, type) and not hasattr(hint, "__args__") else str(hint)
    text = re.sub(r"typing\.Annotated\[([\w.]+), .*?\)\]", r"\1", text)
    return re.sub(r"\b(?:[a-z_]+\.)+(?=\w)", "", text).replace("NoneType", "None")


def _status(refusal: type[Refusal]) -> int:
    return status_of(refusal)


def _kind(refusal: type[Refusal]) -> str:
    kinds: list[type[Refusal]] = [
        each
        for each in refusal.__mro__
        if issubclass(each, Refusal) and "__dataclass_fields__" not in vars(each)
    ]
    return kinds[0].title()


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _short(operation: str) -> str:
    _, module, *_, function = operation.split(".")
    return f"{module}.{function}"


def _load_everything() -> None:
    """Import all of the package, so that every refusal and every operation is known."""
    for found in pkgutil.walk_packages(rackhouse.__path__, "rackhouse."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def main() -> int:
    """Write the pages, or with ``--check`` say what is out of date."""
    wanted = pages()
    stale = out_of_date(FOLDER, wanted)
    if "--check" in sys.argv[1:]:
        for name in stale:
            sys.stderr.write(f"docs/reference/{name} is out of date\n")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], "utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
