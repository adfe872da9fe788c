"""``rackhouse work``: the jobs, without the API."""

import click

from rackhouse.cli.running import Plan, keep_running
from rackhouse.platform.environment import read_settings
from rackhouse.platform.house import House
from rackhouse.platform.telemetry import configure_logs

__all__ = ["work_command"]


@click.command("work")
def work_command() -> None:
    """Do what is done on a clock, and deliver events to the modules that subscribe to them.

    Any number of these may run; each piece of work is done by one of them at a time.
    """
    settings = read_settings()
    configure_logs(settings)
    keep_running(
        settings, Plan(api_workers=0, modules=(), jobs=True, prepare=_nothing, ready=_say_ready)
    )


async def _nothing(house: House) -> None:
    """Nothing is to be prepared."""


async def _say_ready(house: House) -> None:
    click.echo("Doing the jobs. Ctrl-C ends it.")
