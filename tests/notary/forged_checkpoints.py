"""Checkpoints as somebody keeps them, and as somebody forges them."""

import json

from joserfc import jws
from joserfc.jwk import OKPKey
from tampered_towns import Town

from rackhouse.identity.signatures import ONE_ALGORITHM
from rackhouse.notary import (
    Checkpoint,
    SavedCheckpoint,
    checkpoint_of,
    latest_checkpoints,
    read_saved_checkpoints,
)
from rackhouse.notary.signing import CHECKPOINT

__all__ = ["FORGER", "document", "forged", "kid_of", "newest", "replace_jws", "saved"]

FORGER = OKPKey.generate_key("Ed25519")


async def newest(town: Town, log: str = "inventory") -> Checkpoint:
    found = {each.log: each for each in await latest_checkpoints(context=town.context)}
    return found[log]


async def document(town: Town, log: str = "inventory") -> str:
    """A checkpoint as somebody saves it: the JWS and all heads."""
    checkpoint = await newest(town, log)
    found = await checkpoint_of(
        context=town.context, checkpoint_id=checkpoint.id, after="", limit=1000
    )
    heads = [{"stream": x.stream, "version": x.version, "hash": x.hash.hex()} for x in found.heads]
    return json.dumps({"jws": checkpoint.jws, "heads": heads})


async def saved(town: Town, text: str) -> SavedCheckpoint:
    (read,) = await read_saved_checkpoints(house=town.house, text=text)
    return read


def forged(checkpoint: Checkpoint, kid: str, **said: object) -> str:
    """What somebody signs who has not our key."""
    payload = json.dumps({**json.loads(checkpoint.payload("forger")), **said})
    header = {"alg": "EdDSA", "typ": CHECKPOINT, "kid": kid}
    return jws.serialize_compact(header, payload, FORGER, registry=ONE_ALGORITHM)


def kid_of(town: Town) -> str:
    ((kid,),) = town.ask("select kid from identity.signing_key")
    return str(kid)


def replace_jws(town: Town, text: str) -> None:
    changed = town.tamper(
        "update notary.checkpoint set jws = %(text)s where log = 'inventory'", text=text
    )
    assert changed == 1
