"""What the worker does for reconciliation on a clock."""

from contextlib import suppress

from rackhouse.platform.context import Context
from rackhouse.platform.module import Job
from rackhouse.reconciliation.auditing import carry_on, is_due, start_audit
from rackhouse.reconciliation.deciding import finish_decisions
from rackhouse.reconciliation.errors import AuditIsRunning

__all__ = ["JOBS", "tend_audits"]

# Shorter than the time that a worker's turn may take, even where the last step waits for orders.
AT_A_TIME_SECONDS = 20.0


async def tend_audits(*, context: Context) -> None:
    """Begin an audit when it is time to, and carry on with the one that runs, for a while."""
    whole = await is_due(context)
    if whole is not None:
        with suppress(AuditIsRunning):
            await start_audit(context=context, whole=whole)
    share = context.house.settings.audit_share
    await carry_on(context, share=share, seconds=AT_A_TIME_SECONDS)


JOBS = [
    Job(
        name="reconciliation.tend_audits",
        every_seconds=5,
        permissions=frozenset({"reconciliation:write"}),
        run=tend_audits,
    ),
    Job(
        name="reconciliation.finish_decisions",
        every_seconds=15,
        permissions=frozenset({"reconciliation:write"}),
        run=finish_decisions,
    ),
]
