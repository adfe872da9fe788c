"""What fields of forms are called in a page."""

import re

__all__ = ["field_id"]


def field_id(name: str) -> str:
    """The id of a field in a page, by its name."""
    return "f-" + re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")
