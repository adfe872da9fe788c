"""A catalog to try Rackhouse with: real spirits, garments of a made-up label, and sets of both."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import msgspec

FILES = ("spirits.jsonl", "garments.jsonl", "bundles.jsonl")


def demo_drafts() -> Iterator[dict[str, Any]]:
    """The products of the demo catalog as drafts; bundles last, after what they are made of."""
    for name in FILES:
        for line in (files(__name__) / name).read_bytes().splitlines():
            yield msgspec.json.decode(line)
