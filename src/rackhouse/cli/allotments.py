"""``rackhouse allotment``: pieces that channels may sell without asking."""

from collections.abc import Sequence

import click
import msgspec

from rackhouse.cli.session import administrator, open_house, run
from rackhouse.inventory import (
    Allotment,
    AllotmentPlace,
    AllotmentRule,
    AllotmentRulePlace,
    MovedPieces,
    Portion,
    allot,
    allotment_rules,
    allotments,
    give_back,
    remove_allotment_rule,
    set_allotment_rule,
)

__all__ = ["allotment_command"]

PAGE_LIMIT = 200
PIECES = click.IntRange(min=1)


@click.group("allotment")
def allotment_command() -> None:
    """Set pieces apart for a channel, return them, list them, fill them up by rule."""


@allotment_command.command("set")
@click.argument("channel")
@click.argument("sku")
@click.argument("location")
@click.argument("quantity", type=PIECES)
@click.option("--lot", help="Only of this lot.")
@click.option("--unit", "units", type=PIECES, multiple=True, help="A number; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print what moved as JSON.")
def set_command(
    channel: str,
    sku: str,
    location: str,
    quantity: int,
    lot: str | None,
    units: tuple[int, ...],
    as_json: bool,
) -> None:
    """Set QUANTITY pieces of SKU at LOCATION apart for CHANNEL, which sells them without asking.

    What is kept back stays in the pool.
    """
    _must_name_lot(lot, units)
    portion = Portion(sku=sku, location=location, quantity=quantity, lot=lot, units=units)
    _tell_moved(run(_set(channel, portion)), f"set apart for {channel}", as_json)


@allotment_command.command("give-back")
@click.argument("channel")
@click.argument("sku")
@click.argument("location")
@click.argument("quantity", type=PIECES)
@click.option("--lot", help="Only of this lot.")
@click.option("--unit", "units", type=PIECES, multiple=True, help="A number; may be repeated.")
@click.option(
    "--channel-agrees", is_flag=True, help="The channel knows, and sells these pieces no more."
)
@click.option("--json", "as_json", is_flag=True, help="Print what moved as JSON.")
def give_back_command(
    channel: str,
    sku: str,
    location: str,
    quantity: int,
    lot: str | None,
    units: tuple[int, ...],
    channel_agrees: bool,
    as_json: bool,
) -> None:
    """Return QUANTITY pieces of SKU at LOCATION from the allotment of CHANNEL to the pool.

    The channel may be selling them at this moment without a connection, so it has to agree.
    """
    _must_name_lot(lot, units)
    portion = Portion(sku=sku, location=location, quantity=quantity, lot=lot, units=units)
    moved = run(_given_back(channel, portion, channel_agrees))
    _tell_moved(moved, "given back to the pool", as_json)


@allotment_command.command("list")
@click.option("--channel", help="Only of this channel.")
@click.option("--sku", help="Only of this SKU.")
@click.option("--location", help="Only at this location.")
@click.option("--json", "as_json", is_flag=True, help="Print the allotments as JSON.")
def list_command(channel: str | None, sku: str | None, location: str | None, as_json: bool) -> None:
    """List what channels may sell without asking."""
    found = run(_listed(channel, sku, location))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        lot = f"{each.lot} ({each.lot_status})" if each.lot else ""
        units = " ".join(map(str, each.units))
        click.echo(
            f"{each.channel:20}  {each.sku:24}  {each.location:16}  {each.free:>7} free  "
            f"{each.held:>5} held  {each.committed:>5} committed  {lot} {units}".rstrip()
        )


@allotment_command.group("rule")
def rule_command() -> None:
    """Set, list and remove the rules by which allotments are filled up."""


