"""Sold out: whether anything of a product can be had, told the moment that it changes."""

from rackhouse.sellouts.following import follow_catalog, follow_stock

__all__ = ["follow_catalog", "follow_stock"]
