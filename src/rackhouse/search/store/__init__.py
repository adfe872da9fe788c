"""Every SQL statement of search."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.platform.database import Transaction

__all__ = ["Asked", "asked", "count_asked", "forget_asked", "rebuilds", "want_rebuild"]


class Asked(msgspec.Struct, frozen=True):
    """How often some words were asked for, how often nothing was found, and how many products
    were found the last time."""

    words: str
    asked: int
    without_result: int
    last_found: int


async def count_asked(tx: Transaction, queries: Sequence[Asked]) -> None:
    """Count what was asked, on the day that it is. The rows are in the order of their words, so
    that two processes do not wait for one another in a circle."""
    await tx.run(
        """
        insert into search.asked (day, words, asked, without_result, last_found)
        select (now() at time zone 'UTC')::date, words, asked, without_result, last_found
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            words text, asked bigint, without_result bigint, last_found bigint)
        order by words
        on conflict (day, words) do update set
            asked = asked.asked + excluded.asked,
            without_result = asked.without_result + excluded.without_result,
            last_found = excluded.last_found
        """,
        {"rows": msgspec.json.encode(queries).decode()},
    )


async def asked(
    tx: Transaction, *, since: datetime.date, without_result: bool, limit: int
) -> list[Asked]:
    """What was asked since a day, what was asked most in front; or what had no result most often,
    of that which had none."""
    return await tx.all(
        Asked,
        """
        select words, sum(asked)::bigint, sum(without_result)::bigint,
            (array_agg(last_found order by day desc))[1]
        from search.asked where day >= %(since)s
        group by words
        having not %(without_result)s or sum(without_result) > 0
        order by case when %(without_result)s then sum(without_result) else sum(asked) end desc,
            words
        limit %(limit)s
        """,
        {"since": since, "without_result": without_result, "limit": limit},
    )


async def forget_asked(tx: Transaction, *, before: datetime.date) -> int:
    """Delete what was asked before a day; says how many words of how many days."""
    return await tx.run("delete from search.asked where day < %(before)s", {"before": before})


async def rebuilds(tx: Transaction) -> int:
    """How often it was asked for that every process builds its index anew."""
    return await tx.one(int, "select rebuilds from search.wish")


async def want_rebuild(tx: Transaction, *, by: str, at: datetime.datetime) -> int:
    """Ask every process to build its index anew; says for the how manieth time."""
    return await tx.one(
        int,
        """
        update search.wish set rebuilds = rebuilds + 1, wished_by = %(by)s, wished_at = %(at)s
        returning rebuilds
        """,
        {"by": by, "at": at},
    )
