"""``rackhouse signin``."""

import click

from rackhouse.cli.session import open_house, run
from rackhouse.identity import new_signin_code
from rackhouse.identity.module import MODULE as IDENTITY
from rackhouse.platform.house import House

__all__ = ["signin_command", "signin_link"]


@click.command("signin")
@click.option(
    "--role", "roles", multiple=True, default=("admin",), show_default=True, help="A role."
)
def signin_command(roles: tuple[str, ...]) -> None:
    """Print a link that signs one person in to the console, once, within 15 minutes."""
    click.echo(run(_link(roles)))


async def signin_link(house: House, roles: tuple[str, ...]) -> str:
    """A link to the console that works once."""
    code = await new_signin_code(house=house, roles=roles)
    return f"{house.settings.issuer}/signin?code={code}"


async def _link(roles: tuple[str, ...]) -> str:
    async with open_house(modules=[IDENTITY]) as house:
        return await signin_link(house, roles)
