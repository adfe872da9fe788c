"""The version that a form was made from, which says whether somebody else was faster."""

from rackhouse.console.products.texts import Form, one
from rackhouse.platform.errors import MalformedRequest

__all__ = ["version_in"]


def version_in(sent: Form) -> int:
    """The version that a form was made from. Refuses with `MalformedRequest`."""
    text = one(sent, "version")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise MalformedRequest(field="version", problem="open the page again and send its form")
    return int(text)
