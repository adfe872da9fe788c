"""Connections over HTTP."""

from rackhouse.connectors.http import connections, dealings

__all__ = ["ENDPOINTS"]

ENDPOINTS = [*connections.ENDPOINTS, *dealings.ENDPOINTS]
