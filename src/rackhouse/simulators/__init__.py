"""Simulators: stand-ins for where channels really sell. They speak the real protocols over HTTP on
the loopback, have stock and sales of their own, and misbehave as the real ones do, by a seed."""

from rackhouse.simulators.deliveries import Envelope
from rackhouse.simulators.faults import NONE, Faults
from rackhouse.simulators.marketplace import MarketplaceSimulator
from rackhouse.simulators.serving import Asked, Said, Simulator, serving
from rackhouse.simulators.sftp import SftpMarketSimulator, serving_sftp
from rackhouse.simulators.shop import Order, Setting, Shop, SoldOut
from rackhouse.simulators.shopify import ShopifySimulator
from rackhouse.simulators.social_shop import HeldFeed, SocialShopSimulator
from rackhouse.simulators.square import SquareSimulator
from rackhouse.simulators.woocommerce import WooSimulator

__all__ = [
    "NONE",
    "Asked",
    "Envelope",
    "Faults",
    "HeldFeed",
    "MarketplaceSimulator",
    "Order",
    "Said",
    "Setting",
    "SftpMarketSimulator",
    "Shop",
    "ShopifySimulator",
    "Simulator",
    "SocialShopSimulator",
    "SoldOut",
    "SquareSimulator",
    "WooSimulator",
    "serving",
    "serving_sftp",
]
