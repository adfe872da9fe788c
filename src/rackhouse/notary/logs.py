"""The logs that there are: one of each module that publishes events, the notary's own last."""

from rackhouse.notary.errors import LogUnknown
from rackhouse.notary.events import LOG
from rackhouse.platform.events import EventLog
from rackhouse.platform.house import House

__all__ = ["logs_of"]


def logs_of(house: House, log: str | None = None) -> dict[str, EventLog]:
    """Every log of a house by its name, or only one; refuses with `LogUnknown`."""
    logs = {
        module.name: module.event_log for module in house.modules if module.event_log is not None
    }
    own = logs.pop(LOG.schema, None)
    if own is not None:
        logs[LOG.schema] = own
    if log is None:
        return logs
    if log not in logs:
        raise LogUnknown(log=log, logs=sorted(logs))
    return {log: logs[log]}
