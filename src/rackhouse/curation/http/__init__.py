"""Curation over HTTP."""

from rackhouse.curation.http import bundles, collections

__all__ = ["ENDPOINTS"]

ENDPOINTS = (*collections.ENDPOINTS, *bundles.ENDPOINTS)
