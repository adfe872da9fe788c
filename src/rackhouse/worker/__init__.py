"""The worker: what is done on a clock, and the events that modules have subscribed to."""

from rackhouse.worker.queue_schema import migrate_queue
from rackhouse.worker.working import run_worker, work

__all__ = ["migrate_queue", "run_worker", "work"]
