"""Product feeds: files of what a channel sells, which social shops fetch from an address that can
not be guessed. Google Merchant reads XML or TSV, Meta CSV."""

from rackhouse.connectors.product_feeds.generating import FeedReport, LeftOut
from rackhouse.connectors.product_feeds.serving import FEED_PATH, product_feed, report_of_feed

__all__ = ["FEED_PATH", "FeedReport", "LeftOut", "product_feed", "report_of_feed"]
