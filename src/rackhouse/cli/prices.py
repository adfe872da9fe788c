"""``rackhouse prices``: what SKUs cost and why, and the prices in lists."""

import csv
import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from rackhouse.cli.command_line import USAGE, Failure
from rackhouse.cli.session import administrator, open_house, run
from rackhouse.pricing import (
    ListedPrice,
    Priced,
    PriceList,
    PricesWritten,
    price_lists,
    prices_of,
    set_prices,
)

__all__ = ["prices_command"]

PAGE_LIMIT = 200
AT_ONCE = 1_000
COLUMNS = ("sku", "price_minor", "min_quantity", "starts_at", "ends_at")
TIME = click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"])


@click.group("prices")
def prices_command() -> None:
    """Say what SKUs cost and why, and set the prices in lists."""


def _asking(function: Any) -> Any:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the answers as JSON."),
        click.option("--as-of", type=TIME, help="Then, as 2026-11-20T12:00:00+0100."),
        click.option("--country", help="Whose taxes, as DE."),
        click.option("--group", help="For this customer group."),
        click.option("--currency", help="In this currency."),
        click.option("--channel", help="Through this channel."),
        click.option("--quantity", type=click.IntRange(min=1), default=1, help="Of so many."),
        click.argument("skus", nargs=-1, required=True),
    ):
        function = option(function)
    return function


@prices_command.command("show")
@_asking
def show_command(as_json: bool, **asked: Any) -> None:
    """Say what SKUS cost, now or at another time."""
    _tell(run(_asked(**asked)), as_json, explained=False)


@prices_command.command("explain")
@_asking
def explain_command(as_json: bool, **asked: Any) -> None:
    """Say what SKUS cost, and each step of how that came about."""
    _tell(run(_asked(**asked)), as_json, explained=True)


@prices_command.command("lists")
@click.option("--json", "as_json", is_flag=True, help="Print the price lists as JSON.")
def lists_command(as_json: bool) -> None:
    """List the price lists."""
    found = run(_lists())
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        scope = f"{each.channel or 'every channel'}, {each.customer_group or 'everybody'}"
        when = f"{each.starts_at or 'always'} to {each.ends_at or 'further notice'}"
        click.echo(f"{each.id:24}  {each.currency}  {each.priority:>7}  {scope}  {when}")


@prices_command.command("import")
@click.argument("price_list")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def import_command(price_list: str, file: Path, as_json: bool) -> None:
    """Set the prices in PRICE_LIST that FILE names: CSV with the columns `sku`, `price_minor`, and
    if need be `min_quantity`, `starts_at` and `ends_at`.

    A SKU that is named has these prices and no other in the list. They are written a thousand at a
    time, all of a SKU together; a mistake in the file stops it before anything is written.
    """
    written = run(_imported(price_list, _read(file)))
    if as_json:
        click.echo(msgspec.json.encode(written))
        return
    prices, skus = sum(each.prices for each in written), sum(each.skus for each in written)
    click.echo(f"{price_list}: {prices:,} prices of {skus:,} SKUs are set.")


def _tell(found: Sequence[Priced], as_json: bool, *, explained: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        click.echo(f"{each.sku:24}  {_price(each)}")
        if explained:
            for step in each.why:
                click.echo(f"  {step.rule}: {step.says}")


def _price(each: Priced) -> str:
    if each.price_minor is None:
        return "no price"
    told = f"{each.price_minor:>10} {each.currency} each"
    if each.quantity > 1:
        told += f", {each.total_minor} for {each.quantity}"
    if each.price_minor != each.regular_minor:
        told += f", regularly {each.regular_minor}"
    if each.lowest_minor_30_days is not None:
        told += f", lowest of 30 days {each.lowest_minor_30_days}"
    return told


def _read(file: Path) -> list[ListedPrice]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            unknown = set(reader.fieldnames or ()) - set(COLUMNS)
            if unknown or not {"sku", "price_minor"} <= set(reader.fieldnames or ()):
                raise Failure(f"{file}: the columns are {', '.join(COLUMNS)}", USAGE)
            return [_price_in(file, number, row) for number, row in enumerate(reader, start=2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Failure(f"{file} can not be read: {error}", USAGE) from None


def _price_in(file: Path, number: int, row: dict[Any, str]) -> ListedPrice:
    if None in row:
        raise Failure(f"{file}, line {number}: there are more values than columns", USAGE)
    said = {name: value.strip() for name, value in row.items() if value and value.strip()}
    try:
        return msgspec.convert(said, ListedPrice, strict=False)
    except msgspec.ValidationError as error:
        raise Failure(f"{file}, line {number}: {error}", USAGE) from None


def _together(prices: Sequence[ListedPrice]) -> Iterator[list[ListedPrice]]:
    """A thousand prices at a time at most, all of one SKU together."""
    of_sku: dict[str, list[ListedPrice]] = {}
    for each in prices:
        of_sku.setdefault(each.sku, []).append(each)
    waiting: list[ListedPrice] = []
    for several in of_sku.values():
        if waiting and len(waiting) + len(several) > AT_ONCE:
            yield waiting
            waiting = []
        waiting = [*waiting, *several]
    if waiting:
        yield waiting


async def _asked(
    *,
    skus: Sequence[str],
    quantity: int,
    channel: str | None,
    currency: str | None,
    group: str | None,
    country: str | None,
    as_of: datetime.datetime | None,
) -> list[Priced]:
    async with open_house() as house:
        return await prices_of(
            context=administrator(house),
            skus=skus,
            quantity=quantity,
            channel=channel,
            currency=currency,
            customer_group=group,
            country=country,
            region=None,
            as_of=as_of,
        )


async def _lists() -> list[PriceList]:
    found: list[PriceList] = []
    async with open_house() as house:
        while True:
            after = found[-1].id if found else None
            page = await price_lists(context=administrator(house), after=after, limit=PAGE_LIMIT)
            found += page
            if len(page) < PAGE_LIMIT:
                return found


async def _imported(price_list: str, prices: Sequence[ListedPrice]) -> list[PricesWritten]:
    async with open_house() as house:
        return [
            await set_prices(
                context=administrator(house),
                price_list=price_list,
                prices=several,
                removed_skus=(),
                expected_version=None,
            )
            for several in _together(prices)
        ]
