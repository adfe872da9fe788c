"""The bytes of a file, as the rules read them: a file may be mapped into memory, and is not copied
whole."""

from typing import Protocol

__all__ = ["Octets"]


class Octets(Protocol):
    """Bytes that have a length and can be cut."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...
