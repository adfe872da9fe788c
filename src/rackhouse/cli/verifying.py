"""``rackhouse verify``."""

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
import uvloop

from rackhouse.cli.command_line import FAILURE
from rackhouse.cli.session import administrator, open_house
from rackhouse.notary import (
    Finding,
    LogUnknown,
    SavedCheckpoint,
    SavedCheckpointUnreadable,
    Verification,
    read_saved_checkpoints,
    verify_logs,
)

__all__ = ["verify_command"]

SAVED_BYTES_LIMIT = 100_000_000

_Saved = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("verify")
@click.option("--log", help="Only this log, such as inventory.")
@click.option(
    "--checkpoint",
    "files",
    multiple=True,
    type=_Saved,
    help="A file with saved checkpoints; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def verify_command(log: str | None, files: tuple[Path, ...], as_json: bool) -> None:
    """Check every event against its chain, and every checkpoint against its events.

    Says a line for each event that was altered, removed, reordered or added, and then how much it
    checked. The exit code is 1 where there is such a line.
    """
    verification = uvloop.run(_verified(log, files))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(verification)))
    else:
        _tell(verification)
    if verification.findings:
        raise click.exceptions.Exit(FAILURE)


async def _verified(log: str | None, files: Sequence[Path]) -> Verification:
    texts = [(file, _read(file)) for file in files]
    async with open_house(unsettled=True) as house:
        saved: list[SavedCheckpoint] = []
        for file, text in texts:
            try:
                saved += await read_saved_checkpoints(house=house, text=text)
            except SavedCheckpointUnreadable as refusal:
                raise click.BadParameter(f"{file}: {refusal}") from refusal
        try:
            return await verify_logs(
                context=administrator(house), log=log, saved=saved, seconds_limit=None
            )
        except LogUnknown as refusal:
            raise click.UsageError(str(refusal)) from refusal


def _read(file: Path) -> str:
    if file.stat().st_size > SAVED_BYTES_LIMIT:
        raise click.BadParameter(f"{file} is larger than any checkpoint.")
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{file} can not be read: {error}") from error


def _tell(verification: Verification) -> None:
    for each in verification.findings:
        click.echo(_line(each))
    if verification.further:
        click.echo(f"... and {verification.further:,} more.")
    archived = verification.archived_events
    click.echo(
        f"{verification.events:,} events in {verification.streams:,} streams of "
        f"{len(verification.logs)} logs, {verification.checkpoints:,} checkpoints"
        + (f", {archived:,} archived events: " if archived else ": ")
        + ("tampered with." if verification.findings else "every hash fits.")
    )


def _line(each: Finding) -> str:
    if each.stream is None:
        return f"{each.log}: {each.kind}: {each.finding}"
    return f"{each.log} {each.stream} event {each.version}: {each.kind}: {each.finding}"
