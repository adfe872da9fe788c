"""What the events of quotas and waiting lists mean."""

import datetime
from collections.abc import Container
from typing import Any

from machine.keeping import Keeping, Placing
from machine.pieces import InLineBook, QuotaBook
from machine.world import CHANNELS
from rackhouse.inventory.rules import Key, Line
from rackhouse.platform.events import NewEvent

__all__ = ["OfLimits"]


class OfLimits(Keeping):
    """Capped, in line, offered."""

    def _note_QuotaSet(self, stream: str, event: Any) -> None:  # noqa: N802
        quota = QuotaBook(event.cap, event.per, tuple(event.skus))
        self.quotas[event.quota] = quota
        used = self.used(quota, tidied=True)
        assert all(count <= quota.cap for count in used.values()), "a cap is never below its use"

    def _note_QuotaEnded(self, stream: str, event: Any) -> None:  # noqa: N802
        del self.quotas[event.quota]

    def _note_WaitingJoined(self, stream: str, event: Any) -> None:  # noqa: N802
        who = (event.channel_id, event.customer_id)
        assert all((w.channel, w.customer) != who for w in self.in_line if w.sku == event.sku)
        self.in_line.append(
            InLineBook(
                stream.partition(":")[2],
                event.sku,
                event.quantity,
                event.channel_id,
                event.customer_id,
                event.offer_seconds,
            )
        )

    def _note_WaitingLeft(self, stream: str, event: Any) -> None:  # noqa: N802
        self._leave(stream)

    def _note_OfferMade(self, stream: str, event: Any) -> None:  # noqa: N802
        self._nobody_was_passed_over(stream.partition(":")[2], event)
        waited = self._leave(stream)
        hold = self.holds[event.hold_id]
        mine = self.of(hold.id, "held")
        assert {p.sku for p in mine} == {waited.sku}, "it is what they waited for"
        assert len(mine) == waited.quantity == event.quantity, "and as many"
        assert (hold.channel, hold.customer) == (waited.channel, waited.customer)

    def _nobody_was_passed_over(self, waiting_id: str, event: Any) -> None:
        """Whoever stands before them wants more than there was."""
        served = self._in_line(waiting_id)
        if any(served.sku in quota.skus for quota in self.quotas.values()):
            return
        for each in self.in_line[: self.in_line.index(served)]:
            if (each.sku, each.channel) == (served.sku, served.channel):
                left = self.available(each.channel, each.sku, tidied=False)
                assert left + event.quantity < each.quantity, f"{each} was passed over"

    def _leave(self, stream: str) -> InLineBook:
        found = self._in_line(stream.partition(":")[2])
        self.in_line.remove(found)
        return found

    def _in_line(self, waiting_id: str) -> InLineBook:
        found = [each for each in self.in_line if each.id == waiting_id]
        assert len(found) == 1, f"{waiting_id} waits"
        return found[0]

    def nobody_in_line_could_be_served(self, in_hand: Container[Key]) -> None:
        """Whoever waits for pieces that a batch had in hand waits for more than there are."""
        for waiting in self.in_line:
            keys = [(waiting.sku, place) for place in CHANNELS[waiting.channel]]
            if not all(key in in_hand for key in keys):
                continue
            there = self.available(waiting.channel, waiting.sku, tidied=False)
            assert there < waiting.quantity or self._is_capped(waiting), f"{waiting} of {there}"

    def _is_capped(self, waiting: InLineBook) -> bool:
        for quota in self.quotas.values():
            subject = waiting.customer if quota.per == "customer" else ""
            used = self.used(quota, tidied=False)[subject]
            if waiting.sku in quota.skus and used + waiting.quantity > quota.cap:
                return True
        return False

    def expect_offer(self, event: NewEvent, offered: str, quantity: int) -> None:
        """A hold is about to be placed for somebody who waits."""
        waited = self._in_line(offered.partition(":")[2])
        data: Any = event.data
        self.placing[data.hold_id] = Placing(
            data.hold_id,
            waited.channel,
            waited.customer,
            (Line(waited.sku, quantity),),
            CHANNELS[waited.channel],
            self.now + datetime.timedelta(seconds=waited.seconds),
        )
