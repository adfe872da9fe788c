"""The books of the clients: what they asked for, and what they were told."""

import datetime
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Books", "Sale", "SaleStatus"]

SaleStatus = Literal["asked", "refused", "pending", "confirmed", "cancelled", "sold", "exceeded"]


@dataclass
class Sale:
    """A sale as its client knows it: ``sold`` and ``exceeded`` are of goods that were handed over
    before Rackhouse heard of it. ``name`` is what the history calls it: those who came in one rush
    are alike, and which of them were served is left to chance. Of one that counts ``by_pieces``
    only those are compared that the buyer has in the end."""

    channel: str
    external_id: str
    lines: dict[str, int]
    status: SaleStatus = "asked"
    order_id: str | None = None
    shipped: bool = False
    returned: dict[str, int] = field(default_factory=dict)
    name: str = ""
    by_pieces: bool = False
    sold_at: datetime.datetime | None = None

    def __post_init__(self) -> None:
        self.name = self.name or self.external_id


@dataclass
class Books:
    """What all clients know together."""

    sales: dict[tuple[str, str], Sale] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    tallies: dict[str, int] = field(default_factory=dict)
    mismatches: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def open(self, channel: str, external_id: str, lines: dict[str, int]) -> Sale:
        """Begin a sale."""
        sale = Sale(channel, external_id, lines)
        assert (channel, external_id) not in self.sales, "a number is used for one sale"
        self.sales[channel, external_id] = sale
        return sale

    def note(self, at: float, what: str) -> None:
        """Write down what somebody was told, and when."""
        self.told.append(f"{at:.3f} {what}")

    def count(self, what: str) -> None:
        """Count something that happened."""
        self.tallies[what] = self.tallies.get(what, 0) + 1
