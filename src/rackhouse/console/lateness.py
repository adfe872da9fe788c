"""How late a channel is told, in words."""

import msgspec

from rackhouse.outlets import ChannelLag

__all__ = ["Lateness", "behind", "lateness"]


class Lateness(msgspec.Struct, frozen=True):
    """A word, and the mark that it is shown with."""

    word: str
    mark: str


def lateness(lag: ChannelLag) -> Lateness:
    """How late a channel is told: what is worst counts."""
    if not lag.outlets:
        return Lateness("Asks by itself", "")
    if lag.breached_at is not None:
        return Lateness("Too late", "tag-none")
    if any(each.problem for each in lag.outlets):
        return Lateness("Failing", "tag-none")
    if any(each.state != "running" for each in lag.outlets):
        return Lateness("Held up", "tag-low")
    if behind(lag):
        return Lateness("Behind", "tag-low")
    return Lateness("Up to date", "tag-good")


def behind(lag: ChannelLag) -> str:
    """By how much a channel is behind; nothing where it is up to date. An outlet that has sent
    nothing yet owes its snapshot, whatever has happened since."""
    events, seconds = lag.lag.events, lag.lag.seconds
    if not events and not seconds:
        return ""
    owed = f"{events:,} {'event' if events == 1 else 'events'}" if events else "a snapshot"
    return f"{owed}, {seconds:,.1f} s"
