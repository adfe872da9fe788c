"""WooCommerce: the REST API v3, and webhooks."""

from rackhouse.connectors.woocommerce.adapter import ADAPTER

__all__ = ["ADAPTER"]
