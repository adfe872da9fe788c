"""Verifying: reading every event of every log, and comparing it with its chain and checkpoints."""

import time
from collections.abc import Mapping, Sequence

from rackhouse.notary.answers import keep_answer, raise_if_answered
from rackhouse.notary.errors import LogUnknown, VerificationUnderWay
from rackhouse.notary.log_checking import LogCheck, TimeIsOver
from rackhouse.notary.logs import logs_of
from rackhouse.notary.rules import CheckedLog, Findings, Start, Verification
from rackhouse.notary.saved import SavedCheckpoint
from rackhouse.platform.archive import archived_boundaries
from rackhouse.platform.context import Context, operation
from rackhouse.platform.events import EventLog
from rackhouse.platform.house import House

__all__ = ["verify_logs"]

FINDINGS_LIMIT = 1_000


class _OneAtATime:
    """Whether this process verifies at the moment."""

    def __init__(self, _: House) -> None:
        self.under_way = False


@operation("logs:verify")
async def verify_logs(
    *,
    context: Context,
    log: str | None,
    saved: Sequence[SavedCheckpoint],
    seconds_limit: float | None,
) -> Verification:
    """Check every event of one log, or of all, as far as they are settled, and every checkpoint.

    It locks nothing and holds no snapshot: it reads page by page, and keeps the head of each
    stream in memory. ``saved`` are checkpoints that were kept elsewhere. Where events were
    archived, it begins with the hash of the last that has left the log; those in the archive are
    checked by `verify_archive`. After ``seconds_limit`` it answers with what it has.

    Refuses with `LogUnknown` and `VerificationUnderWay`.
    """
    logs = logs_of(context.house, log)
    for each in saved:
        if each.checkpoint.log not in logs:
            raise LogUnknown(log=each.checkpoint.log, logs=sorted(logs))
    await raise_if_answered(context)
    only_one = context.house.the(_OneAtATime)
    if only_one.under_way:
        raise VerificationUnderWay()
    only_one.under_way = True
    try:
        report = await _verified(context.house, logs, saved, seconds_limit)
    finally:
        only_one.under_way = False
    await keep_answer(context, report)
    return report


async def _verified(
    house: House,
    logs: Mapping[str, EventLog],
    saved: Sequence[SavedCheckpoint],
    seconds_limit: float | None,
) -> Verification:
    give_up_at = None if seconds_limit is None else time.monotonic() + seconds_limit
    findings = Findings(limit=FINDINGS_LIMIT)
    complete = True
    checked: list[CheckedLog] = []
    for name, log in logs.items():
        kept = [each for each in saved if each.checkpoint.log == name]
        check = LogCheck(house, log, kept, await _starts(house, name), findings)
        try:
            await check.run(give_up_at=give_up_at)
        except TimeIsOver:
            complete = False
        checked.append(check.checked())
    return Verification(
        complete=complete,
        events=sum(each.events for each in checked),
        streams=sum(each.streams for each in checked),
        checkpoints=sum(each.checkpoints for each in checked),
        logs=checked,
        findings=findings.kept,
        further=findings.further,
    )


async def _starts(house: House, log: str) -> dict[str, Start]:
    """The last event of each stream that is not in its log any more."""
    async with house.database(log).reading() as tx:
        boundaries = await archived_boundaries(tx, log)
    return {stream: Start(each.version, each.hash) for stream, each in boundaries.items()}
