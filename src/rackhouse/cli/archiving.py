"""``rackhouse archive``."""

import datetime
from typing import Any

import click
import msgspec

from rackhouse.cli.command_line import FAILURE, USAGE, Failure
from rackhouse.cli.session import open_house, run
from rackhouse.platform.archive import (
    ArchiveCheck,
    ArchivedFile,
    ArchivedLog,
    archive_events,
    archived_files,
    month_that_is_old,
    verify_archive,
)
from rackhouse.platform.house import House

__all__ = ["archive_command"]

MEBIBYTE = 1024 * 1024


class _Month(click.ParamType[datetime.date]):
    """A month such as 2026-03."""

    name = "month"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime.date:
        """Its first day."""
        try:
            return datetime.datetime.strptime(value, "%Y-%m").date()
        except ValueError:
            self.fail(f"{value!r} is no month such as 2026-03", param, ctx)


class ListedFile(msgspec.Struct, frozen=True):
    """A file of the archive as it is listed; hashes are in hexadecimal."""

    log: str
    name: str
    month: str
    events: int
    size_bytes: int
    sha256: str
    first: str
    last: str
    archived_at: datetime.datetime
    emptied_at: datetime.datetime | None


@click.group("archive", invoke_without_command=True)
@click.option("--before", type=_Month(), help="Archive the months before this one, as 2026-03.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.pass_context
def archive_command(ctx: click.Context, before: datetime.date | None, as_json: bool) -> None:
    """Move the events of whole months into Parquet files, where they remain answerable.

    Without --before, of the months that are older than RACKHOUSE_ARCHIVE_AFTER_DAYS. It can be
    stopped at any time and run again.
    """
    if ctx.invoked_subcommand is not None:
        return
    moved = run(_archived(before))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([_outcome(each) for each in moved])))
        return
    for log in moved:
        if log.stopped is not None:
            click.echo(f"{log.log}: stopped: {log.stopped}.")
    files = sum(len(log.files) for log in moved)
    events = sum(file.events for log in moved for file in log.files)
    click.echo(f"{events:,} events were moved into {files:,} files.")


@archive_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the files as JSON.")
def list_command(as_json: bool) -> None:
    """List the files, log by log, the oldest first."""
    files = [_listed(each) for each in run(_files())]
    if as_json:
        click.echo(msgspec.json.encode(files))
        return
    for file in files:
        size = f"{file.size_bytes / MEBIBYTE:,.1f} MiB"
        state = "" if file.emptied_at else "  still in the log"
        click.echo(f"{file.name}  {file.events:>12,} events  {size:>12}{state}")


@archive_command.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def verify_command(as_json: bool) -> None:
    """Read every file, and check every event in it against its chain.

    The exit code is 1 where a file is missing or not what was written.
    """
    check = run(_verified())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(check)))
    else:
        for each in check.findings:
            click.echo(f"{each.file or each.log}: {each.finding}.")
        fits = "every hash fits." if not check.findings else "not what was written."
        click.echo(f"{check.events:,} events in {check.files:,} files: {fits}")
    if check.findings:
        raise click.exceptions.Exit(FAILURE)


async def _archived(before: datetime.date | None) -> list[ArchivedLog]:
    async with open_house() as house:
        month = before or await month_that_is_old(house)
        if month is None:
            raise Failure("say --before, or set RACKHOUSE_ARCHIVE_AFTER_DAYS", USAGE)
        return await archive_events(
            house=house, before=month, files_limit=None, progress=_say_finished
        )


async def _files() -> list[ArchivedFile]:
    found: list[ArchivedFile] = []
    async with open_house() as house:
        for log in _logs(house):
            async with house.database(log).reading() as tx:
                found += await archived_files(tx, log)
    return found


async def _verified() -> ArchiveCheck:
    async with open_house() as house:
        return await verify_archive(house=house)


def _logs(house: House) -> list[str]:
    return [module.name for module in house.modules if module.event_log is not None]


def _say_finished(file: ArchivedFile) -> None:
    click.echo(f"{file.name}: {file.events:,} events", err=True)


def _outcome(moved: ArchivedLog) -> dict[str, Any]:
    files = [_listed(each) for each in moved.files]
    return {"log": moved.log, "files": files, "stopped": moved.stopped}


def _listed(file: ArchivedFile) -> ListedFile:
    return ListedFile(
        file.log,
        file.name,
        f"{file.month:%Y-%m}",
        file.events,
        file.size_bytes,
        file.sha256.hex(),
        str(file.first),
        str(file.last),
        file.archived_at,
        file.emptied_at,
    )
