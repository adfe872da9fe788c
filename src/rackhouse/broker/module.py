"""The manifest of the broker."""

from rackhouse.broker.opening import keep_relay
from rackhouse.broker.relaying import KIND
from rackhouse.broker.tailing import BusTail
from rackhouse.platform.module import Job, Module

__all__ = ["MODULE"]

MODULE = Module(
    name="broker",
    jobs=(
        Job(
            name="broker.keep_relay",
            every_seconds=10,
            permissions=frozenset({"outlets:read", "outlets:write"}),
            run=keep_relay,
        ),
    ),
    outlet_kinds=(KIND,),
    feed_tail=BusTail,
)
