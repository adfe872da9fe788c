"""What may be said of quotas and waiting lists."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from machine.acting import Acting
from machine.strategies import channels, picks, skus
from machine.world import CHANNELS, CUSTOMERS
from rackhouse.inventory.commands import EndQuota, JoinWaiting, LeaveWaiting, SetQuota

__all__ = ["DoingLimits"]

quotas = st.sampled_from(["small", "large"])


class DoingLimits(Acting):
    """Caps are set, and customers wait."""

    @rule(
        quota=quotas,
        cap=st.integers(1, 8),
        per=st.sampled_from(["everyone", "customer"]),
        of=st.sets(skus, min_size=1, max_size=3),
    )
    def set_quota(self, quota: str, cap: int, per: str, of: set[str]) -> None:
        """A cap for everyone, or for each customer."""
        self.ask(
            SetQuota(
                context=self.context,
                quota=quota,
                name=quota,
                cap=cap,
                per=per,  # type: ignore[arg-type]
                skus=sorted(of),
            )
        )

    @precondition(lambda self: self.books.quotas)
    @rule(quota=quotas)
    def end_quota(self, quota: str) -> None:
        """A cap counts no more."""
        known = self.books.quotas.get(quota)
        limited = known.skus if known else ("A",)
        self.ask(EndQuota(context=self.context, quota=quota, skus=limited))

    @rule(
        sku=skus,
        quantity=st.integers(1, 3),
        channel=channels,
        customer=st.sampled_from(CUSTOMERS[1:]),
    )
    def join_line(self, sku: str, quantity: int, channel: str, customer: str) -> None:
        """A customer waits."""
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

    @precondition(lambda self: self.books.in_line)
    @rule(pick=picks)
    def leave_line(self, pick: int) -> None:
        """A customer waits no more."""
        line = self.books.in_line
        waiting_id = line[pick % len(line)].id
        self.ask(LeaveWaiting(context=self.context, waiting_id=waiting_id))
