"""Inventory over HTTP."""

from rackhouse.inventory.http.availability import ENDPOINTS as AVAILABILITY_ENDPOINTS
from rackhouse.inventory.http.counts import ENDPOINTS as COUNT_ENDPOINTS
from rackhouse.inventory.http.counts import CountAnswer, count_answer
from rackhouse.inventory.http.holds import ENDPOINTS as HOLD_ENDPOINTS
from rackhouse.inventory.http.holds import HoldAnswer, hold_answer
from rackhouse.inventory.http.locations import ENDPOINTS as LOCATION_ENDPOINTS
from rackhouse.inventory.http.stock import ENDPOINTS as STOCK_ENDPOINTS

__all__ = ["ENDPOINTS", "CountAnswer", "HoldAnswer", "count_answer", "hold_answer"]

ENDPOINTS = [
    *HOLD_ENDPOINTS,
    *STOCK_ENDPOINTS,
    *AVAILABILITY_ENDPOINTS,
    *LOCATION_ENDPOINTS,
    *COUNT_ENDPOINTS,
]
