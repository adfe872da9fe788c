"""What the cursors of lists are made of: they come back from outside."""

from typing import Annotated

from msgspec import Meta

__all__ = ["Storable"]

Storable = Annotated[str, Meta(max_length=200, pattern="^[^\\x00]*$")]
"""Text that the database can be asked about."""
