"""Inventory over HTTP."""

from rackhouse.inventory.http.allotment_rules import ENDPOINTS as ALLOTMENT_RULE_ENDPOINTS
from rackhouse.inventory.http.allotments import ENDPOINTS as ALLOTMENT_ENDPOINTS
from rackhouse.inventory.http.availability import ENDPOINTS as AVAILABILITY_ENDPOINTS
from rackhouse.inventory.http.conditions import ENDPOINTS as CONDITION_ENDPOINTS
from rackhouse.inventory.http.counts import ENDPOINTS as COUNT_ENDPOINTS
from rackhouse.inventory.http.counts import CountAnswer, count_answer
from rackhouse.inventory.http.history import ENDPOINTS as HISTORY_ENDPOINTS
from rackhouse.inventory.http.holds import ENDPOINTS as HOLD_ENDPOINTS
from rackhouse.inventory.http.holds import HoldAnswer, hold_answer
from rackhouse.inventory.http.inbound import ENDPOINTS as INBOUND_ENDPOINTS
from rackhouse.inventory.http.locations import ENDPOINTS as LOCATION_ENDPOINTS
from rackhouse.inventory.http.lots import ENDPOINTS as LOT_ENDPOINTS
from rackhouse.inventory.http.promises import ENDPOINTS as PROMISE_ENDPOINTS
from rackhouse.inventory.http.quotas import ENDPOINTS as QUOTA_ENDPOINTS
from rackhouse.inventory.http.receiving import ENDPOINTS as RECEIVING_ENDPOINTS
from rackhouse.inventory.http.safety import ENDPOINTS as SAFETY_ENDPOINTS
from rackhouse.inventory.http.stock import ENDPOINTS as STOCK_ENDPOINTS
from rackhouse.inventory.http.units import ENDPOINTS as UNIT_ENDPOINTS
from rackhouse.inventory.http.waiting import ENDPOINTS as WAITING_ENDPOINTS

__all__ = ["ENDPOINTS", "CountAnswer", "HoldAnswer", "count_answer", "hold_answer"]

ENDPOINTS = [
    *HOLD_ENDPOINTS,
    *STOCK_ENDPOINTS,
    *RECEIVING_ENDPOINTS,
    *CONDITION_ENDPOINTS,
    *AVAILABILITY_ENDPOINTS,
    *HISTORY_ENDPOINTS,
    *LOCATION_ENDPOINTS,
    *INBOUND_ENDPOINTS,
    *PROMISE_ENDPOINTS,
    *COUNT_ENDPOINTS,
    *LOT_ENDPOINTS,
    *UNIT_ENDPOINTS,
    *QUOTA_ENDPOINTS,
    *WAITING_ENDPOINTS,
    *SAFETY_ENDPOINTS,
    *ALLOTMENT_ENDPOINTS,
    *ALLOTMENT_RULE_ENDPOINTS,
]
