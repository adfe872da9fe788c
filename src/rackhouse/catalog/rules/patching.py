"""Merge patches (RFC 7396): what is named changes, null takes away, all else stays."""

from typing import Any

__all__ = ["merged"]

DEPTH_MAX = 32


def merged(target: Any, patch: Any, depth: int = DEPTH_MAX) -> Any:
    """What a value becomes by a patch. Tables are merged name by name, at most `DEPTH_MAX` deep;
    anything else takes the place of what there was."""
    if not isinstance(patch, dict) or not depth:
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, said in patch.items():
        if said is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), said, depth - 1)
    return result
