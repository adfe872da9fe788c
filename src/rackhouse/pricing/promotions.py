"""Promotions: what is taken off prices for a time; and telling when each begins and ends."""

import datetime
from collections.abc import Sequence

from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.store import server_time
from rackhouse.pricing import keeping, store
from rackhouse.pricing.errors import PromotionExists, PromotionNotFound, PromotionsCollide
from rackhouse.pricing.events import (
    PromotionChanged,
    PromotionCreated,
    PromotionEnded,
    PromotionRemoved,
    PromotionStarted,
)
from rackhouse.pricing.rules import Collision, PromotionTerms, Rule, in_force

__all__ = [
    "Promotion",
    "change_promotion",
    "create_promotion",
    "promotion_of",
    "promotions",
    "remove_promotion",
    "tell_what_begins_and_ends",
]


class Promotion(PromotionTerms, frozen=True, kw_only=True):
    """A promotion as it is. ``version`` grows with each change."""

    id: str
    version: int
    changed_at: datetime.datetime


@operation("pricing:write")
async def create_promotion(
    *, context: Context, promotion: str | None, terms: PromotionTerms
) -> Promotion:
    """Put a promotion on record; without an id it is given one.

    Refuses with `PromotionExists`, `PromotionsCollide`, `InvalidPricing`, `ChannelNotFound` and
    `TooManyPricingRules`.
    """
    return _told(await keeping.create(context, PROMOTIONS, promotion, terms, _told))


@operation("pricing:write")
async def change_promotion(
    *, context: Context, promotion: str, terms: PromotionTerms, expected_version: int | None
) -> Promotion:
    """Let a promotion say otherwise from now on; the same again changes nothing.

    Refuses with `PromotionNotFound`, `VersionIsStale` (None expects any version),
    `PromotionsCollide`, `InvalidPricing` and `ChannelNotFound`.
    """
    return _told(await keeping.change(context, PROMOTIONS, promotion, terms, expected_version))


@operation("pricing:write")
async def remove_promotion(
    *, context: Context, promotion: str, expected_version: int | None
) -> None:
    """Let a promotion count no more. What was answered stays on record.

    Refuses with `PromotionNotFound` and `VersionIsStale` (None expects any version).
    """
    await keeping.remove(context, PROMOTIONS, promotion, expected_version)


@operation("pricing:read")
async def promotion_of(*, context: Context, promotion: str) -> Promotion:
    """A promotion as it is; refuses with `PromotionNotFound`."""
    return _told(await keeping.read(context, PROMOTIONS, promotion))


@operation("pricing:read")
async def promotions(*, context: Context, after: str | None, limit: int) -> list[Promotion]:
    """At most ``limit`` promotions after an id, in the order of their ids."""
    return [_told(each) for each in await keeping.read_page(context, PROMOTIONS, after, limit)]


async def tell_what_begins_and_ends(*, context: Context) -> None:
    """Record of each promotion whose time has come that it has started, or ended."""
    async with context.house.database("pricing").transaction() as tx:
        await store.lock_rules(tx, PROMOTIONS.name)
        current = await store.current_rules(tx, PROMOTIONS.name)
        now = await server_time(tx)
        running = await store.running_promotions(tx)
        for rule in current:
            if in_force(rule.terms, now) != (rule.id in running):
                await _tell(tx, context, rule.id, rule.terms, now)


async def _tell_at_once(
    tx: Transaction,
    context: Context,
    promotion: str,
    terms: PromotionTerms | None,
    now: datetime.datetime,
) -> None:
    """What a change begins or ends need not wait for the clock."""
    running = promotion in await store.running_promotions(tx)
    if running != (terms is not None and in_force(terms, now)):
        await _tell(tx, context, promotion, terms, now)


async def _tell(
    tx: Transaction,
    context: Context,
    promotion: str,
    terms: PromotionTerms | None,
    now: datetime.datetime,
) -> None:
    stream = f"{PROMOTIONS.name}:{promotion}"
    if terms is not None and in_force(terms, now):
        started = PromotionStarted(id=promotion, title=terms.title)
        await keeping.append(tx, context, stream, started, now, terms.channel)
        await store.set_running(tx, promotion_id=promotion, running=True)
    else:
        channel = None if terms is None else terms.channel
        await keeping.append(tx, context, stream, PromotionEnded(id=promotion), now, channel)
        await store.set_running(tx, promotion_id=promotion, running=False)


def _told(rule: Rule[PromotionTerms]) -> Promotion:
    return Promotion(
        **{name: getattr(rule.terms, name) for name in PromotionTerms.__struct_fields__},
        id=rule.id,
        version=rule.version,
        changed_at=rule.recorded_at,
    )


def _collides(promotion: str, found: Collision) -> PromotionsCollide:
    return PromotionsCollide(
        promotion=promotion,
        collides_with=found.with_id,
        collides_from=found.from_,
        collides_until=found.until,
    )


def _check(_: Sequence[Rule[PromotionTerms]], __: str, ___: PromotionTerms | None) -> None:
    """Promotions forbid one another nothing but to collide."""


PROMOTIONS = keeping.Kind[PromotionTerms](
    name="promotion",
    created=PromotionCreated,
    changed=PromotionChanged,
    removed=PromotionRemoved,
    not_found=lambda promotion: PromotionNotFound(promotion=promotion),
    exists=lambda promotion: PromotionExists(promotion=promotion),
    collides=_collides,
    check=_check,
    besides=_tell_at_once,
)