@rule_command.command("set")
@click.argument("channel")
@click.argument("sku")
@click.argument("location")
@click.option("--level", type=PIECES, required=True, help="How many pieces there are to be.")
@click.option("--minimum", type=PIECES, required=True, help="Filled up when fewer are left.")
@click.option("--paused", is_flag=True, help="Let the rule rest for now.")
@click.option("--json", "as_json", is_flag=True, help="Print the rule as JSON.")
def set_rule_command(
    channel: str,
    sku: str,
    location: str,
    level: int,
    minimum: int,
    paused: bool,
    as_json: bool,
) -> None:
    """Fill what CHANNEL has of SKU at LOCATION up from the pool whenever little is left of it."""
    _tell_rules([run(_rule_set(channel, sku, location, level, minimum, paused))], as_json)


@rule_command.command("list")
@click.option("--channel", help="Only of this channel.")
@click.option("--sku", help="Only of this SKU.")
@click.option("--json", "as_json", is_flag=True, help="Print the rules as JSON.")
def list_rules_command(channel: str | None, sku: str | None, as_json: bool) -> None:
    """List the rules."""
    _tell_rules(run(_rules(channel, sku)), as_json)


@rule_command.command("remove")
@click.argument("channel")
@click.argument("sku")
@click.argument("location")
def remove_rule_command(channel: str, sku: str, location: str) -> None:
    """Fill what CHANNEL has of SKU at LOCATION up no more; what is there stays."""
    run(_rule_removed(channel, sku, location))
    click.echo(f"What {channel} has of {sku} at {location} is filled up no more.")


def _must_name_lot(lot: str | None, units: tuple[int, ...]) -> None:
    if units and lot is None:
        raise click.UsageError("--unit goes with --lot: name the lot that the numbers are of.")


def _tell_moved(moved: list[MovedPieces], what: str, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(moved))
        return
    for each in moved:
        lot = f" of the lot {each.lot}" if each.lot else ""
        units = f", numbers {' '.join(map(str, each.units))}" if each.units else ""
        click.echo(f"{each.quantity} of {each.sku} at {each.location}{lot}{units}: {what}.")


def _tell_rules(rules: Sequence[AllotmentRule], as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(rules))
        return
    for each in rules:
        paused = "  paused" if each.paused else ""
        click.echo(
            f"{each.channel:20}  {each.sku:24}  {each.location:16}  "
            f"up to {each.level} below {each.minimum}{paused}"
        )


async def _set(channel: str, portion: Portion) -> list[MovedPieces]:
    async with open_house() as house:
        return await allot(context=administrator(house), channel=channel, portions=[portion])


async def _given_back(channel: str, portion: Portion, channel_agrees: bool) -> list[MovedPieces]:
    async with open_house() as house:
        return await give_back(
            context=administrator(house),
            channel=channel,
            portions=[portion],
            channel_agrees=channel_agrees,
        )


async def _listed(channel: str | None, sku: str | None, location: str | None) -> list[Allotment]:
    found: list[Allotment] = []
    after: AllotmentPlace | None = None
    async with open_house() as house:
        while True:
            page = await allotments(
                context=administrator(house),
                channel=channel,
                sku=sku,
                location=location,
                after=after,
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found
            last = page[-1]
            after = AllotmentPlace(last.channel, last.sku, last.location, last.lot or "")


async def _rule_set(
    channel: str, sku: str, location: str, level: int, minimum: int, paused: bool
) -> AllotmentRule:
    async with open_house() as house:
        return await set_allotment_rule(
            context=administrator(house),
            channel=channel,
            sku=sku,
            location=location,
            level=level,
            minimum=minimum,
            paused=paused,
        )


async def _rules(channel: str | None, sku: str | None) -> list[AllotmentRule]:
    found: list[AllotmentRule] = []
    after: AllotmentRulePlace | None = None
    async with open_house() as house:
        while True:
            page = await allotment_rules(
                context=administrator(house),
                channel=channel,
                sku=sku,
                after=after,
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found
            after = AllotmentRulePlace(page[-1].channel, page[-1].sku, page[-1].location)


async def _rule_removed(channel: str, sku: str, location: str) -> None:
    async with open_house() as house:
        await remove_allotment_rule(
            context=administrator(house), channel=channel, sku=sku, location=location
        )
