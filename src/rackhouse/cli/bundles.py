"""``rackhouse bundles``: bundles that are put together by hand, from a collection or by rule."""

from pathlib import Path

import click
import msgspec

from rackhouse.cli.collections import terms_in
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.curation import (
    BundleTerms,
    CuratedBundle,
    accept_curated_bundle,
    change_curated_bundle,
    curated_bundle_of,
    curated_bundle_page,
    propose_again,
    propose_curated_bundle,
    remove_curated_bundle,
)

__all__ = ["bundles_command"]

PAGE_LIMIT = 200
KEPT_FIELDS = (
    *("id", "state", "proposal", "can_be_made", "accepted", "in_catalog", "trouble", "version"),
    *("created_at", "updated_at"),
)


@click.group("bundles")
def bundles_command() -> None:
    """Propose curated bundles, accept, show and remove them."""


@bundles_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the bundles as JSON.")
def list_command(as_json: bool) -> None:
    """List every curated bundle."""
    found = run(_listed())
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        price = f"{each.proposal.price_minor} {each.proposal.currency}"
        click.echo(f"{each.id:24}  {each.state:9}  {price:>14}  {each.name}")


@bundles_command.command("show")
@click.argument("bundle_id")
@click.option("--json", "as_json", is_flag=True, help="Print the bundle as JSON.")
def show_command(bundle_id: str, as_json: bool) -> None:
    """Show what is proposed of the curated bundle BUNDLE_ID, and how many can be made now."""
    _tell(run(_shown(bundle_id)), as_json)


@bundles_command.command("propose")
@click.argument("bundle_id")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the bundle as JSON.")
def propose_command(bundle_id: str, file: Path | None, as_json: bool) -> None:
    """Propose the curated bundle BUNDLE_ID, as FILE (JSON) says. Without a file, choose and reckon
    anew what one that there is already would be made of now."""
    terms = None if file is None else terms_in(file, BundleTerms, KEPT_FIELDS)
    _tell(run(_proposed(bundle_id, terms)), as_json)


@bundles_command.command("change")
@click.argument("bundle_id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the bundle as JSON.")
def change_command(bundle_id: str, file: Path, as_json: bool) -> None:
    """Say anew what the curated bundle BUNDLE_ID is, as FILE (JSON) says: another proposal."""
    _tell(run(_changed(bundle_id, terms_in(file, BundleTerms, KEPT_FIELDS))), as_json)


@bundles_command.command("accept")
@click.argument("bundle_id")
@click.argument("version", type=click.IntRange(min=1))
def accept_command(bundle_id: str, version: int) -> None:
    """Accept what is proposed of the curated bundle BUNDLE_ID in its VERSION, as it was shown."""
    accepted = run(_accepted(bundle_id, version))
    where = "in the catalog" if accepted.in_catalog else "not in the catalog yet"
    click.echo(f"{bundle_id} is {accepted.state}, {where}.")


@bundles_command.command("remove")
@click.argument("bundle_id")
def remove_command(bundle_id: str) -> None:
    """Remove the curated bundle BUNDLE_ID, and its product. Orders of it stay as they are."""
    run(_removed(bundle_id))
    click.echo(f"{bundle_id} is removed.")


def _tell(bundle: CuratedBundle, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(bundle))
        return
    proposal = bundle.proposal
    click.echo(f"{bundle.id}: {bundle.name}, {bundle.state}, version {bundle.version}")
    click.echo(f"  {proposal.price_minor} {proposal.currency}, {bundle.can_be_made} can be made")
    for each in proposal.components:
        click.echo(f"  {each.quantity} × {each.sku:24}  {each.name}")
    if bundle.trouble is not None:
        click.echo(f"  {bundle.trouble}", err=True)


async def _listed() -> list[CuratedBundle]:
    found: list[CuratedBundle] = []
    async with open_house() as house:
        while True:
            page = await curated_bundle_page(
                context=administrator(house),
                after=found[-1].id if found else "",
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found


async def _shown(bundle_id: str) -> CuratedBundle:
    async with open_house() as house:
        return await curated_bundle_of(context=administrator(house), bundle_id=bundle_id)


async def _proposed(bundle_id: str, terms: BundleTerms | None) -> CuratedBundle:
    async with open_house() as house:
        context = administrator(house)
        if terms is None:
            return await propose_again(context=context, bundle_id=bundle_id)
        return await propose_curated_bundle(context=context, bundle_id=bundle_id, terms=terms)


async def _changed(bundle_id: str, terms: BundleTerms) -> CuratedBundle:
    async with open_house() as house:
        return await change_curated_bundle(
            context=administrator(house), bundle_id=bundle_id, terms=terms, expected_version=None
        )


async def _accepted(bundle_id: str, version: int) -> CuratedBundle:
    async with open_house() as house:
        return await accept_curated_bundle(
            context=administrator(house), bundle_id=bundle_id, expected_version=version
        )


async def _removed(bundle_id: str) -> None:
    async with open_house() as house:
        await remove_curated_bundle(
            context=administrator(house), bundle_id=bundle_id, expected_version=None
        )
