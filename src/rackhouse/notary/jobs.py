"""What the worker does for the notary on a clock."""

from rackhouse.notary.signing import sign_due_checkpoints
from rackhouse.platform.module import Job

__all__ = ["JOBS"]

# How often it looks; how often it signs is a setting.
LOOK_EVERY_SECONDS = 60

JOBS = (
    Job(
        name="notary.sign_due_checkpoints",
        every_seconds=LOOK_EVERY_SECONDS,
        permissions=frozenset({"checkpoints:write"}),
        run=sign_due_checkpoints,
    ),
)
