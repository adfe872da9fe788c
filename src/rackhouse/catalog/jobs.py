"""What the worker does for the catalog on a clock."""

from rackhouse.catalog.telling import tell_states
from rackhouse.platform.module import Job

__all__ = ["JOBS"]

JOBS = (
    Job(
        name="catalog.tell_states",
        every_seconds=1,
        permissions=frozenset({"catalog:write"}),
        run=tell_states,
    ),
)
