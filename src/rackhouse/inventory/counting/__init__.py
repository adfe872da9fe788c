"""Counting: sheets of what is to be counted, what was counted, and the differences that are posted.

What was counted is compared with the figure as of the moment of the count, and the difference is
posted; so sales that happen in between are neither lost nor counted twice.
"""

from rackhouse.inventory.counting.opening import cancel_count, open_count
from rackhouse.inventory.counting.posting import approve_count, post_count
from rackhouse.inventory.counting.reading import CountPlace, count_of, count_page, review_count
from rackhouse.inventory.counting.recording import CountedPieces, record_count
from rackhouse.inventory.rules.counting import Count, CountLine

__all__ = [
    "Count",
    "CountLine",
    "CountPlace",
    "CountedPieces",
    "approve_count",
    "cancel_count",
    "count_of",
    "count_page",
    "open_count",
    "post_count",
    "record_count",
    "review_count",
]
