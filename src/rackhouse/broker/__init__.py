"""The broker: everything public is relayed to it, and feeds may hear of it from there."""

from rackhouse.broker.opening import RELAY_ID, keep_relay

__all__ = ["RELAY_ID", "keep_relay"]
