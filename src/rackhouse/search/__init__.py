"""Search."""

__all__ = []
