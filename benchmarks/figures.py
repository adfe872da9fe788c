"""Figures, the ratios between them, and the targets that the ratios are held against."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from benchmarks.load import Sample

__all__ = ["TARGETS", "Figure", "Target", "Verdict", "figure_of", "percentile", "verdicts"]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured under one name: the rate over all rounds, and latencies where known."""

    name: str
    what: str
    per_second: float | None = None
    rounds: list[float] = []
    p50_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What is aimed at: the best of some figures over another, or a figure's p99."""

    name: str
    figures: tuple[str, ...]
    over: str | None
    limit: float
    kind: Literal["at_least", "rate_at_least", "p99_below_ms"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A target and what was measured; None where the run left it out."""

    name: str
    measured: float | None
    target: str
    met: bool | None


TARGETS = (
    Target(
        name="holds, one hot SKU / pgbench, 64 clients",
        figures=("holds_hot_1", "holds_hot_2"),
        over="pgbench_64",
        limit=4.0,
        kind="at_least",
    ),
    Target(
        name="holds, one hot SKU / no-op POST, 1 worker",
        figures=("holds_hot_1",),
        over="nothing_post",
        limit=0.5,
        kind="at_least",
    ),
    Target(
        name="holds, 10,000 SKUs / one hot SKU, 1 worker",
        figures=("holds_many_1",),
        over="holds_hot_1",
        limit=0.7,
        kind="at_least",
    ),
    Target(
        name="hold engine without HTTP / pgbench, 64 clients",
        figures=("engine_hot",),
        over="pgbench_64",
        limit=7.0,
        kind="at_least",
    ),
    Target(
        name="orders placed and confirmed / pgbench, 64 clients",
        figures=("orders_1", "orders_2"),
        over="pgbench_64",
        limit=0.8,
        kind="at_least",
    ),
    Target(
        name="availability reads / no-op GET, 1 worker",
        figures=("reads_hot",),
        over="nothing_get",
        limit=0.7,
        kind="at_least",
    ),
    Target(
        name="holds of numbered units / plain holds, placed and released",
        figures=("pairs_numbered",),
        over="pairs_plain",
        limit=0.5,
        kind="at_least",
    ),
    Target(
        name="orders of a bundle, lots and a plain SKU / plain holds",
        figures=("orders_deep",),
        over="holds_plain",
        limit=1 / 3,
        kind="at_least",
    ),
    Target(
        name="holds over one WebSocket / POST /api/v1/holds",
        figures=("commands_socket",),
        over="holds_hot_1",
        limit=1.5,
        kind="at_least",
    ),
    Target(
        name="holds over one gRPC stream / POST /api/v1/holds",
        figures=("commands_grpc",),
        over="holds_hot_1",
        limit=1.5,
        kind="at_least",
    ),
    Target(
        name="holds, one hot SKU / the other checkout's",
        figures=("holds_hot_beside",),
        over="holds_hot_before",
        limit=0.9,
        kind="at_least",
    ),
    Target(
        name="holds, 10,000 SKUs / the other checkout's",
        figures=("holds_many_beside",),
        over="holds_many_before",
        limit=0.9,
        kind="at_least",
    ),
    Target(
        name="holds while an audit runs / without one",
        figures=("holds_audited",),
        over="holds_unaudited",
        limit=0.8,
        kind="at_least",
    ),
    Target(
        name="availability of 50 bundles, p99, ms",
        figures=("bundles_page",),
        over=None,
        limit=50.0,
        kind="p99_below_ms",
    ),
    Target(
        name="hold p99 at half the peak rate, ms",
        figures=("tail",),
        over=None,
        limit=50.0,
        kind="p99_below_ms",
    ),
    Target(
        name="hold p99 at half the peak rate while vacuum runs, ms",
        figures=("tail_vacuum",),
        over=None,
        limit=50.0,
        kind="p99_below_ms",
    ),
    Target(
        name="figures and explanations as of any moment, 1,000,000 events, p99, ms",
        figures=("past_as_of", "past_explain"),
        over=None,
        limit=50.0,
        kind="p99_below_ms",
    ),
    Target(
        name="change to 5,000 stream clients of 20 of 10,000 SKUs each, p99, ms",
        figures=("fanout_many",),
        over=None,
        limit=100.0,
        kind="p99_below_ms",
    ),
    Target(
        name="change of one SKU to 5,000 stream clients, 1 worker, p99, ms",
        figures=("fanout_hot_1",),
        over=None,
        limit=400.0,
        kind="p99_below_ms",
    ),
    Target(
        name="change of one SKU to 5,000 stream clients, 2 workers, p99, ms",
        figures=("fanout_hot_2",),
        over=None,
        limit=250.0,
        kind="p99_below_ms",
    ),
    Target(
        name="commit to 1,000 stream clients, p99, ms",
        figures=("stream",),
        over=None,
        limit=100.0,
        kind="p99_below_ms",
    ),
    Target(
        name="deliveries a second to one webhook, in order",
        figures=("webhook_singles",),
        over=None,
        limit=500.0,
        kind="rate_at_least",
    ),
    Target(
        name="products a second imported into an empty house, 100,000 in under 2 minutes",
        figures=("transfer_import_new",),
        over=None,
        limit=834.0,
        kind="rate_at_least",
    ),
    Target(
        name="commit to the request of a webhook, p99, ms",
        figures=("webhook_latency",),
        over=None,
        limit=100.0,
        kind="p99_below_ms",
    ),
    Target(
        name="search with 3 filters and 11 counts, 100,000 products, p99, ms",
        figures=("search_100000",),
        over=None,
        limit=15.0,
        kind="p99_below_ms",
    ),
    Target(
        name="suggestions, 100,000 products, p99, ms",
        figures=("suggestions_100000",),
        over=None,
        limit=8.0,
        kind="p99_below_ms",
    ),
    Target(
        name="commit of an edit to where it is found, 100,000 products, p99, ms",
        figures=("edits_100000",),
        over=None,
        limit=300.0,
        kind="p99_below_ms",
    ),
    Target(
        name="search over HTTP / PostgreSQL full text, 100,000 products",
        figures=("search_peak_100000",),
        over="full_text_100000",
        limit=2.0,
        kind="at_least",
    ),
    Target(
        name="search with 3 filters and 11 counts, 1,000,000 products, p99, ms",
        figures=("search_1000000",),
        over=None,
        limit=60.0,
        kind="p99_below_ms",
    ),
)


def figure_of(name: str, what: str, samples: Sequence[Sample]) -> Figure:
    """The figure of several rounds: all journeys over all seconds, all latencies together."""
    latencies = sorted(each for sample in samples for each in sample.latencies_ms)
    return Figure(
        name=name,
        what=what,
        per_second=sum(each.journeys for each in samples) / sum(each.seconds for each in samples),
        rounds=[round(each.per_second, 1) for each in samples],
        p50_ms=percentile(latencies, 0.5) if latencies else None,
        p99_ms=percentile(latencies, 0.99) if latencies else None,
        max_ms=latencies[-1] if latencies else None,
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of sorted values."""
    assert ordered, "there is no percentile of nothing"
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def verdicts(figures: Mapping[str, Figure]) -> list[Verdict]:
    """Each target beside what was measured."""
    return [_verdict(target, figures) for target in TARGETS]


def _verdict(target: Target, figures: Mapping[str, Figure]) -> Verdict:
    measured = _measured(target, figures)
    if target.kind != "p99_below_ms":
        met = None if measured is None else measured >= target.limit
        return Verdict(
            name=target.name, measured=measured, target=f"at least {target.limit:.3g}", met=met
        )
    met = None if measured is None else measured < target.limit
    return Verdict(name=target.name, measured=measured, target=f"below {target.limit:g}", met=met)


def _measured(target: Target, figures: Mapping[str, Figure]) -> float | None:
    found = [figures[name] for name in target.figures if name in figures]
    if target.kind == "p99_below_ms":
        return max((each.p99_ms for each in found if each.p99_ms is not None), default=None)
    if target.kind == "rate_at_least":
        return max((each.per_second for each in found if each.per_second is not None), default=None)
    over = figures.get(target.over or "")
    if not found or over is None or not over.per_second:
        return None
    return max(each.per_second or 0.0 for each in found) / over.per_second
