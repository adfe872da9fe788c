"""``rackhouse serve``: the API and the console, without the jobs."""

import click

from rackhouse.cli.running import Plan, keep_running
from rackhouse.modules import MODULES
from rackhouse.platform.environment import read_settings
from rackhouse.platform.house import House
from rackhouse.platform.telemetry import configure_logs

__all__ = ["serve_command"]


@click.command("serve")
@click.option("--modules", help="Serve the endpoints of these only, separated by commas.")
@click.option("--workers", type=click.IntRange(1, 64), help="How many processes.")
def serve_command(modules: str | None, workers: int | None) -> None:
    """Serve the API and the console; somewhere else `rackhouse work` does the jobs."""
    settings = read_settings()
    configure_logs(settings)
    named = _named(modules)
    keep_running(
        settings,
        Plan(
            api_workers=workers or settings.api_workers,
            modules=named,
            jobs=False,
            prepare=_nothing,
            ready=_say_ready,
        ),
    )


def _named(modules: str | None) -> tuple[str, ...]:
    known = [module.name for module in MODULES]
    named = tuple(known if modules is None else (name.strip() for name in modules.split(",")))
    for name in named:
        if name not in known:
            raise click.UsageError(f"there is no module {name!r}; there are {', '.join(known)}.")
    return named


async def _nothing(house: House) -> None:
    """Nothing is to be prepared."""


async def _say_ready(house: House) -> None:
    settings = house.settings
    grpc = f", and gRPC at {settings.host}:{settings.grpc_port}" if settings.grpc_port else ""
    click.echo(f"Serving {settings.issuer}{grpc}. Ctrl-C ends it.")
