"""What may be said of quotas and waiting lists."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from machine.acting import Acting, during
from machine.strategies import channels, picks, skus
from machine.world import CHANNELS, CUSTOMERS
from rackhouse.inventory.commands import EndQuota, JoinWaiting, LeaveWaiting, SetQuota

__all__ = ["DoingLimits"]

quotas = st.sampled_from(["small", "large"])


class DoingLimits(Acting):
    """Caps are set, and customers wait."""

    @during("limits")
    @rule(
        quota=quotas,
        cap=st.integers(1, 8),
        per=st.sampled_from(["everyone", "everyone", "customer"]),
        of=st.sets(skus, min_size=1, max_size=3),
        ended=st.booleans(),
    )
    def set_quota(self, quota: str, cap: int, per: str, of: set[str], ended: bool) -> None:
        """A cap for everyone, or for each customer; or it counts no more."""
        known = self.books.quotas.get(quota)
        asked: dict[str, Any] = {"context": self.context, "quota": quota}
        if ended and known is not None:
            self.ask(EndQuota(**asked, skus=known.skus))
            return
        self.ask(SetQuota(**asked, name=quota, cap=cap, per=per, skus=sorted(of)))

    @during("limits")
    @rule(
        sku=skus,
        quantity=st.integers(1, 3) | st.integers(3, 9),
        channel=channels,
        customer=st.sampled_from(CUSTOMERS[1:]),
        left=st.none() | st.none() | picks,
    )
    def wait_in_line(
        self, sku: str, quantity: int, channel: str, customer: str, left: int | None
    ) -> None:
        """A customer waits, or waits no more."""
        line = self.books.in_line
        if left is not None and line:
            waiting_id = line[left % len(line)].id
            self.ask(LeaveWaiting(context=self.context, waiting_id=waiting_id))
            return
        self.ask(
            JoinWaiting(
                context=self.context,
                waiting_id=self.new_id(),
                sku=sku,
                quantity=quantity,
                channel=channel,
                customer_id=customer,
                offer_seconds=5,
                locations=CHANNELS[channel],
            )
        )

    @during("limits")
    @rule(
        sku=skus,
        channel=channels,
        quantities=st.permutations([1, 2, 3]),
        order=st.permutations(CUSTOMERS[1:]),
    )
    def all_wait(self, sku: str, channel: str, quantities: list[int], order: list[str]) -> None:
        """Several customers wait for the same."""
        for customer, quantity in zip(order, quantities, strict=False):
            self.wait_in_line(sku, quantity, channel, customer, None)
