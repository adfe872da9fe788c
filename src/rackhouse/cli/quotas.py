"""``rackhouse quota``: caps that SKUs share."""

from typing import get_args

import click
import msgspec

from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import (
    Per,
    QuotaTerms,
    QuotaUse,
    end_quota,
    quota_of,
    quota_uses,
    quotas,
    set_quota,
)

__all__ = ["quota_command"]

PAGE_LIMIT = 200


@click.group("quota")
def quota_command() -> None:
    """Set, show, list and end quotas."""


@quota_command.command("set")
@click.argument("quota")
@click.argument("skus", nargs=-1, required=True, metavar="SKU...")
@click.option("--cap", type=click.IntRange(min=0), required=True, help="How many pieces at most.")
@click.option("--per", type=click.Choice(get_args(Per)), default="everyone", show_default=True)
@click.option("--name", help="What people call it; the id if not said.")
@click.option("--json", "as_json", is_flag=True, help="Print the quota as JSON.")
def set_command(
    quota: str, skus: tuple[str, ...], cap: int, per: Per, name: str | None, as_json: bool
) -> None:
    """Let the stocked SKUs share the cap QUOTA from now on, or change it."""
    terms = run(_set(quota, name or quota, cap, per, skus))
    _print(terms, as_json)


@quota_command.command("show")
@click.argument("quota")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show_command(quota: str, as_json: bool) -> None:
    """Show QUOTA and who has taken the most of it."""
    terms, uses = run(_shown(quota))
    if as_json:
        click.echo(msgspec.json.encode({**msgspec.structs.asdict(terms), "uses": uses}))
        return
    _print(terms, as_json=False)
    for use in uses:
        click.echo(f"  {use.customer_id or 'everyone':30}  {use.used:>9} taken  {use.left:>9} left")


@quota_command.command("list")
@click.option("--sku", help="Only those that limit this SKU.")
@click.option("--json", "as_json", is_flag=True, help="Print the quotas as JSON.")
def list_command(sku: str | None, as_json: bool) -> None:
    """List the quotas that count."""
    found = run(_listed(sku))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for terms in found:
        _print(terms, as_json=False)


@quota_command.command("end")
@click.argument("quota")
def end_command(quota: str) -> None:
    """Let QUOTA count no more."""
    run(_ended(quota))
    click.echo(f"{quota} counts no more.")


def _print(terms: QuotaTerms, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(terms))
        return
    whom = "each customer" if terms.per == "customer" else "everyone together"
    click.echo(f"{terms.id:30}  {terms.cap:>9} for {whom}, over {', '.join(terms.skus)}")


async def _set(quota: str, name: str, cap: int, per: Per, skus: tuple[str, ...]) -> QuotaTerms:
    async with open_house() as house:
        return await set_quota(
            context=administrator(house),
            quota=quota,
            name=name,
            cap=cap,
            per=per,
            skus=skus,
            expected_version=None,
        )


async def _shown(quota: str) -> tuple[QuotaTerms, list[QuotaUse]]:
    async with open_house() as house:
        context = administrator(house)
        terms = await quota_of(context=context, quota=quota)
        return terms, await quota_uses(context=context, quota=quota, limit=PAGE_LIMIT)


async def _listed(sku: str | None) -> list[QuotaTerms]:
    found: list[QuotaTerms] = []
    async with open_house() as house:
        while True:
            page = await quotas(
                context=administrator(house),
                after=found[-1].id if found else "",
                sku=sku,
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found


async def _ended(quota: str) -> None:
    async with open_house() as house:
        await end_quota(context=administrator(house), quota=quota, expected_version=None)
