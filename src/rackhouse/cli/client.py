"""``rackhouse client``: API clients, as the API itself knows them."""

import click
import msgspec

from rackhouse.cli.session import administrator, open_house, run
from rackhouse.identity import (
    Client,
    NewClient,
    disable_client,
    list_clients,
    register_client,
)
from rackhouse.identity.module import MODULE as IDENTITY

__all__ = ["client_command"]

PAGE_LIMIT = 200


@click.group("client")
def client_command() -> None:
    """Add, list and disable API clients."""


@client_command.command("add")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, help="A role; may be repeated.")
@click.option("--channel", help="Bind the client to this channel.")
@click.option("--customer", help="Bind the client to this customer.")
@click.option("--json", "as_json", is_flag=True, help="Print the client as JSON.")
def add_command(
    name: str, roles: tuple[str, ...], channel: str | None, customer: str | None, as_json: bool
) -> None:
    """Register a client called NAME and show its secret, this one time."""
    added = run(_added(name, roles, channel, customer))
    if as_json:
        click.echo(msgspec.json.encode(added))
        return
    click.echo(f"client_id      {added.client_id}")
    click.echo(f"client_secret  {added.client_secret}")
    click.echo("Keep the secret now; it can not be shown again.", err=True)


@client_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the clients as JSON.")
def list_command(as_json: bool) -> None:
    """List every client."""
    clients = run(_listed())
    if as_json:
        click.echo(msgspec.json.encode(clients))
        return
    for client in clients:
        bound = " ".join(filter(None, (client.channel, client.customer_id)))
        state = "disabled" if client.disabled_at else "enabled"
        roles = ",".join(client.roles)
        click.echo(f"{client.client_id}  {state:8}  {roles:20}  {bound:20}  {client.name}")


@client_command.command("disable")
@click.argument("client_id")
def disable_command(client_id: str) -> None:
    """Shut the client CLIENT_ID out for good."""
    client = run(_disabled(client_id))
    click.echo(f"{client.client_id} is disabled.")


async def _added(
    name: str, roles: tuple[str, ...], channel: str | None, customer: str | None
) -> NewClient:
    async with open_house(modules=[IDENTITY]) as house:
        return await register_client(
            context=administrator(house),
            name=name,
            roles=roles,
            channel=channel,
            customer_id=customer,
        )


async def _listed() -> list[Client]:
    clients: list[Client] = []
    async with open_house(modules=[IDENTITY]) as house:
        while True:
            page = await list_clients(
                context=administrator(house),
                after=clients[-1].client_id if clients else None,
                limit=PAGE_LIMIT,
            )
            clients += page
            if len(page) < PAGE_LIMIT:
                return clients


async def _disabled(client_id: str) -> Client:
    async with open_house(modules=[IDENTITY]) as house:
        return await disable_client(context=administrator(house), client_id=client_id)
