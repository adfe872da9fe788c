"""``rackhouse outlet``: what is pushed, how late it is, and what could not be delivered."""

import datetime

import click
import msgspec

from rackhouse.cli.session import administrator, open_house, run
from rackhouse.outlets import (
    ChannelLag,
    DeadLetter,
    DeadLetterPlace,
    LagRule,
    Outlet,
    OutletStatus,
    Place,
    Queued,
    channel_lag,
    dead_letter_page,
    discard_dead_letter,
    discard_dead_letters,
    move_outlet,
    outlet_status,
    outlet_statuses,
    pause_outlet,
    remove_lag_rule,
    replay_dead_letter,
    replay_dead_letters,
    resume_outlet,
    set_lag_rule,
)

__all__ = ["outlet_command"]

PAGE_LIMIT = 200
DEFAULT = LagRule()


@click.group("outlet")
def outlet_command() -> None:
    """See to what is pushed: webhooks and whatever else follows for long."""


@outlet_command.command("list")
@click.option("--channel", help="Only of this channel.")
@click.option("--kind", help="Only of this kind, such as webhook.")
@click.option("--json", "as_json", is_flag=True, help="Print the outlets as JSON.")
def list_command(channel: str | None, kind: str | None, as_json: bool) -> None:
    """List the outlets and how they do."""
    found = run(_listed(channel, kind))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        lag = f"{each.lag.events} events, {each.lag.seconds:.1f} s behind"
        click.echo(f"{each.id}  {each.kind:10}  {each.state:8}  {lag:28}  {each.name}")


@outlet_command.command("show")
@click.argument("outlet_id")
def show_command(outlet_id: str) -> None:
    """Show the outlet OUTLET_ID and how it does, as JSON."""
    _print(run(_shown(outlet_id)))


@outlet_command.command("pause")
@click.argument("outlet_id")
@click.option("--reason", default="", help="Why, in a few words.")
def pause_command(outlet_id: str, reason: str) -> None:
    """Send nothing through the outlet OUTLET_ID until it is resumed. It keeps its place."""
    click.echo(f"{run(_paused(outlet_id, reason)).id} is paused.")


@outlet_command.command("resume")
@click.argument("outlet_id")
def resume_command(outlet_id: str) -> None:
    """Go on at once with the outlet OUTLET_ID."""
    click.echo(f"{run(_resumed(outlet_id)).id} is running.")


@outlet_command.command("move")
@click.argument("outlet_id")
@click.option("--cursor", help="Go on after this cursor, as a message carries it.")
@click.option("--time", type=click.DateTime(), help="Go on with what was recorded since (UTC).")
@click.option("--snapshot", is_flag=True, help="Send the stock as it is, then what comes.")
def move_command(
    outlet_id: str, cursor: str | None, time: datetime.datetime | None, snapshot: bool
) -> None:
    """Let the outlet OUTLET_ID go on from another place; without an option, at the end."""
    at = time.replace(tzinfo=datetime.UTC) if time else None
    moved = run(_moved(outlet_id, Place(cursor=cursor, time=at, snapshot=snapshot)))
    click.echo(f"{moved.id} was moved.")


@outlet_command.command("letters")
@click.argument("outlet_id")
@click.option("--json", "as_json", is_flag=True, help="Print the dead letters as JSON.")
def letters_command(outlet_id: str, as_json: bool) -> None:
    """List the dead letters of the outlet OUTLET_ID."""
    found = run(_letters(outlet_id))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        at = each.died_at.isoformat(timespec="seconds")
        click.echo(f"{each.id}  {at}  {each.type}  {each.stream} {each.sequence}  {each.problem}")


@outlet_command.command("replay")
@click.argument("outlet_id")
@click.option("--letter", help="Only this dead letter; else all of them.")
def replay_command(outlet_id: str, letter: str | None) -> None:
    """Send dead letters of the outlet OUTLET_ID anew."""
    click.echo(f"{run(_replayed(outlet_id, letter)).queued} to be sent anew.")


