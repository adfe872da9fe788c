"""What is read of a file: a draft of a product with its lines, or what is wrong with a line."""

import re
from typing import Any

import msgspec

__all__ = ["Broken", "Found", "Unfit"]

_VARIANT = re.compile(r"variants\[(\d+)\]")


class Unfit(Exception):
    """A cell that can not be read, and what would mend it."""


class Broken(msgspec.Struct, frozen=True):
    """What is wrong with a file: the line, the field, and the fact with its remedy."""

    line: int
    field: str
    problem: str
    product_id: str | None = None


class Found(msgspec.Struct, frozen=True):
    """A draft of a product, not yet validated: the line on which it begins, and that of each of
    its variants where they stand apart."""

    line: int
    draft: dict[str, Any]
    variant_lines: tuple[int, ...] = ()

    def line_of(self, field: str) -> int:
        """The line on which a field stands."""
        found = _VARIANT.match(field)
        if found is None or int(found[1]) >= len(self.variant_lines):
            return self.line
        return self.variant_lines[int(found[1])]
