"""The end of what a server said since its start, for the message of a refusal."""

from dataclasses import dataclass
from pathlib import Path

TAIL_LINES = 20
TAIL_BYTES = 64 * 1024


@dataclass(frozen=True)
class ServerLog:
    """Two places: ``server.log`` until the server's own log collector works, then a file per
    weekday.
    """

    early: Path
    collected: dict[Path, int]
    directory: Path

    @classmethod
    def from_now_on(cls, home: Path) -> "ServerLog":
        """Remember how long the collected files are by now; what follows is this start's."""
        directory = home / "cluster" / "log"
        return cls(
            home / "server.log",
            {path: path.stat().st_size for path in directory.glob("*")},
            directory,
        )

    def text(self) -> str:
        """What was said since, at most TAIL_BYTES of each file."""
        said = [_after(self.early, 0)]
        said += [
            _after(path, self.collected.get(path, 0)) for path in sorted(self.directory.glob("*"))
        ]
        return "".join(said)

    def tail(self) -> str:
        return "\n".join(self.text().splitlines()[-TAIL_LINES:])


def _after(path: Path, offset: int) -> str:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            # A file that became shorter was emptied because its weekday came again.
            file.seek(max(offset if offset <= size else 0, size - TAIL_BYTES))
            return file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
