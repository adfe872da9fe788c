"""A town whose database somebody tampers with, and what they do."""

from dataclasses import dataclass
from typing import Any

import psycopg

from houses import Shop
from rackhouse.inventory import Line, place_hold
from rackhouse.notary import Verification, verify_logs
from rackhouse.platform.context import Context
from rackhouse.platform.events import GENESIS, chained
from rackhouse.platform.house import House

__all__ = ["NEWEST", "Town", "alter", "hold", "recompute", "remove"]

NEWEST = 10
"""The newest event of the shop's stock: seven receipts and three holds, all of them signed."""


@dataclass(frozen=True)
class Town:
    """A house with a shop whose stock has ten events, all covered by a checkpoint."""

    house: House
    shop: Shop
    url: str

    @property
    def context(self) -> Context:
        """The context of an administrator's request."""
        return self.shop.context

    @property
    def stream(self) -> str:
        """The stream of the shop's stock."""
        return f"{self.shop.sku}@{self.shop.location}"

    def tamper(self, statement: str, **values: object) -> int:
        """Do something to the database that the program does not do; ``{s}`` is the stream. Says
        to how many rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement.encode(), {"s": self.stream, **values}).rowcount

    def ask(self, question: str, **values: object) -> list[tuple[Any, ...]]:
        """What is in the database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(question.encode(), {"s": self.stream, **values}).fetchall()

    async def verify(self, **asked: Any) -> Verification:
        """Verify all logs."""
        usual: dict[str, Any] = {"log": None, "saved": (), "seconds_limit": None}
        return await verify_logs(context=self.context, **{**usual, **asked})

    async def found(self, **asked: Any) -> list[tuple[str | None, int | None, str]]:
        """Stream, version and kind of all that a verification finds."""
        verification = await self.verify(**asked)
        return [(each.stream, each.version, each.kind) for each in verification.findings]


def recompute(town: Town, version: int, last: int) -> None:
    """Make the hashes of some events fit, as somebody would who hides what they did."""
    for at in range(version, last + 1):
        (before,) = town.ask(
            "select hash from inventory.event where stream = %(s)s and version = %(at)s - 1",
            at=at,
        ) or [(GENESIS,)]
        (content,) = town.ask(
            """
            select type, data::text, actor, channel, correlation_id, to_char(
                recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            from inventory.event where stream = %(s)s and version = %(at)s
            """,
            at=at,
        )
        changed = town.tamper(
            "update inventory.event set hash = %(hash)s where stream = %(s)s and version = %(at)s",
            hash=chained(before[0], (town.stream, at, *content)),
            at=at,
        )
        assert changed == 1


def alter(town: Town, version: int) -> None:
    changed = town.tamper(
        """
        update inventory.event set data = replace(data::text, '{', '{"more":true,')::json
        where stream = %(s)s and version = %(version)s
        """,
        version=version,
    )
    assert changed == 1


def remove(town: Town, *versions: int) -> None:
    removed = town.tamper(
        "delete from inventory.event where stream = %(s)s and version = any(%(versions)s)",
        versions=list(versions),
    )
    assert removed == len(versions)


async def hold(shop: Shop, quantity: int = 1) -> None:
    """Set some of the shop's stock aside."""
    await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        ttl_seconds=600,
    )
