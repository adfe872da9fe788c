"""Square: its point of sale by webhooks, the Orders API and the Inventory API."""

from rackhouse.connectors.square.adapter import ADAPTER

__all__ = ["ADAPTER"]
