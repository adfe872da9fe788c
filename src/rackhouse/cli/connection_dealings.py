"""What goes on between a connection and its channel, as ``rackhouse connection`` has it."""

from collections.abc import Awaitable, Callable
from typing import Any

import click

from rackhouse.cli.session import administrator, open_house, run
from rackhouse.connectors import (
    GivenMapping,
    give_mappings,
    learn_again,
    mapping_page,
    poll_connection,
    push_connection,
    retry_troubles,
    troubles,
)
from rackhouse.platform.context import Context

__all__ = ["DEALINGS", "in_house"]

PAGE_LIMIT = 200


@click.command("mappings")
@click.argument("connection_id")
@click.option("--unmapped", is_flag=True, help="Only what is not mapped yet.")
def mappings_command(connection_id: str, unmapped: bool) -> None:
    """List what the channel of CONNECTION_ID calls our SKUs and locations."""
    for each in run(in_house(lambda context: _mappings(context, connection_id, unmapped))):
        own = each.own or "(not mapped)"
        told = f"{each.told_sku or ''} {each.name}"
        click.echo(f"{each.kind:8}  {each.remote_id:24}  {own:24}  {told}")


@click.command("map")
@click.argument("connection_id")
@click.argument("kind", type=click.Choice(["sku", "location"]))
@click.argument("remote_id")
@click.argument("own")
def map_command(connection_id: str, kind: str, remote_id: str, own: str) -> None:
    """Say that the channel of CONNECTION_ID calls OWN by the name REMOTE_ID."""
    given = [GivenMapping(kind=kind, remote_id=remote_id, own=own)]
    run(
        in_house(
            lambda context: give_mappings(context=context, connection_id=connection_id, given=given)
        )
    )
    click.echo(f"{remote_id} is {own}.")


@click.command("learn")
@click.argument("connection_id")
def learn_command(connection_id: str) -> None:
    """Have the catalog of CONNECTION_ID read anew by the worker."""
    run(in_house(lambda context: learn_again(context=context, connection_id=connection_id)))
    click.echo("The worker reads it.")


@click.command("poll")
@click.argument("connection_id")
def poll_command(connection_id: str) -> None:
    """Ask the channel of CONNECTION_ID for its sales now, and book them."""
    told = run(
        in_house(lambda context: poll_connection(context=context, connection_id=connection_id))
    )
    click.echo(f"It told of {told}.")


@click.command("push")
@click.argument("connection_id")
def push_command(connection_id: str) -> None:
    """Set the figures of CONNECTION_ID that are not as ours."""
    pushed = run(
        in_house(lambda context: push_connection(context=context, connection_id=connection_id))
    )
    click.echo(f"{pushed.changed} of {pushed.compared} were set.")
    for problem in pushed.problems:
        click.echo(problem, err=True)


@click.command("troubles")
@click.argument("connection_id")
def troubles_command(connection_id: str) -> None:
    """List what the channel of CONNECTION_ID told and could not be carried out."""
    found = run(
        in_house(
            lambda context: troubles(
                context=context, connection_id=connection_id, after=("", ""), limit=PAGE_LIMIT
            )
        )
    )
    for each in found:
        click.echo(f"{each.kind:8}  {each.id:24}  {each.problem}")


@click.command("retry")
@click.argument("connection_id")
def retry_command(connection_id: str) -> None:
    """Try again all that could not be carried out for CONNECTION_ID."""
    tried = run(
        in_house(
            lambda context: retry_troubles(
                context=context, connection_id=connection_id, kind=None, trouble_id=None
            )
        )
    )
    click.echo(f"{tried} are tried again.")


async def in_house(work: Callable[[Context], Awaitable[Any]]) -> Any:
    """Do something in this machine's house, as its administrator."""
    async with open_house() as house:
        return await work(administrator(house))


async def _mappings(context: Context, connection_id: str, unmapped: bool) -> list[Any]:
    found: list[Any] = []
    while True:
        page = await mapping_page(
            context=context,
            connection_id=connection_id,
            kind=None,
            mapped=False if unmapped else None,
            after=(found[-1].kind, found[-1].remote_id) if found else ("", ""),
            limit=PAGE_LIMIT,
        )
        found += page
        if len(page) < PAGE_LIMIT:
            return found


DEALINGS = (
    mappings_command,
    map_command,
    learn_command,
    poll_command,
    push_command,
    troubles_command,
    retry_command,
)
