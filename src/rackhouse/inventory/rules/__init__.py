"""What may happen to stock: pure decisions over the rows that a batch has locked.

A decision refuses first; after that it only returns events. State changes through ``apply`` and
its kin alone, which never refuse.
"""

from rackhouse.inventory.rules.correcting import (
    Pieces,
    adjust,
    allot,
    bucket_at,
    change_condition,
    expect_version,
    give_back,
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
from rackhouse.inventory.rules.numbering import must_be_new, must_fit_numbering
from rackhouse.inventory.rules.placing import place, shortages
from rackhouse.inventory.rules.placing_in_depth import place_in_depth
from rackhouse.inventory.rules.quotas import Per, Quota, Quotas, QuotaTerms, claimed_by
from rackhouse.inventory.rules.shelf import Depth, Shelf, Taken
from rackhouse.inventory.rules.state import (
    BUCKETS,
    BUFFERS,
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
from rackhouse.inventory.rules.waiting import PlaceInLine

__all__ = [
    "BUCKETS",
    "BUFFERS",
    "QUOTAS",
    "WAITING",
    "Allocation",
    "Bucket",
    "Depth",
    "Hold",
    "Key",
    "Line",
    "Lot",
    "Moves",
    "Need",
    "Per",
    "Pieces",
    "PlaceInLine",
    "Quota",
    "QuotaTerms",
    "Quotas",
    "Shelf",
    "Stock",
    "Taken",
    "adjust",
    "allot",
    "apply",
    "apply_part",
    "apply_to_allocation",
    "bucket_at",
    "change_condition",
    "claimed_by",
    "confirm",
    "expect_version",
    "expire",
    "extend",
    "give_back",
    "keep_back",
    "key_of",
    "lapse",
    "must_be_new",
    "must_fit_numbering",
    "numbers_for",
    "place",
    "place_in_depth",
    "release",
    "return_goods",
    "ship",
    "shortages",
    "status_now",
    "status_of_lot",
]
