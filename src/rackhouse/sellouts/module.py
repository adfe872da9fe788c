"""The manifest of sellouts."""

from rackhouse.platform.module import Module
from rackhouse.sellouts.following import SUBSCRIPTIONS

__all__ = ["MODULE"]

MODULE = Module(name="sellouts", subscriptions=SUBSCRIPTIONS)
