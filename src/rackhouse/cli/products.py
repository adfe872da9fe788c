"""``rackhouse products``: what is in the catalog, its versions, and when it is for sale."""

from typing import Any

import click
import msgspec

from rackhouse.catalog import (
    ORDERS,
    ComparedVersions,
    ListedProduct,
    ProductVersion,
    Sought,
    State,
    compare_product_versions,
    patch_product,
    product_of,
    product_versions,
    products_page,
    restore_product,
)
from rackhouse.cli.session import administrator, open_house, run

__all__ = ["products_command"]

STATES = ("draft", "scheduled", "live", "archived")
LIST_LIMIT = 50
HISTORY_LIMIT = 20
LIMIT_MAX = 10_000


@click.group("products")
def products_command() -> None:
    """Show products and their versions; let them go live, archive and restore them."""


@products_command.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only what is so at the moment.")
@click.option("--type", "type_name", help="Only of this product type.")
@click.option("--limit", type=click.IntRange(1, LIMIT_MAX), default=LIST_LIMIT, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the products as JSON.")
def list_command(state: State | None, type_name: str | None, limit: int, as_json: bool) -> None:
    """List products by their names."""
    found = run(_listed(Sought(state=state, type=type_name), limit))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        click.echo(f"{each.id:36}  {_state_of(each):38}  {each.availability:9}  {each.name}")


@products_command.command("show")
@click.argument("product_id")
def show_command(product_id: str) -> None:
    """Show the product PRODUCT_ID as JSON."""
    _print(run(_shown(product_id)))


@products_command.command("history")
@click.argument("product_id")
@click.option(
    "--limit", type=click.IntRange(1, LIMIT_MAX), default=HISTORY_LIMIT, show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="Print the versions as JSON.")
def history_command(product_id: str, limit: int, as_json: bool) -> None:
    """Say who changed PRODUCT_ID and when, the newest version in front."""
    found = run(_versions(product_id, limit))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        at = each.written_at.isoformat(timespec="seconds")
        click.echo(f"{each.version:6}  {at}  {each.actor:30}  {_what_of(each)}")


@products_command.command("compare")
@click.argument("product_id")
@click.argument("from_version", type=int)
@click.argument("to_version", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def compare_command(product_id: str, from_version: int, to_version: int, as_json: bool) -> None:
    """Say what TO_VERSION of PRODUCT_ID says otherwise than FROM_VERSION."""
    compared = run(_compared(product_id, from_version, to_version))
    if as_json:
        _print(compared)
        return
    for each in compared.differences:
        click.echo(f"{each.field}: {_json(each.before)} -> {_json(each.after)}")
    if not compared.differences:
        click.echo("They say the same.")


@products_command.command("restore")
@click.argument("product_id")
@click.argument("version", type=int)
@click.option("--with-life", is_flag=True, help="Its stage and moments, too.")
def restore_command(product_id: str, version: int, with_life: bool) -> None:
    """Describe PRODUCT_ID again as VERSION of it did, also if it was removed."""
    _tell(run(_restored(product_id, version, with_life)))


@products_command.command("schedule")
@click.argument("product_id")
@click.argument("moment")
@click.option("--until", help="The moment at which it is archived.")
def schedule_command(product_id: str, moment: str, until: str | None) -> None:
    """Let PRODUCT_ID go live at MOMENT, such as 2027-05-01T10:00:00Z, or `now`."""
    patch: dict[str, Any] = {"stage": "live", "goes_live_at": None if moment == "now" else moment}
    _tell(run(_patched(product_id, patch | ({} if until is None else {"archives_at": until}))))


@products_command.command("archive")
@click.argument("product_id")
@click.option("--at", "moment", help="The moment at which it is; without one, now.")
def archive_command(product_id: str, moment: str | None) -> None:
    """Take PRODUCT_ID off sale. Its orders, stock and versions stay."""
    _tell(run(_patched(product_id, {"archives_at": moment} if moment else {"stage": "archived"})))


def _state_of(product: ListedProduct) -> str:
    """The state, and until when it is that."""
    moment = product.goes_live_at if product.state == "scheduled" else product.archives_at
    if moment is None or product.state not in ("scheduled", "live"):
        return product.state
    return f"{product.state} until {moment.isoformat(timespec='seconds')}"


def _what_of(version: ProductVersion) -> str:
    if version.document is None:
        return "removed"
    name = str(version.document.get("name"))
    restored = version.restored_version
    return name if restored is None else f"{name} (restored from version {restored})"


def _tell(product: ListedProduct) -> None:
    click.echo(f"{product.id} has version {product.version} and is {_state_of(product)}.")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _print(found: msgspec.Struct) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(found)))


async def _listed(sought: Sought, limit: int) -> list[ListedProduct]:
    async with open_house() as house:
        return await products_page(
            context=administrator(house),
            sought=sought,
            order=ORDERS["name"],
            after=None,
            limit=limit,
        )


async def _shown(product_id: str) -> ListedProduct:
    async with open_house() as house:
        return await product_of(context=administrator(house), product_id=product_id, only_type=None)


async def _versions(product_id: str, limit: int) -> list[ProductVersion]:
    async with open_house() as house:
        return await product_versions(
            context=administrator(house), product_id=product_id, before=None, limit=limit
        )


async def _compared(product_id: str, from_version: int, to_version: int) -> ComparedVersions:
    async with open_house() as house:
        return await compare_product_versions(
            context=administrator(house),
            product_id=product_id,
            from_version=from_version,
            to_version=to_version,
        )


async def _restored(product_id: str, version: int, with_life: bool) -> ListedProduct:
    async with open_house() as house:
        return await restore_product(
            context=administrator(house),
            product_id=product_id,
            version=version,
            life="restore" if with_life else "keep",
            expected_version=None,
        )


async def _patched(product_id: str, patch: dict[str, Any]) -> ListedProduct:
    async with open_house() as house:
        return await patch_product(
            context=administrator(house),
            product_id=product_id,
            only_type=None,
            patch=patch,
            expected_version=None,
        )
