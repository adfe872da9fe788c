"""What may happen to stock: pure decisions over the rows that a batch has locked.

A decision refuses first; after that it only returns events. State changes through ``apply`` and
its kin alone, which never refuse.
"""

from rackhouse.inventory.rules.allotting import (
    AllotmentRule,
    Portion,
    return_portion,
    set_apart,
    top_up,
)
from rackhouse.inventory.rules.backlog import (
    Backlog,
    Promised,
    Turn,
    still_promised,
)
from rackhouse.inventory.rules.correcting import (
    Pieces,
    adjust,
    bucket_at,
    change_condition,
    expect_version,
    keep_back,
    numbers_for,
)
from rackhouse.inventory.rules.holding import (
    confirm,
    expire,
    extend,
    lapse,
    release,
    return_goods,
    ship,
)
from rackhouse.inventory.rules.inbound import (
    Arrival,
    Inbound,
    InboundChange,
    InboundKind,
    InboundLine,
    InboundStatus,
    cancel_inbound,
    change_inbound,
    receive_inbound,
)
from rackhouse.inventory.rules.numbering import (
    must_be_new,
    must_fit_numbering,
)
from rackhouse.inventory.rules.placing import (
    place,
    shortages,
)
from rackhouse.inventory.rules.placing_in_depth import (
    place_in_depth,
)
from rackhouse.inventory.rules.promising import (
    Caps,
    Promise,
    PromiseChange,
    PromiseKind,
    caps_of,
    change_promise,
    close_promise,
    open_promise,
    withdraw_what_came,
)
from rackhouse.inventory.rules.quotas import (
    Per,
    Quota,
    Quotas,
    QuotaTerms,
    claimed_by,
)
from rackhouse.inventory.rules.reaching import Left, Own, Pool
from rackhouse.inventory.rules.reporting import Reach, place_reported
from rackhouse.inventory.rules.sending import (
    send_pieces,
)
from rackhouse.inventory.rules.shelf import (
    Depth,
    Shelf,
    Taken,
)
from rackhouse.inventory.rules.state import (
    BUCKETS,
    BUFFERS,
    CLOSED,
    QUOTAS,
    WAITING,
    Allocation,
    Bucket,
    Hold,
    Key,
    Line,
    Lot,
    Moves,
    Need,
    Stock,
    apply,
    apply_part,
    apply_to_allocation,
    key_of,
    status_now,
    status_of_lot,
)
from rackhouse.inventory.rules.waiting import (
    PlaceInLine,
)

__all__ = [
    "BUCKETS",
    "BUFFERS",
    "CLOSED",
    "QUOTAS",
    "WAITING",
    "Allocation",
    "AllotmentRule",
    "Arrival",
    "Backlog",
    "Bucket",
    "Caps",
    "Depth",
    "Hold",
    "Inbound",
    "InboundChange",
    "InboundKind",
    "InboundLine",
    "InboundStatus",
    "Key",
    "Left",
    "Line",
    "Lot",
    "Moves",
    "Need",
    "Own",
    "Per",
    "Pieces",
    "PlaceInLine",
    "Pool",
    "Portion",
    "Promise",
    "PromiseChange",
    "PromiseKind",
    "Promised",
    "Quota",
    "QuotaTerms",
    "Quotas",
    "Reach",
    "Shelf",
    "Stock",
    "Taken",
    "Turn",
    "adjust",
    "apply",
    "apply_part",
    "apply_to_allocation",
    "bucket_at",
    "cancel_inbound",
    "caps_of",
    "change_condition",
    "change_inbound",
    "change_promise",
    "claimed_by",
    "close_promise",
    "confirm",
    "expect_version",
    "expire",
    "extend",
    "keep_back",
    "key_of",
    "lapse",
    "must_be_new",
    "must_fit_numbering",
    "numbers_for",
    "open_promise",
    "place",
    "place_in_depth",
    "place_reported",
    "receive_inbound",
    "release",
    "return_goods",
    "return_portion",
    "send_pieces",
    "set_apart",
    "ship",
    "shortages",
    "status_now",
    "status_of_lot",
    "still_promised",
    "top_up",
    "withdraw_what_came",
]
