"""Keeping rules: price lists, promotions and tax rates come to be, change and go in the same way.

Whoever changes rules of a kind is the only one to, so that no two who come at once make rules that
collide; the constraint `never_two_at_once` holds that a second time.
"""

import datetime
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import msgspec

from rackhouse.channels import locations_assigned_to
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import Refusal
from rackhouse.platform.events import NewEvent
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import new_id
from rackhouse.platform.store import server_time
from rackhouse.pricing import store
from rackhouse.pricing.errors import TooManyPricingRules
from rackhouse.pricing.facts import PricingFacts
from rackhouse.pricing.log import LOG
from rackhouse.pricing.rules import Collision, Rule, Said, TaxRateTerms, Terms, collision, sound

__all__ = ["Kind", "append", "change", "create", "read", "read_page", "remove"]

RULES_LIMIT = 1_000


@dataclass(frozen=True)
class Kind(Generic[Said]):
    """A kind of rule: its name in streams, its events and its refusals; ``check`` refuses what the
    others forbid (None for one that is to go), ``besides`` is done in the same transaction."""

    name: str
    created: Callable[..., msgspec.Struct]
    changed: Callable[..., msgspec.Struct]
    removed: Callable[..., msgspec.Struct]
    not_found: Callable[[str], Refusal]
    exists: Callable[[str], Refusal]
    collides: Callable[[str, Collision], Refusal]
    check: Callable[[Sequence[Rule[Said]], str, Said | None], None]
    besides: Callable[[Transaction, Context, str, Said | None, datetime.datetime], Awaitable[None]]


async def create(
    context: Context,
    kind: Kind[Said],
    rule_id: str | None,
    terms: Said,
    answer: Callable[[Rule[Said]], object],
) -> Rule[Said]:
    """Put a rule on record; ``answer`` is what a retry is told."""
    rule_id = new_id() if rule_id is None else rule_id
    terms = sound(terms, rule_id)
    await _check_channel(context, terms)
    async with context.house.database("pricing").transaction() as tx:
        await claim(tx, context.idempotency)
        current = await _locked(tx, kind)
        if any(each.id == rule_id for each in current):
            raise kind.exists(rule_id)
        if len(current) >= RULES_LIMIT:
            raise TooManyPricingRules(limit=RULES_LIMIT)
        _check(kind, current, rule_id, terms)
        event = kind.created(id=rule_id, terms=terms)
        rule = await _recorded(tx, context, kind, rule_id, terms, event)
        await remember_answer(tx, context.idempotency, answer(rule), answered_at=rule.recorded_at)
    context.house.the(PricingFacts).forget()
    return rule


async def change(
    context: Context, kind: Kind[Said], rule_id: str, terms: Said, expected_version: int | None
) -> Rule[Said]:
    """Close what a rule said and put on record what it says; the same again changes nothing."""
    terms = sound(terms, rule_id)
    await _check_channel(context, terms)
    async with context.house.database("pricing").transaction() as tx:
        current = await _locked(tx, kind)
        before = _expected(kind, current, rule_id, expected_version)
        if before.terms == terms:
            return before
        _check(kind, current, rule_id, terms)
        event = kind.changed(id=rule_id, terms=terms)
        rule = await _recorded(tx, context, kind, rule_id, terms, event)
    context.house.the(PricingFacts).forget()
    return rule


async def remove(
    context: Context, kind: Kind[Said], rule_id: str, expected_version: int | None
) -> None:
    """Close what a rule said for good."""
    async with context.house.database("pricing").transaction() as tx:
        current = await _locked(tx, kind)
        before = _expected(kind, current, rule_id, expected_version)
        kind.check(current, rule_id, None)
        now = await server_time(tx)
        await store.close_rule(tx, kind=kind.name, rule_id=rule_id, closed_at=now)
        gone = kind.removed(id=rule_id)
        await append(tx, context, _stream(kind, rule_id), gone, now, _channel(before.terms))
        await kind.besides(tx, context, rule_id, None, now)
    context.house.the(PricingFacts).forget()


async def read(context: Context, kind: Kind[Said], rule_id: str) -> Rule[Said]:
    """A rule as it is."""
    found: list[Rule[Any]] = []
    if rule_id.isprintable():
        async with context.house.database("pricing").reading() as tx:
            found = await store.rule_page(tx, kind=kind.name, after="", only=rule_id, limit=1)
    if not found:
        raise kind.not_found(rule_id)
    return found[0]


async def read_page(
    context: Context, kind: Kind[Said], after: str | None, limit: int
) -> list[Rule[Said]]:
    """Rules in the order of their ids."""
    async with context.house.database("pricing").reading() as tx:
        return await store.rule_page(tx, kind=kind.name, after=after or "", only=None, limit=limit)


async def append(
    tx: Transaction,
    context: Context,
    stream: str,
    event: msgspec.Struct,
    now: datetime.datetime,
    channel: str | None,
) -> int:
    """Record an event, which a channel may be the only one to hear of, and say which version of
    its stream it is."""
    version = await store.next_version(tx, stream)
    new = NewEvent(stream=stream, version=version, data=event, context=context, channel=channel)
    await LOG.append(tx, [new], now)
    return version


async def _check_channel(context: Context, terms: Terms) -> None:
    channel = _channel(terms)
    if channel is not None:
        await locations_assigned_to(house=context.house, channel=channel)


def _channel(terms: Terms) -> str | None:
    return None if isinstance(terms, TaxRateTerms) else terms.channel


async def _locked(tx: Transaction, kind: Kind[Said]) -> list[Rule[Said]]:
    await store.lock_rules(tx, kind.name)
    return await store.current_rules(tx, kind.name)


def _expected(
    kind: Kind[Said], current: Sequence[Rule[Said]], rule_id: str, expected_version: int | None
) -> Rule[Said]:
    for each in current:
        if each.id == rule_id:
            if expected_version not in (None, each.version):
                raise VersionIsStale(current=each.version)
            return each
    raise kind.not_found(rule_id)


def _check(kind: Kind[Said], current: Sequence[Rule[Said]], rule_id: str, terms: Said) -> None:
    found = collision(current, rule_id, terms)
    if found is not None:
        raise kind.collides(rule_id, found)
    kind.check(current, rule_id, terms)


async def _recorded(
    tx: Transaction,
    context: Context,
    kind: Kind[Said],
    rule_id: str,
    terms: Said,
    event: msgspec.Struct,
) -> Rule[Said]:
    now = await server_time(tx)
    await store.close_rule(tx, kind=kind.name, rule_id=rule_id, closed_at=now)
    version = await append(tx, context, _stream(kind, rule_id), event, now, _channel(terms))
    rule = Rule(rule_id, version, terms, now)
    await store.insert_rule(tx, kind=kind.name, rule=rule)
    await kind.besides(tx, context, rule_id, terms, now)
    return rule


def _stream(kind: Kind[Said], rule_id: str) -> str:
    return f"{kind.name}:{rule_id}"
