"""``rackhouse up``: everything, ready to use."""

import click

from rackhouse.cli.demo import load_demo
from rackhouse.cli.running import Plan, keep_running
from rackhouse.cli.signin import signin_link
from rackhouse.modules import MODULES
from rackhouse.platform.environment import read_settings
from rackhouse.platform.house import House
from rackhouse.platform.telemetry import configure_logs

__all__ = ["up_command"]


@click.command("up")
def up_command() -> None:
    """Start everything and keep it running: PostgreSQL, migrations, the demo house, the API, the
    console and the jobs. Ctrl-C ends it."""
    settings = read_settings()
    configure_logs(settings)
    click.echo("Starting Rackhouse ...")
    keep_running(
        settings,
        Plan(
            api_workers=settings.api_workers,
            modules=tuple(module.name for module in MODULES),
            jobs=True,
            prepare=_prepare,
            ready=_welcome,
        ),
    )
    click.echo("Rackhouse has ended.")


async def _prepare(house: House) -> None:
    if house.settings.demo and await load_demo(house):
        click.echo("Loaded the demo house. (RACKHOUSE_DEMO=false leaves it out.)")


async def _welcome(house: House) -> None:
    link = await signin_link(house, ("admin",))
    settings = house.settings
    grpc = f"{settings.host}:{settings.grpc_port}" if settings.grpc_port else "not served"
    click.echo(
        f"\nRackhouse is ready.\n\n"
        f"  Console   {link}\n"
        f"            works once, within 15 minutes; `rackhouse signin` makes another\n"
        f"  API       {settings.issuer}/openapi.json\n"
        f"            `rackhouse token --role admin` prints a token for it\n"
        f"  gRPC      {grpc}\n\n"
        f"Ctrl-C ends it."
    )
