"""Shopify, simulated."""

from rackhouse.simulators.shopify.simulator import ShopifySimulator

__all__ = ["ShopifySimulator"]
