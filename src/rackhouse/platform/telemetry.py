"""Telemetry: structured logs and the metrics that every process counts."""

import logging
import os
import sys
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from rackhouse.platform.settings import Settings

__all__ = [
    "BATCH_SIZE",
    "BUS_MESSAGES",
    "EVENTS_SENT",
    "FAULTS",
    "FEED_EVENTS",
    "REFUSALS",
    "REQUESTS",
    "STREAM_CLIENTS_CUT",
    "configure_logs",
    "metrics_text",
    "share_metrics_between_processes",
]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

REQUESTS = Histogram(
    "rackhouse_request_seconds",
    "How long requests took, by endpoint and status.",
    ["endpoint", "status"],
    buckets=_SECONDS,
)
REFUSALS = Counter("rackhouse_refusals_total", "Refusals by type.", ["type"])
FAULTS = Counter("rackhouse_faults_total", "Requests that failed for an unforeseen reason.")
BATCH_SIZE = Histogram(
    "rackhouse_batch_requests",
    "How many requests one group commit decided together.",
    ["lane"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
EVENTS_SENT = Counter(
    "rackhouse_stream_events_total", "Events sent to stream clients.", ["transport"]
)
STREAM_CLIENTS_CUT = Counter(
    "rackhouse_stream_clients_cut_total", "Stream clients cut off, by reason.", ["reason"]
)
BUS_MESSAGES = Counter(
    "rackhouse_bus_messages_total",
    "Attempts to hand a message to the broker: taken, known to it already, unfit, or tried again.",
    ["outcome"],
)
FEED_EVENTS = Counter(
    "rackhouse_feed_events_total",
    "Events that feeds heard while they take them from the broker, by where they came from.",
    ["source"],
)


def configure_logs(settings: Settings) -> None:
    """Write logs to standard error: for people on a terminal, as JSON lines elsewhere."""
    pretty = settings.log_format == "console" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    level = getattr(logging, settings.log_level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info if not pretty else structlog.dev.set_exc_info,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if pretty
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr)


def share_metrics_between_processes(folder: Path) -> None:
    """Make every process started from here on count into one folder, emptied first."""
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob("*.db"):
        left_over.unlink()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def metrics_text() -> bytes:
    """The metrics of all processes in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
