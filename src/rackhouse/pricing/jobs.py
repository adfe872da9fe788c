"""What the worker does for pricing on a clock."""

from rackhouse.platform.module import Job
from rackhouse.pricing.promotions import tell_what_begins_and_ends

__all__ = ["JOBS"]

JOBS = (
    Job(
        name="pricing.tell_what_begins_and_ends",
        every_seconds=5,
        permissions=frozenset(),
        run=tell_what_begins_and_ends,
    ),
)
