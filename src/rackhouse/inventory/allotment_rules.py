"""Rules that fill allotments up from the pool, so that a till has something while stock lasts."""

from collections.abc import Callable

import msgspec

from rackhouse.channels import locations_assigned_to
from rackhouse.inventory import store
from rackhouse.inventory.allotments import must_sell_from
from rackhouse.inventory.cursors import Storable
from rackhouse.inventory.errors import (
    AllotmentRuleNotFound,
    AllotmentRuleStale,
    InvalidAllotmentRule,
)
from rackhouse.inventory.events import AllotmentRuleRemoved, AllotmentRuleSet
from rackhouse.inventory.keeping_back import must_be_own_channel
from rackhouse.inventory.log import LOG
from rackhouse.inventory.receiving import must_be_stocked
from rackhouse.inventory.rules import AllotmentRule
from rackhouse.inventory.store import RulePlace
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.store import server_time

__all__ = [
    "AllotmentRulePlace",
    "allotment_rules",
    "remove_allotment_rule",
    "set_allotment_rule",
]


class AllotmentRulePlace(msgspec.Struct, frozen=True):
    """Where a page of rules ended."""

    channel: Storable
    sku: Storable
    location: Storable


@operation("inventory:write")
async def set_allotment_rule(
    *,
    context: Context,
    channel: str,
    sku: str,
    location: str,
    level: int,
    minimum: int,
    paused: bool,
    expected_version: int | None = None,
) -> AllotmentRule:
    """When fewer than ``minimum`` pieces are left in an allotment, fill it up to ``level`` from the
    pool, as far as that goes; the same again changes nothing.

    Refuses with `InvalidAllotmentRule`, `AllotmentRuleStale`, `SellsElsewhere`,
    `LocationNotFound`, `BundleHasNoStock`, `OtherChannel`, and what `catalog` and `channels`
    refuse.
    """
    must_be_own_channel(context, channel)
    if not 1 <= minimum <= level:
        problem = f"write a number from 1 to the level, {level}"
        raise InvalidAllotmentRule(field="minimum", problem=problem)
    await must_sell_from(context.house, channel, [location])
    await must_be_stocked(context.house, [sku])
    event = AllotmentRuleSet(channel, sku, location, level, minimum, paused)

    def decide(known: AllotmentRule | None) -> AllotmentRuleSet | None:
        _expect(event, known, expected_version)
        return None if known is not None and _facts(known) == event else event

    return await _decided(context, (channel, sku, location), decide)


@operation("inventory:write")
async def remove_allotment_rule(
    *, context: Context, channel: str, sku: str, location: str, expected_version: int | None = None
) -> None:
    """Fill an allotment up no more; what is in it stays. Refuses with `AllotmentRuleNotFound`,
    `AllotmentRuleStale`, `OtherChannel`."""
    must_be_own_channel(context, channel)
    event = AllotmentRuleRemoved(channel, sku, location)

    def decide(known: AllotmentRule | None) -> AllotmentRuleRemoved:
        if known is None:
            raise AllotmentRuleNotFound(channel=channel, sku=sku, location=location)
        _expect(event, known, expected_version)
        return event

    await _decided(context, (channel, sku, location), decide)


@operation("inventory:read")
async def allotment_rules(
    *,
    context: Context,
    channel: str | None,
    sku: str | None,
    after: AllotmentRulePlace | None,
    limit: int,
) -> list[AllotmentRule]:
    """The rules of a channel or of all, in order of channel, SKU and location. A channel's own
    client is shown its own.

    Refuses with `OtherChannel`, and with `ChannelNotFound` a channel that has none.
    """
    if channel is not None:
        must_be_own_channel(context, channel)
    async with context.house.database("inventory").transaction() as tx:
        found = await store.allotment_rule_page(
            tx,
            channel=context.caller.channel or channel,
            sku=sku,
            after=(after.channel, after.sku, after.location) if after else None,
            limit=limit,
        )
    if not found and after is None and channel is not None:
        await locations_assigned_to(house=context.house, channel=channel)
    return found


_Event = AllotmentRuleSet | AllotmentRuleRemoved


async def _decided(
    context: Context, place: RulePlace, decide: Callable[[AllotmentRule | None], _Event | None]
) -> AllotmentRule:
    async with context.house.database("inventory").transaction() as tx:
        await store.lock_allotment_rule(tx, place)
        before = await store.allotment_rule_state(tx, place)
        rule, removed = before if before is not None else (None, True)
        event = decide(None if removed else rule)
        if event is None:
            assert rule is not None
            return rule
        return await _recorded(tx, context, rule, event)


async def _recorded(
    tx: Transaction, context: Context, before: AllotmentRule | None, event: _Event
) -> AllotmentRule:
    version = before.version + 1 if before is not None else 1
    if isinstance(event, AllotmentRuleSet):
        rule = AllotmentRule(**msgspec.structs.asdict(event), version=version)
    else:
        assert before is not None
        rule = msgspec.structs.replace(before, version=version)
    await store.write_allotment_rule(tx, rule, removed=isinstance(event, AllotmentRuleRemoved))
    stream = f"allotment-rule:{event.channel}/{event.sku}/{event.location}"
    recorded = NewEvent(stream, version, event, context, event.channel)
    await LOG.append(tx, [recorded], await server_time(tx))
    return rule


def _facts(rule: AllotmentRule) -> AllotmentRuleSet:
    return AllotmentRuleSet(
        rule.channel, rule.sku, rule.location, rule.level, rule.minimum, rule.paused
    )


def _expect(event: _Event, known: AllotmentRule | None, expected: int | None) -> None:
    current = known.version if known is not None else 0
    if expected is not None and expected != current:
        raise AllotmentRuleStale(
            channel=event.channel,
            sku=event.sku,
            location=event.location,
            expected=expected,
            current=current,
        )
