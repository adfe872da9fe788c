"""``rackhouse connection``: channels, connected to where they really sell."""

import sys
from typing import Any

import click
import msgspec

from rackhouse.cli.command_line import USAGE, Failure
from rackhouse.cli.connection_dealings import DEALINGS, in_house
from rackhouse.cli.session import run
from rackhouse.connectors import (
    Connection,
    change_connection,
    change_secrets,
    check_connection,
    close_connection,
    connection_page,
    list_adapters,
    open_connection,
    progress_of,
    read_connection,
)
from rackhouse.platform.context import Context

__all__ = ["connection_command"]

PAGE_LIMIT = 200


@click.group("connection")
def connection_command() -> None:
    """Open, check, list and close connections, map what channels call our SKUs, and see to what
    could not be carried out."""


@connection_command.command("adapters")
def adapters_command() -> None:
    """List what channels can be connected through, with the settings and secrets of each."""
    for adapter in run(in_house(lambda context: list_adapters(context=context))):
        settings = ", ".join(adapter.settings.__struct_fields__)
        secrets = ", ".join(adapter.secrets) or "none"
        click.echo(f"{adapter.name:14} {adapter.title}")
        click.echo(f"{'':14} settings: {settings}; secrets: {secrets}")


@connection_command.command("open")
@click.argument("connection_id")
@click.option("--channel", required=True, help="Our channel.")
@click.option("--adapter", required=True, help="As in `rackhouse connection adapters`.")
@click.option("--name", help="What people call it; left out, its id.")
@click.option("--setting", "settings", multiple=True, help="NAME=VALUE; may be repeated.")
@click.option("--secret", "secrets", multiple=True, help="A name; its value is asked for.")
def open_command(
    connection_id: str,
    channel: str,
    adapter: str,
    name: str | None,
    settings: tuple[str, ...],
    secrets: tuple[str, ...],
) -> None:
    """Open the connection CONNECTION_ID. A value that is JSON is taken as such. Secrets are asked
    for, one line each, so that they stand in no history of commands."""
    given = _pairs(settings)
    values = {each: _asked(each) for each in secrets}
    opened = run(
        in_house(
            lambda context: open_connection(
                context=context,
                connection_id=connection_id,
                channel=channel,
                adapter=adapter,
                name=name or connection_id,
                settings=given,
                secrets=values,
                enabled=True,
            )
        )
    )
    click.echo(f"{opened.id} is open. Let the channel deliver to this path of the public URL:")
    click.echo(f"/api/v1/connections/{opened.id}/inbox")


@connection_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the connections as JSON.")
def list_command(as_json: bool) -> None:
    """List the connections."""
    found = run(in_house(_listed))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        state = "enabled" if each.enabled else "disabled"
        click.echo(f"{each.id:20}  {state:8}  {each.adapter:14}  {each.channel:20}  {each.name}")


@connection_command.command("show")
@click.argument("connection_id")
def show_command(connection_id: str) -> None:
    """Show the connection CONNECTION_ID, how far it has come, and what stands in its way."""

    async def shown(context: Context) -> tuple[Connection, Any]:
        connection = await read_connection(context=context, connection_id=connection_id)
        return connection, await progress_of(context=context, connection_id=connection_id)

    connection, progress = run(in_house(shown))
    click.echo(msgspec.json.format(msgspec.json.encode(connection)))
    click.echo(msgspec.json.format(msgspec.json.encode(progress)))


@connection_command.command("check")
@click.argument("connection_id")
def check_command(connection_id: str) -> None:
    """Ask the channel of CONNECTION_ID whether it lets us in."""
    standing = run(
        in_house(lambda context: check_connection(context=context, connection_id=connection_id))
    )
    click.echo(f"It takes us for {standing.account}.")
    if standing.missing:
        raise Failure(f"it does not allow: {', '.join(standing.missing)}")


@connection_command.command("enable")
@click.argument("connection_id")
def enable_command(connection_id: str) -> None:
    """Use the connection CONNECTION_ID."""
    _turn(connection_id, enabled=True)


@connection_command.command("disable")
@click.argument("connection_id")
def disable_command(connection_id: str) -> None:
    """Do not use the connection CONNECTION_ID at present."""
    _turn(connection_id, enabled=False)


@connection_command.command("secret")
@click.argument("connection_id")
@click.argument("name")
def secret_command(connection_id: str, name: str) -> None:
    """Give the connection CONNECTION_ID another secret NAME, which is asked for."""
    secrets: dict[str, str | None] = {name: _asked(name)}
    run(
        in_house(
            lambda context: change_secrets(
                context=context, connection_id=connection_id, secrets=secrets
            )
        )
    )
    click.echo(f"{name} is used from now on.")


@connection_command.command("close")
@click.argument("connection_id")
def close_command(connection_id: str) -> None:
    """Use the connection CONNECTION_ID no more, and forget its secrets."""
    run(
        in_house(
            lambda context: close_connection(
                context=context, connection_id=connection_id, expected_version=None
            )
        )
    )
    click.echo(f"{connection_id} is closed.")


async def _listed(context: Context) -> list[Connection]:
    found: list[Connection] = []
    while True:
        after = found[-1].id if found else None
        page = await connection_page(context=context, after=after, limit=PAGE_LIMIT)
        found += page
        if len(page) < PAGE_LIMIT:
            return found


def _turn(connection_id: str, *, enabled: bool) -> None:
    async def turned(context: Context) -> Connection:
        known = await read_connection(context=context, connection_id=connection_id)
        return await change_connection(
            context=context,
            connection_id=connection_id,
            name=known.name,
            settings=msgspec.json.decode(known.settings),
            enabled=enabled,
            expected_version=known.version,
        )

    run(in_house(turned))
    click.echo(f"{connection_id} is {'enabled' if enabled else 'disabled'}.")


def _pairs(settings: tuple[str, ...]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for each in settings:
        name, equals, text = each.partition("=")
        if not equals or not name:
            raise Failure(f"--setting {each!r} is not NAME=VALUE.", USAGE)
        try:
            given[name] = msgspec.json.decode(text)
        except msgspec.DecodeError:
            given[name] = text
    return given


def _asked(name: str) -> str:
    """A secret from the terminal, unseen, or a line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\n")


for command in DEALINGS:
    connection_command.add_command(command)
