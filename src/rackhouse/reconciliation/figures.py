"""Figures that channels have of themselves."""

import datetime

import msgspec

__all__ = ["Report", "RequestedFigure"]


class Report(msgspec.Struct, frozen=True):
    """What a channel said that it could sell of a SKU at a time."""

    channel: str
    sku: str
    available: int
    as_of: datetime.datetime


class RequestedFigure(msgspec.Struct, frozen=True):
    """What a channel is asked to take, because of a case."""

    sku: str
    available: int
    case_id: str
    requested_at: datetime.datetime
