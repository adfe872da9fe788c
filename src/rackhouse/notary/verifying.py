"""Verifying: reading every event of every log, and comparing it with its chain and checkpoints."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from rackhouse.notary.answers import keep_answer, raise_if_answered
from rackhouse.notary.archive_checking import ArchiveCheck
from rackhouse.notary.errors import LogUnknown, VerificationUnderWay
from rackhouse.notary.log_checking import LogCheck, TimeIsOver
from rackhouse.notary.logs import logs_of
from rackhouse.notary.rules import CheckedLog, Findings, Start, Verification
from rackhouse.notary.saved import SavedCheckpoint
from rackhouse.platform.archive import ArchivedFile, archived_boundaries, archived_files
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House

__all__ = ["verify_logs"]

FINDINGS_LIMIT = 1_000
ATTEMPTS_LIMIT = 5


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
    archived, the log is read from the last that has left it, and then the files of the archive up
    to there. After ``seconds_limit`` it answers with what it has. Refuses with `LogUnknown`,
    `VerificationUnderWay` and `ArchiveLibraryMissing`.
    """
    house, names = context.house, list(logs_of(context.house, log))
    _refuse_unknown(names, saved)
    await raise_if_answered(context)
    with house.the(_OneAtATime).turn():
        give_up_at = None if seconds_limit is None else time.monotonic() + seconds_limit
        checks = _Checks(house, saved, give_up_at)
        report = checks.report([await checks.check(each) for each in names])
    await keep_answer(context, report)
    return report


class _OneAtATime:
    """Lets this process do one verification at a time: it keeps a processor busy."""

    def __init__(self, _: House) -> None:
        self._under_way = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Refuses with `VerificationUnderWay` while another one lasts."""
        if self._under_way:
            raise VerificationUnderWay()
        self._under_way = True
        try:
            yield
        finally:
            self._under_way = False


class _Checks:
    """The checks of several logs, one after the other."""

    def __init__(
        self,
        house: House,
        saved: Sequence[SavedCheckpoint],
        give_up_at: float | None,
    ) -> None:
        self._house = house
        self._saved = saved
        self._give_up_at = give_up_at
        self._findings = Findings(limit=FINDINGS_LIMIT)
        self._complete = True

    async def check(self, name: str) -> CheckedLog:
        """Check one log, or as much of it as there is time for.

        Events that are archived in the meantime are missed where they were: what is found then
        counts for nothing, and the log is checked again.
        """
        for _ in range(ATTEMPTS_LIMIT):
            left = await _left(self._house, name)
            findings = Findings(limit=FINDINGS_LIMIT)
            checked = await self._checked(name, left, findings)
            if not findings.kept or await _left(self._house, name) == left:
                break
        self._findings.add(findings.kept)
        self._findings.further += findings.further
        return checked

    async def _checked(self, name: str, left: "_Left", findings: Findings) -> CheckedLog:
        saved = [each for each in self._saved if each.checkpoint.log == name]
        log = logs_of(self._house)[name]
        check = LogCheck(self._house, log, saved, left.starts, findings)
        archive = ArchiveCheck(self._house, log, left.starts, findings)
        try:
            await check.run(give_up_at=self._give_up_at)
            await archive.run(give_up_at=self._give_up_at)
        except TimeIsOver:
            self._complete = False
        return msgspec.structs.replace(check.checked(), archived_events=archive.events)

    def report(self, checked: list[CheckedLog]) -> Verification:
        """What all of them found."""
        return Verification(
            complete=self._complete,
            events=sum(each.events for each in checked),
            streams=sum(each.streams for each in checked),
            checkpoints=sum(each.checkpoints for each in checked),
            archived_events=sum(each.archived_events for each in checked),
            logs=checked,
            findings=self._findings.kept,
            further=self._findings.further,
        )


def _refuse_unknown(names: Sequence[str], saved: Sequence[SavedCheckpoint]) -> None:
    for each in saved:
        if each.checkpoint.log not in names:
            raise LogUnknown(log=each.checkpoint.log, logs=sorted(names))


class _Left(msgspec.Struct, frozen=True):
    """What has left a log: the files of its archive, and the last such event of each stream."""

    files: list[ArchivedFile]
    starts: dict[str, Start]


async def _left(house: House, log: str) -> _Left:
    async with house.database(log).reading() as tx:
        files, boundaries = await archived_files(tx, log), await archived_boundaries(tx, log)
    starts = {stream: Start(each.version, each.hash) for stream, each in boundaries.items()}
    return _Left(files, starts)
