"""Shopify: webhooks, and the Admin GraphQL API."""

from rackhouse.connectors.shopify.adapter import ADAPTER

__all__ = ["ADAPTER"]
