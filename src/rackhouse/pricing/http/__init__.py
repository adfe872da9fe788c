"""Pricing over HTTP."""

from rackhouse.pricing.http import price_lists, prices, promotions, tax_rates

__all__ = ["ENDPOINTS"]

ENDPOINTS = (
    *prices.ENDPOINTS,
    *price_lists.ENDPOINTS,
    *promotions.ENDPOINTS,
    *tax_rates.ENDPOINTS,
)
