"""``rackhouse collections``: products that are shown together, by hand and by rule."""

from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from rackhouse.cli.command_line import USAGE, Failure
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.curation import (
    Collection,
    CollectionNow,
    CollectionPage,
    CollectionPreview,
    CollectionTerms,
    change_collection,
    collection_now,
    collection_page,
    collection_products,
    create_collection,
    preview_collection,
    remove_collection,
)
from rackhouse.search import FoundProduct, Search

__all__ = ["collections_command", "terms_in"]

PAGE_LIMIT = 200
KEPT_FIELDS = (
    *("id", "state", "reason", "version", "created_at", "updated_at"),
    *("products", "missing"),
)

Said = TypeVar("Said", bound=msgspec.Struct)


@click.group("collections")
def collections_command() -> None:
    """Make collections of products, show, change and remove them."""


@collections_command.command("list")
@click.option("--channel", help="Only those for this channel, and those for all.")
@click.option("--json", "as_json", is_flag=True, help="Print the collections as JSON.")
def list_command(channel: str | None, as_json: bool) -> None:
    """List every collection, also those that are not open."""
    found = run(_listed(channel))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        ways = f"{len(each.members)} by hand{', by rule' if each.rule else ''}"
        click.echo(f"{each.id:24}  {each.state:9}  {ways:20}  {each.title}")
        if each.reason is not None:
            click.echo(f"  {each.reason}")


@collections_command.command("show")
@click.argument("collection_id")
def show_command(collection_id: str) -> None:
    """Show the collection COLLECTION_ID as JSON, as a file for `change` would describe it."""
    _print(run(_shown(collection_id)))


@collections_command.command("products")
@click.argument("collection_id")
@click.option(
    "--limit",
    type=click.IntRange(1, PAGE_LIMIT),
    default=50,
    show_default=True,
    help="Most products to print.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the products as JSON.")
def products_command(collection_id: str, limit: int, as_json: bool) -> None:
    """List what belongs to the collection COLLECTION_ID now, in its own order."""
    page = run(_products(collection_id, limit))
    if as_json:
        click.echo(msgspec.json.encode(page.found.items))
        return
    _tell(page.found.items, page.found.total)
    if page.reason is not None:
        click.echo(page.reason, err=True)


@collections_command.command("create")
@click.argument("collection_id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def create_command(collection_id: str, file: Path) -> None:
    """Make the collection COLLECTION_ID, as FILE (JSON) says."""
    _print(run(_created(collection_id, terms_in(file, CollectionTerms, KEPT_FIELDS))))


@collections_command.command("change")
@click.argument("collection_id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def change_command(collection_id: str, file: Path) -> None:
    """Say anew what the collection COLLECTION_ID is, as FILE (JSON) says."""
    _print(run(_changed(collection_id, terms_in(file, CollectionTerms, KEPT_FIELDS))))


@collections_command.command("preview")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def preview_command(file: Path) -> None:
    """List what would belong to a collection such as FILE (JSON) describes; nothing is changed."""
    preview = run(_previewed(terms_in(file, CollectionTerms, KEPT_FIELDS)))
    _tell(preview.items, preview.total)
    for each in preview.missing:
        click.echo(f"{each} is not found", err=True)


@collections_command.command("remove")
@click.argument("collection_id")
def remove_command(collection_id: str) -> None:
    """Remove the collection COLLECTION_ID. Its products stay what they are."""
    run(_removed(collection_id))
    click.echo(f"{collection_id} is removed.")


def terms_in(file: Path, terms: type[Said], kept: tuple[str, ...]) -> Said:
    """What a JSON file says, which may bring along fields that Rackhouse keeps itself."""
    try:
        said = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        own = {name: each for name, each in said.items() if name not in kept}
        return msgspec.convert(own, terms)
    except OSError as error:
        raise Failure(f"{file} can not be read: {error.strerror}", USAGE) from None
    except msgspec.MsgspecError as error:
        raise Failure(f"{file}: {error}", USAGE) from None


def _tell(items: list[FoundProduct], total: int) -> None:
    click.echo(f"{total:,} {'product' if total == 1 else 'products'}")
    for each in items:
        price = "" if each.price_minor is None else f"{each.price_minor} {each.currency}"
        click.echo(f"{each.id:40}  {price:>12}  {each.name}")


def _print(found: msgspec.Struct) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(found)))


async def _listed(channel: str | None) -> list[Collection]:
    found: list[Collection] = []
    async with open_house() as house:
        while True:
            page = await collection_page(
                context=administrator(house),
                channel=channel,
                after=found[-1].id if found else "",
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found


async def _shown(collection_id: str) -> CollectionNow:
    async with open_house() as house:
        return await collection_now(context=administrator(house), collection_id=collection_id)


async def _products(collection_id: str, limit: int) -> CollectionPage:
    async with open_house() as house:
        return await collection_products(
            context=administrator(house),
            collection_id=collection_id,
            search=Search(sort="collection", limit=limit),
            after=None,
        )


async def _created(collection_id: str, terms: CollectionTerms) -> Collection:
    async with open_house() as house:
        return await create_collection(
            context=administrator(house), collection_id=collection_id, terms=terms
        )


async def _changed(collection_id: str, terms: CollectionTerms) -> Collection:
    async with open_house() as house:
        return await change_collection(
            context=administrator(house),
            collection_id=collection_id,
            terms=terms,
            expected_version=None,
        )


async def _previewed(terms: CollectionTerms) -> CollectionPreview:
    async with open_house() as house:
        return await preview_collection(context=administrator(house), terms=terms)


async def _removed(collection_id: str) -> None:
    async with open_house() as house:
        await remove_collection(
            context=administrator(house), collection_id=collection_id, expected_version=None
        )
