"""What the worker does for curation on a clock."""

from rackhouse.curation.carrying_out import carry_out_due
from rackhouse.curation.opening import open_and_close
from rackhouse.platform.module import Job

__all__ = ["JOBS"]

JOBS = (
    Job(
        name="curation.open_and_close",
        every_seconds=1,
        permissions=frozenset(),
        run=open_and_close,
    ),
    Job(
        name="curation.carry_out_bundles",
        every_seconds=1,
        permissions=frozenset({"catalog:read", "catalog:write"}),
        run=carry_out_due,
    ),
)
