"""The Online Retail file (UCI, D. Chen): a year of a gift shop's invoices, told again as orders."""

from rackhouse.cli.online_retail.carrying_out import Replay
from rackhouse.cli.online_retail.opening import close_shop, open_shop, was_closed
from rackhouse.cli.online_retail.report import Counts, ReplayReport
from rackhouse.cli.online_retail.story import Story, story_of

__all__ = [
    "Counts",
    "Replay",
    "ReplayReport",
    "Story",
    "close_shop",
    "open_shop",
    "story_of",
    "was_closed",
]
