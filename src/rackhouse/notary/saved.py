"""Saved checkpoints: what somebody kept out of the reach of whoever keeps the database."""

import base64
import binascii

import msgspec

from rackhouse.identity import StatementNotOurs, read_statement
from rackhouse.notary.errors import SavedCheckpointUnreadable
from rackhouse.notary.rules import Checkpoint, Head, read_payload, root_of
from rackhouse.notary.signing import CHECKPOINT
from rackhouse.platform.house import House

__all__ = ["SavedCheckpoint", "read_saved_checkpoints"]


class SavedCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint as it was saved, and the heads that it names, where all of them were saved too.
    ``doubt`` is why it may not come from this service; None for one that does."""

    checkpoint: Checkpoint
    heads: tuple[Head, ...]
    doubt: str | None


class _SavedHead(msgspec.Struct, frozen=True):
    stream: str
    version: int
    hash: str


class _Saved(msgspec.Struct, frozen=True):
    jws: str
    heads: tuple[_SavedHead, ...] = ()


class _SavedList(msgspec.Struct, frozen=True):
    items: list[_Saved]


async def read_saved_checkpoints(*, house: House, text: str) -> list[SavedCheckpoint]:
    """Read what was saved: a compact JWS, or what the API answered for one checkpoint or a list.

    Refuses with `SavedCheckpointUnreadable`.
    """
    return [await _read(house, each) for each in _decoded(text.strip())]


async def _read(house: House, saved: _Saved) -> SavedCheckpoint:
    checkpoint = _said(saved.jws)
    doubt = None
    try:
        await read_statement(house=house, typ=CHECKPOINT, statement=saved.jws)
    except StatementNotOurs as refusal:
        doubt = refusal.reason
    return SavedCheckpoint(checkpoint, _heads(saved, checkpoint), doubt)


def _decoded(text: str) -> list[_Saved]:
    if not text.startswith("{"):
        return [_Saved(text)]
    try:
        if "items" in msgspec.json.decode(text, type=dict[str, msgspec.Raw]):
            return msgspec.json.decode(text, type=_SavedList).items
        return [msgspec.json.decode(text, type=_Saved)]
    except msgspec.MsgspecError as error:
        raise SavedCheckpointUnreadable(reason=str(error)) from error


def _said(jws: str) -> Checkpoint:
    """What a statement says, whoever signed it."""
    try:
        _, payload, _ = jws.split(".")
        return read_payload(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), jws)
    except (ValueError, binascii.Error) as error:
        raise SavedCheckpointUnreadable(reason=str(error)) from error


def _heads(saved: _Saved, checkpoint: Checkpoint) -> tuple[Head, ...]:
    """All the heads; none where a part of them was saved only, which no signature covers."""
    try:
        heads = [Head(each.stream, each.version, bytes.fromhex(each.hash)) for each in saved.heads]
    except ValueError as error:
        raise SavedCheckpointUnreadable(reason=str(error)) from error
    if len(heads) < checkpoint.streams:
        return ()
    if root_of(checkpoint.previous_root, heads) != checkpoint.root:
        raise SavedCheckpointUnreadable(reason="its heads are not the ones that were signed")
    return tuple(heads)
