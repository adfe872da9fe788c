"""A no that was said before the stock was looked at, and that stays the answer."""

import datetime

from rackhouse.inventory.commands.command import Command
from rackhouse.inventory.ledger import Ledger
from rackhouse.platform.errors import Refusal

__all__ = ["Refuse"]


class Refuse(Command, frozen=True, kw_only=True):
    """Refuse a request, so that its key remembers it like any other answer."""

    refusal: Refusal

    def decide(self, ledger: Ledger, now: datetime.datetime) -> None:
        """Refuse with what was said."""
        raise self.refusal
