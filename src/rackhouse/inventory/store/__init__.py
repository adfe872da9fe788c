"""Every SQL statement of inventory."""

from rackhouse.inventory.store.asking import (
    due_holds,
    live_holds,
    location_page,
    locations_of,
    recorded_stock,
    stock_of_skus,
    stock_page,
    streams_of_skus,
    unbalanced_stock,
)
from rackhouse.inventory.store.locking import (
    lapsed_allocations,
    lock_all_stock,
    lock_stock,
    open_stock,
    read_hold,
    send_allocations,
    send_holds,
    send_time,
    take_turn_at_location,
    take_turns,
)
from rackhouse.inventory.store.writing import (
    insert_holds,
    open_location,
    update_allocations,
    update_holds,
    write_stock,
)

__all__ = [
    "due_holds",
    "insert_holds",
    "lapsed_allocations",
    "live_holds",
    "location_page",
    "locations_of",
    "lock_all_stock",
    "lock_stock",
    "open_location",
    "open_stock",
    "read_hold",
    "recorded_stock",
    "send_allocations",
    "send_holds",
    "send_time",
    "stock_of_skus",
    "stock_page",
    "streams_of_skus",
    "take_turn_at_location",
    "take_turns",
    "unbalanced_stock",
    "update_allocations",
    "update_holds",
    "write_stock",
]
