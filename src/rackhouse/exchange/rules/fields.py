"""Fields of the structs of the catalog: files follow them, whatever is added there."""

import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

__all__ = ["APART", "clearable_fields", "plain_fields"]

APART = ("attributes", "variants")
"""What formats write in ways of their own."""


def plain_fields(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The type of each field but those that are ``APART``, without that it may be None or unset; a
    choice of words is text."""
    hints = get_type_hints(struct)
    return {name: _plain(hints[name]) for name in struct.__struct_fields__ if name not in APART}


def clearable_fields(struct: type[msgspec.Struct]) -> frozenset[str]:
    """The fields for which None is something else than not to say anything: where a file has a
    place for them, an empty one says None."""
    hints = get_type_hints(struct)
    return frozenset(
        name
        for name in struct.__struct_fields__
        if {type(None), msgspec.UnsetType} <= set(get_args(hints[name]))
    )


def _plain(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        nothing = (type(None), msgspec.UnsetType)
        hint = next(each for each in get_args(hint) if each not in nothing)
    if get_origin(hint) is Literal:
        return type(get_args(hint)[0])
    return hint