@outlet_command.command("discard")
@click.argument("outlet_id")
@click.option("--letter", help="Only this dead letter; else all of them.")
@click.confirmation_option(prompt="Forget dead letters for good?")
def discard_command(outlet_id: str, letter: str | None) -> None:
    """Forget dead letters of the outlet OUTLET_ID for good."""
    click.echo(f"{run(_discarded(outlet_id, letter))} forgotten.")


@outlet_command.command("lag")
@click.argument("channel")
def lag_command(channel: str) -> None:
    """Show how late the channel CHANNEL is told, as JSON."""
    _print(run(_lag(channel)))


@outlet_command.command("promise")
@click.argument("channel")
@click.option("--within", "within_seconds", type=float, default=DEFAULT.within_seconds)
@click.option("--share", type=float, default=DEFAULT.share, help="For this share of the changes.")
@click.option("--window", "window_hours", type=int, default=DEFAULT.window_hours)
@click.option("--limit", "limit_seconds", type=float, default=DEFAULT.limit_seconds)
@click.option(
    "--measure",
    type=click.Choice(["none", "buffer", "pause"]),
    default="none",
    help="What to do while the lag is beyond the limit.",
)
@click.option("--buffer", type=int, default=0, help="Pieces to leave to others meanwhile.")
@click.option("--remove", is_flag=True, help="Let the settings say again what is promised.")
def promise_command(channel: str, remove: bool, **rule: object) -> None:
    """Promise within how many seconds the channel CHANNEL is told of a change."""
    if remove:
        run(_unpromised(channel))
        click.echo(f"The settings say what is promised to {channel}.")
        return
    _print(run(_promised(channel, msgspec.convert(rule, LagRule))))


async def _listed(channel: str | None, kind: str | None) -> list[OutletStatus]:
    found: list[OutletStatus] = []
    async with open_house() as house:
        while True:
            page = await outlet_statuses(
                context=administrator(house),
                after=found[-1].id if found else None,
                channel=channel,
                kind=kind,
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found


async def _shown(outlet_id: str) -> OutletStatus:
    async with open_house() as house:
        return await outlet_status(context=administrator(house), outlet_id=outlet_id)


async def _paused(outlet_id: str, reason: str) -> Outlet:
    async with open_house() as house:
        context = administrator(house)
        return await pause_outlet(context=context, outlet_id=outlet_id, reason=reason)


async def _resumed(outlet_id: str) -> Outlet:
    async with open_house() as house:
        return await resume_outlet(context=administrator(house), outlet_id=outlet_id)


async def _moved(outlet_id: str, place: Place) -> Outlet:
    async with open_house() as house:
        return await move_outlet(context=administrator(house), outlet_id=outlet_id, place=place)


async def _letters(outlet_id: str) -> list[DeadLetter]:
    found: list[DeadLetter] = []
    async with open_house() as house:
        while True:
            last = found[-1] if found else None
            page = await dead_letter_page(
                context=administrator(house),
                outlet_id=outlet_id,
                after=DeadLetterPlace(last.died_at, last.id) if last else None,
                limit=PAGE_LIMIT,
            )
            found += page
            if len(page) < PAGE_LIMIT:
                return found


async def _replayed(outlet_id: str, letter_id: str | None) -> Queued:
    async with open_house() as house:
        context = administrator(house)
        if letter_id is None:
            return await replay_dead_letters(context=context, outlet_id=outlet_id)
        return await replay_dead_letter(context=context, outlet_id=outlet_id, letter_id=letter_id)


async def _discarded(outlet_id: str, letter_id: str | None) -> int:
    async with open_house() as house:
        context = administrator(house)
        if letter_id is None:
            return await discard_dead_letters(context=context, outlet_id=outlet_id)
        await discard_dead_letter(context=context, outlet_id=outlet_id, letter_id=letter_id)
        return 1


async def _lag(channel: str) -> ChannelLag:
    async with open_house() as house:
        return await channel_lag(context=administrator(house), channel=channel)


async def _promised(channel: str, rule: LagRule) -> LagRule:
    async with open_house() as house:
        return await set_lag_rule(context=administrator(house), channel=channel, rule=rule)


async def _unpromised(channel: str) -> None:
    async with open_house() as house:
        await remove_lag_rule(context=administrator(house), channel=channel)


def _print(found: msgspec.Struct) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(found)))
