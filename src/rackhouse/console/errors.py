"""The refusals of the console."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, NotAllowed, NotAuthenticated, NotFound

__all__ = ["CameFromElsewhere", "DropIsRunning", "NotSignedIn", "ProblemUnknown"]


@dataclass(eq=False)
class NotSignedIn(NotAuthenticated):
    """Nobody is signed in to the console here. Sign in with a link from `rackhouse signin`."""


@dataclass(eq=False)
class CameFromElsewhere(NotAllowed):
    """The form was sent from {origin}, not from this console. Open the console and send it
    there."""

    origin: str


@dataclass(eq=False)
class DropIsRunning(Conflict):
    """A demo drop is running already. Watch it, and run another one when it has ended."""


@dataclass(eq=False)
class ProblemUnknown(NotFound):
    """There is no kind of problem called {name}."""

    name: str
