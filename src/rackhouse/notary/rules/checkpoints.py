"""Checkpoints: what one says, how it follows from the one before, and when the next is due."""

import datetime
from collections.abc import Iterable
from hashlib import sha256

import msgspec

from rackhouse.platform.events import GENESIS, START, Growth, Position

__all__ = [
    "Checkpoint",
    "Grown",
    "Head",
    "is_due",
    "next_checkpoint",
    "read_payload",
    "root_of",
    "sorted_heads",
]


class Head(msgspec.Struct, frozen=True):
    """The newest event of a stream at some time: its version and its hash."""

    stream: str
    version: int
    hash: bytes


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a log had grown to at some time, signed.

    Up to ``position`` it had ``events`` events; ``streams`` of its streams had grown since the
    checkpoint before, whose root is ``previous_root``. ``jws`` is the signed statement of it.
    """

    log: str
    number: int
    signed_at: datetime.datetime
    position: Position
    events: int
    streams: int
    previous_root: bytes
    root: bytes
    jws: str = ""

    @property
    def id(self) -> str:
        """Its name, such as ``inventory-7``."""
        return f"{self.log}-{self.number}"

    def payload(self, issuer: str) -> bytes:
        """What is signed (RFC 7519), with hashes in hexadecimal."""
        return msgspec.json.encode(
            _Payload(
                iss=issuer,
                iat=int(self.signed_at.timestamp()),
                log=self.log,
                number=self.number,
                position=str(self.position),
                events=self.events,
                streams=self.streams,
                previous_root=self.previous_root.hex(),
                root=self.root.hex(),
            )
        )


class Grown:
    """What a log has grown by since a checkpoint."""

    def __init__(self, since: Checkpoint | None) -> None:
        self.position = START if since is None else since.position
        self.events = 0
        self.heads: dict[str, Head] = {}

    def add(self, growth: Iterable[Growth]) -> None:
        """Take in the next events."""
        for each in growth:
            self.heads[each.stream] = Head(each.stream, each.version, each.hash)
            self.events += 1
            self.position = each.place


def next_checkpoint(
    log: str, since: Checkpoint | None, grown: Grown, now: datetime.datetime
) -> Checkpoint:
    """The checkpoint that follows one, not signed yet. Times are in whole seconds."""
    previous_root = GENESIS if since is None else since.root
    return Checkpoint(
        log=log,
        number=1 if since is None else since.number + 1,
        signed_at=now.replace(microsecond=0),
        position=grown.position,
        events=grown.events + (0 if since is None else since.events),
        streams=len(grown.heads),
        previous_root=previous_root,
        root=root_of(previous_root, sorted_heads(grown.heads.values())),
    )


def root_of(previous_root: bytes, heads: Iterable[Head]) -> bytes:
    """SHA-256 of the root before, 32 zero bytes for the first, and of the heads in the order of
    their streams, each as a JSON array (RFC 8785) of stream, version and hash."""
    digest = sha256(previous_root)
    encode = msgspec.json.Encoder().encode
    for head in heads:
        digest.update(encode((head.stream, head.version, head.hash.hex())))
    return digest.digest()


def sorted_heads(heads: Iterable[Head]) -> list[Head]:
    """Heads in the order of the code points of their streams' names."""
    return sorted(heads, key=lambda head: head.stream)


def is_due(newest: Checkpoint | None, now: datetime.datetime, *, every_seconds: int) -> bool:
    """Whether it is time for the checkpoint after the newest one."""
    if newest is None:
        return True
    return newest.signed_at + datetime.timedelta(seconds=every_seconds) <= now


def read_payload(payload: bytes, jws: str) -> Checkpoint:
    """The checkpoint that a signed payload speaks of; raises ValueError for anything else."""
    try:
        said = msgspec.json.decode(payload, type=_Payload)
        return Checkpoint(
            log=said.log,
            number=said.number,
            signed_at=datetime.datetime.fromtimestamp(said.iat, datetime.UTC),
            position=Position.parse(said.position),
            events=said.events,
            streams=said.streams,
            previous_root=bytes.fromhex(said.previous_root),
            root=bytes.fromhex(said.root),
            jws=jws,
        )
    except (msgspec.MsgspecError, ValueError, OverflowError) as error:
        raise ValueError(f"it does not say what a checkpoint says ({error})") from error


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    iat: int
    log: str
    number: int
    position: str
    events: int
    streams: int
    previous_root: str
    root: str
