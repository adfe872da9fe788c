"""``rackhouse safety``: pieces that are kept back, from everybody or from one channel."""

import click
import msgspec

from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import KeptBack, KeptBackPlace, ToKeepBack, keep_back, kept_back

__all__ = ["safety_command"]

PAGE_LIMIT = 200


@click.group("safety")
def safety_command() -> None:
    """Set and list safety stocks, and what channels leave to the others."""


@safety_command.command("set")
@click.argument("sku")
@click.argument("quantity", type=click.IntRange(min=0))
@click.option("--location", help="Where; without it, wherever --channel sells from.")
@click.option("--channel", help="Only from this channel, as its buffer.")
@click.option("--json", "as_json", is_flag=True, help="Print what is kept back as JSON.")
def set_command(
    sku: str, quantity: int, location: str | None, channel: str | None, as_json: bool
) -> None:
    """Sell nobody, or with --channel not through that channel, the last QUANTITY pieces of SKU."""
    if location is None and channel is None:
        raise click.UsageError("Name --location, or --channel whose locations are meant.")
    level = ToKeepBack(sku=sku, quantity=quantity, location=location, channel=channel)
    _tell(run(_set(level)), as_json)


@safety_command.command("list")
@click.option("--sku", help="Only of this SKU.")
@click.option("--channel", help="Only what this channel leaves to the others.")
@click.option("--json", "as_json", is_flag=True, help="Print what is kept back as JSON.")
def list_command(sku: str | None, channel: str | None, as_json: bool) -> None:
    """List what is kept back."""
    _tell(run(_listed(sku, channel)), as_json)


def _tell(found: list[KeptBack], as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        whom = f"from {each.channel}" if each.channel else "from everybody"
        click.echo(f"{each.sku:24}  {each.location:16}  {each.quantity:>9}  {whom}")


async def _set(level: ToKeepBack) -> list[KeptBack]:
    async with open_house() as house:
        context = administrator(house)
        await keep_back(context=context, levels=[level])
        return await kept_back(
            context=context, skus=[level.sku], channel=None, after=None, limit=PAGE_LIMIT
        )


async def _listed(sku: str | None, channel: str | None) -> list[KeptBack]:
    found: list[KeptBack] = []
    after: KeptBackPlace | None = None
    async with open_house() as house:
        while True:
            page = await kept_back(
                context=administrator(house),
                skus=None if sku is None else [sku],
                channel=channel,
                after=after,
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found
            last = page[-1]
            after = KeptBackPlace(last.sku, last.location, last.channel or "")
