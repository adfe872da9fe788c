"""Statements about rules: price lists, promotions and tax rates. A row that was recorded is closed
when it counts no more, and never written over."""

import datetime
from typing import Any

import msgspec

from rackhouse.platform.database import Pending, Transaction
from rackhouse.pricing.rules import (
    PriceListTerms,
    PromotionTerms,
    Rule,
    TaxRateTerms,
    Terms,
    scope_of,
)

__all__ = [
    "KINDS",
    "any_rules",
    "close_rule",
    "current_rules",
    "head_of",
    "insert_rule",
    "lock_rules",
    "next_version",
    "read_kind",
    "read_rule",
    "rule_page",
    "running_promotions",
    "send_rules",
    "set_running",
]

KINDS: dict[str, type[Terms]] = {
    "price-list": PriceListTerms,
    "promotion": PromotionTerms,
    "tax-rate": TaxRateTerms,
}


async def lock_rules(tx: Transaction, kind: str) -> None:
    """Be the only one to change rules of a kind until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('pricing.' || %(kind)s::text, 1))",
        {"kind": kind},
    )


async def next_version(tx: Transaction, stream: str) -> int:
    """Count a stream on; it is locked until the end of the transaction."""
    return await tx.one(
        int,
        """
        insert into pricing.head (stream, version) values (%(stream)s, 1)
        on conflict (stream) do update set version = pricing.head.version + 1
        returning version
        """,
        {"stream": stream},
    )


async def head_of(tx: Transaction, stream: str) -> int:
    """How many events a stream has."""
    return await tx.one(
        int,
        "select coalesce(max(version), 0) from pricing.head where stream = %(stream)s",
        {"stream": stream},
    )


async def current_rules(tx: Transaction, kind: str) -> list[Rule[Any]]:
    """The rules of a kind as they are."""
    return await tx.all(
        read_rule,
        """
        select kind, id, version, terms::text, recorded_at, closed_at
        from pricing.rule
        where kind = %(kind)s and closed_at is null
        order by id
        """,
        {"kind": kind},
    )


async def rule_page(
    tx: Transaction, *, kind: str, after: str, only: str | None, limit: int
) -> list[Rule[Any]]:
    """Rules of a kind in the order of their ids; all, or the one of an id."""
    return await tx.all(
        read_rule,
        """
        select kind, id, version, terms::text, recorded_at, closed_at
        from pricing.rule
        where kind = %(kind)s and closed_at is null and id > %(after)s
          and (%(only)s::text is null or id = %(only)s::text)
        order by id
        limit %(limit)s
        """,
        {"kind": kind, "after": after, "only": only, "limit": limit},
    )


async def insert_rule(tx: Transaction, *, kind: str, rule: Rule[Terms]) -> None:
    """Put a version of a rule on record."""
    await tx.run(
        """
        insert into pricing.rule
            (kind, id, version, terms, scope, starts_at, ends_at, recorded_at, closed_at)
        values (%(kind)s, %(id)s, %(version)s, %(terms)s::jsonb, %(scope)s, %(starts_at)s,
            %(ends_at)s, %(recorded_at)s, null)
        """,
        {
            "kind": kind,
            "id": rule.id,
            "version": rule.version,
            "terms": msgspec.json.encode(rule.terms).decode(),
            "scope": scope_of(rule.terms),
            "starts_at": rule.terms.starts_at,
            "ends_at": rule.terms.ends_at,
            "recorded_at": rule.recorded_at,
        },
    )


async def close_rule(
    tx: Transaction, *, kind: str, rule_id: str, closed_at: datetime.datetime
) -> None:
    """Let what is on record of a rule count no more."""
    await tx.run(
        """
        update pricing.rule set closed_at = %(closed_at)s
        where kind = %(kind)s and id = %(id)s and closed_at is null
        """,
        {"kind": kind, "id": rule_id, "closed_at": closed_at},
    )


async def send_rules(tx: Transaction, *, since: datetime.datetime | None) -> Pending:
    """Ask for all rules that are on record, and those that were after ``since``."""
    return await tx.send(
        """
        select kind, id, version, terms::text, recorded_at, closed_at
        from pricing.rule
        where closed_at is null or closed_at > %(since)s::timestamptz
        """,
        {"since": since},
    )


async def any_rules(tx: Transaction) -> bool:
    """Whether there is any price list or promotion."""
    return await tx.one(
        bool,
        """
        select exists (
            select from pricing.rule
            where closed_at is null and kind in ('price-list', 'promotion'))
        """,
    )


async def running_promotions(tx: Transaction) -> set[str]:
    """The promotions of which it was told that they have started."""
    return set(await tx.all(str, "select promotion_id from pricing.running"))


async def set_running(tx: Transaction, *, promotion_id: str, running: bool) -> None:
    """Note that it was told of a promotion that it has started, or ended."""
    if running:
        await tx.run(
            "insert into pricing.running (promotion_id) values (%(id)s) on conflict do nothing",
            {"id": promotion_id},
        )
    else:
        await tx.run(
            "delete from pricing.running where promotion_id = %(id)s", {"id": promotion_id}
        )


def read_rule(
    kind: str,
    id_: str,
    version: int,
    terms: str,
    recorded_at: datetime.datetime,
    closed_at: datetime.datetime | None,
) -> Rule[Any]:
    """A rule from its row."""
    return Rule(id_, version, _DECODERS[kind].decode(terms), recorded_at, closed_at)


def read_kind(kind: str, *values: Any) -> tuple[str, Rule[Any]]:
    """A rule from its row, with its kind."""
    return kind, read_rule(kind, *values)


_DECODERS = {kind: msgspec.json.Decoder(terms) for kind, terms in KINDS.items()}
