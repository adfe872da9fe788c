"""How late a channel is told, in a word."""

import msgspec

from rackhouse.outlets import ChannelLag

__all__ = ["Lateness", "lateness"]


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
    if lag.lag.events == 0:
        return Lateness("Up to date", "tag-good")
    return Lateness("Behind", "tag-low")
