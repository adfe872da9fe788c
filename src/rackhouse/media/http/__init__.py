"""Media over HTTP."""

from rackhouse.media.http import assets, products

__all__ = ["ENDPOINTS"]

ENDPOINTS = (*assets.ENDPOINTS, *products.ENDPOINTS)
