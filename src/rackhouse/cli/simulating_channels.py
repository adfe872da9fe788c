"""``rackhouse simulator``: stand-ins for where channels sell, to try things out with."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from rackhouse.cli.command_line import USAGE, Failure

__all__ = ["simulator_command"]

KINDS = ("marketplace", "sftp", "shopify", "square", "woocommerce")
DELIVER_EVERY_SECONDS = 0.5


class _Asked(NamedTuple):
    """What the simulator shall be."""

    kind: str
    port: int
    token: str
    key: str
    faults: Any
    folder: Path
    control_port: int
    deliver_to: str | None


class _Line(NamedTuple):
    """How a simulator is reached, and what a connection to it is opened with."""

    address: str
    settings: dict[str, Any]
    secrets: dict[str, str]


@click.command("simulator")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--port", default=9000, show_default=True, help="Port of the loopback; 0: any.")
@click.option("--item", "items", multiple=True, help="SKU=FIGURE to sell; may be repeated.")
@click.option("--token", default="simulated-token", show_default=True, help="What lets one in.")
@click.option("--key", default="simulated-key", show_default=True, help="What signs deliveries.")
@click.option("--deliver-to", help="The URL of a connection's inbox.")
@click.option("--duplicates", default=0.0, help="The share of deliveries that come twice.")
@click.option("--reorderings", default=0.0, help="The share of deliveries that come late.")
@click.option("--failures", default=0.0, help="The share of deliveries and answers that fail.")
@click.option("--seed", default=1, show_default=True, help="The same seed, the same mishaps.")
@click.option(
    "--folder",
    default="exchange",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Of sftp: where its files are.",
)
@click.option(
    "--control-port",
    default=0,
    show_default=True,
    help="Of sftp: port where /_simulator/sales is; 0: any.",
)
def simulator_command(
    kind: str,
    port: int,
    items: tuple[str, ...],
    token: str,
    key: str,
    deliver_to: str | None,
    duplicates: float,
    reorderings: float,
    failures: float,
    seed: int,
    folder: Path,
    control_port: int,
) -> None:
    """Run a stand-in for a channel of a KIND on this machine, until it is interrupted.

    It speaks the real protocol, says what a connection to it is opened with, and sells when it is
    asked to by POST /_simulator/sales.
    """
    from rackhouse.simulators import Faults

    faults = Faults(duplicates=duplicates, reorderings=reorderings, failures=failures, seed=seed)
    asked = _Asked(kind, port, token, key, faults, folder, control_port, deliver_to)
    simulator = _made(asked)
    simulator.deliveries.address = deliver_to
    for item in items:
        sku, equals, figure = item.partition("=")
        if not equals or not figure.isdigit():
            raise Failure(f"--item {item!r} is not SKU=FIGURE.", USAGE)
        simulator.shop.add_item(sku, stock={simulator.shop.places[0]: int(figure)})
    asyncio.run(_until_told(simulator, asked))


def _made(asked: _Asked) -> Any:
    from rackhouse.simulators import (
        MarketplaceSimulator,
        ShopifySimulator,
        SquareSimulator,
        WooSimulator,
    )

    token, key, faults = asked.token, asked.key, asked.faults
    makers: dict[str, Callable[[], Any]] = {
        "marketplace": lambda: MarketplaceSimulator(token=token, signing_key=key, faults=faults),
        "sftp": lambda: _file_market(asked),
        "shopify": lambda: ShopifySimulator(access_token=token, client_secret=key, faults=faults),
        "square": lambda: SquareSimulator(access_token=token, signature_key=key, faults=faults),
        "woocommerce": lambda: WooSimulator(
            consumer_key="ck_simulated", consumer_secret=token, webhook_secret=key, faults=faults
        ),
    }
    return makers[asked.kind]()


def _file_market(asked: _Asked) -> Any:
    from rackhouse.simulators import SftpMarketSimulator

    try:
        return SftpMarketSimulator(asked.folder, password=asked.token, faults=asked.faults)
    except ImportError:
        raise Failure("Install rackhouse[sftp] first, which speaks SFTP.", USAGE) from None


async def _until_told(simulator: Any, asked: _Asked) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP."""
    task = asyncio.ensure_future(_served(simulator, asked))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _served(simulator: Any, asked: _Asked) -> None:
    opened = _exchanging if asked.kind == "sftp" else _listening
    async with opened(simulator, asked) as line:
        click.echo(f"The simulator listens on {line.address}.")
        told = {"adapter": asked.kind, "settings": line.settings, "secrets": line.secrets}
        click.echo(f"Open a connection with {msgspec.json.encode(told).decode()}")
        while True:
            await simulator.deliveries.send_all()
            await asyncio.sleep(DELIVER_EVERY_SECONDS)


@contextlib.asynccontextmanager
async def _listening(simulator: Any, asked: _Asked) -> AsyncIterator[_Line]:
    from rackhouse.simulators import serving

    async with serving(simulator, port=asked.port) as url:
        yield _Line(url, _settings(simulator, asked, url), _secrets(asked))


@contextlib.asynccontextmanager
async def _exchanging(simulator: Any, asked: _Asked) -> AsyncIterator[_Line]:
    from rackhouse.simulators import serving, serving_sftp

    simulator.write_catalog()
    async with (
        serving_sftp(simulator, port=asked.port) as port,
        serving(simulator, port=asked.control_port) as control,
    ):
        settings = {
            "host": "127.0.0.1",
            "port": port,
            "user": simulator.user,
            "host_key": simulator.public_key,
        }
        address = (
            f"sftp://127.0.0.1:{port}, its files are in {asked.folder}, it is told at {control}"
        )
        yield _Line(address, settings, {"password": asked.token})


def _settings(simulator: Any, asked: _Asked, url: str) -> dict[str, Any]:
    if asked.kind == "shopify":
        return {"shop": "simulated.myshopify.com", "url": url}
    if asked.kind == "square":
        inbox = {} if asked.deliver_to is None else {"notification_url": asked.deliver_to}
        return {"url": url, "locations": simulator.shop.places, **inbox}
    return {"url": url}


def _secrets(asked: _Asked) -> dict[str, str]:
    if asked.kind == "woocommerce":
        return {
            "consumer_key": "ck_simulated",
            "consumer_secret": asked.token,
            "webhook_secret": asked.key,
        }
    names = {
        "marketplace": ("token", "signing_key"),
        "shopify": ("access_token", "client_secret"),
        "square": ("access_token", "signature_key"),
    }
    return dict(zip(names[asked.kind], (asked.token, asked.key), strict=True))
