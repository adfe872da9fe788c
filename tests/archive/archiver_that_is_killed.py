"""Archives in small steps, and kills itself (SIGKILL) at the so-manieth call of a function.

Called with the function, as module:name, and the number of the call.
"""

import importlib
import os
import signal
import sys
from typing import Any

from rackhouse.cli import main
from rackhouse.platform.archive import moving
from rackhouse.platform.events import outgoing


def die_at(place: str, number: int) -> None:
    """Let the so-manieth call of a function be the last thing that happens."""
    module, _, path = place.partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    original, calls = getattr(owner, name), 0

    def dies(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(owner, name, dies)


if __name__ == "__main__":
    moving.FILE_EVENTS_LIMIT = 11
    moving.DELETE_LIMIT = 4
    outgoing.FETCH = "fetch 3 from rackhouse_archive"
    die_at(sys.argv[1], int(sys.argv[2]))
    sys.argv[1:] = ["archive", "--before", "2026-11"]
    main()
