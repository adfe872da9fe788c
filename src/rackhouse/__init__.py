"""Rackhouse: the one truth about scarce goods."""

__version__ = "0.1.0"
