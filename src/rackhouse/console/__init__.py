"""The console: a live board of stock for people, and the API reference. It translates, and never
decides."""

from rackhouse.console.routing import routes

__all__ = ["routes"]
