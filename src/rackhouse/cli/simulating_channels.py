"""``rackhouse simulator``: stand-ins for where channels sell, to try things out with."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import click

from rackhouse.cli.command_line import USAGE, Failure

__all__ = ["simulator_command"]

KINDS = ("marketplace", "shopify", "square", "woocommerce")
DELIVER_EVERY_SECONDS = 0.5


@click.command("simulator")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--port", default=9000, show_default=True, help="Port of the loopback.")
@click.option("--item", "items", multiple=True, help="SKU=FIGURE to sell; may be repeated.")
@click.option("--token", default="simulated-token", show_default=True, help="What lets one in.")
@click.option("--key", default="simulated-key", show_default=True, help="What signs deliveries.")
@click.option("--deliver-to", help="The URL of a connection's inbox.")
@click.option("--duplicates", default=0.0, help="The share of deliveries that come twice.")
@click.option("--reorderings", default=0.0, help="The share of deliveries that come late.")
@click.option("--failures", default=0.0, help="The share of deliveries and answers that fail.")
@click.option("--seed", default=1, show_default=True, help="The same seed, the same mishaps.")
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
) -> None:
    """Run a stand-in for a channel of a KIND on this machine, until it is interrupted.

    It speaks the real protocol, and sells when it is asked to by POST /_simulator/sales.
    """
    from rackhouse.simulators import Faults

    faults = Faults(duplicates=duplicates, reorderings=reorderings, failures=failures, seed=seed)
    simulator = _made(kind, token, key, faults)
    simulator.deliveries.address = deliver_to
    for item in items:
        sku, equals, figure = item.partition("=")
        if not equals or not figure.isdigit():
            raise Failure(f"--item {item!r} is not SKU=FIGURE.", USAGE)
        simulator.shop.add_item(sku, stock={simulator.shop.places[0]: int(figure)})
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_served(simulator, port))


def _made(kind: str, token: str, key: str, faults: Any) -> Any:
    from rackhouse.simulators import (
        MarketplaceSimulator,
        ShopifySimulator,
        SquareSimulator,
        WooSimulator,
    )

    makers: dict[str, Callable[[], Any]] = {
        "marketplace": lambda: MarketplaceSimulator(token=token, signing_key=key, faults=faults),
        "shopify": lambda: ShopifySimulator(access_token=token, client_secret=key, faults=faults),
        "square": lambda: SquareSimulator(access_token=token, signature_key=key, faults=faults),
        "woocommerce": lambda: WooSimulator(
            consumer_key="ck_simulated", consumer_secret=token, webhook_secret=key, faults=faults
        ),
    }
    return makers[kind]()


async def _served(simulator: Any, port: int) -> None:
    from rackhouse.simulators import serving

    async with serving(simulator, port=port) as url:
        click.echo(f"The simulator listens on {url}.")
        while True:
            await simulator.deliveries.send_all()
            await asyncio.sleep(DELIVER_EVERY_SECONDS)
