"""``rackhouse stock``."""

import click
import msgspec

from rackhouse.catalog import Component, components_of
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import Availability, AvailabilityOfSku, availability

__all__ = ["stock_command"]


@click.command("stock")
@click.argument("sku")
@click.option("--channel", help="As this channel sees it.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def stock_command(sku: str, channel: str | None, as_json: bool) -> None:
    """Say how much there is of SKU now, at each location.

    SKU may also be a product or a bundle: of a bundle there is what its scarcest component allows.
    """
    found, made_of = run(_read(sku, channel))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found.skus:
        _tell(each, made_of.get(each.sku, ()))


def _tell(found: AvailabilityOfSku, made_of: tuple[Component, ...]) -> None:
    click.echo(f"{found.sku}: {found.available} available")
    if made_of:
        click.echo("  made of " + ", ".join(f"{each.quantity} × {each.sku}" for each in made_of))
    for at in found.locations:
        figures = f"{at.available:>9} available  {at.on_hand:>9} on hand"
        reserved = f"{at.held + at.committed:>9} reserved"
        coming = f"  {at.incoming} to come" if at.incoming else ""
        click.echo(f"  {at.location:24}  {figures}  {reserved}{coming}")
    if found.promised is not None:
        promised = found.promised
        click.echo(f"  {promised.available} for {promised.promised_at:%Y-%m-%d} may be sold before")


async def _read(
    sku: str, channel: str | None
) -> tuple[Availability, dict[str, tuple[Component, ...]]]:
    async with open_house() as house:
        found = await availability(context=administrator(house), id=sku, channel=channel)
        made_of = await components_of(house=house, skus=[each.sku for each in found.skus])
        return found, {sku: parts for sku, parts in made_of.items() if parts[0].sku != sku}
