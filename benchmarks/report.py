"""What a run says: to people as a table, to programs as JSON, to the docs as Markdown."""

from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, Verdict
from benchmarks.machine import Machine

__all__ = ["Report", "print_report", "write_json", "write_markdown"]

DOCUMENT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN = "<!-- figures: begin -->"
END = "<!-- figures: end -->"
SKEW = (
    "one hot SKU: every request is for the same row; "
    "10,000 SKUs: each as often as any other, in no order"
)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run on one machine."""

    started_at: str
    seconds: float
    machine: Machine
    postgresql: dict[str, str]
    skew: str = SKEW
    phase_seconds: float
    rounds: int
    figures: list[Figure]
    verdicts: list[Verdict]


def print_report(report: Report) -> None:
    """Print the tables."""
    console = Console()
    for line in _conditions(report):
        console.print(line)
    figures = Table("figure", "per second", "p50 ms", "p99 ms", "max ms", title="Figures")
    for column in figures.columns[1:]:
        column.justify = "right"
    for figure in report.figures:
        figures.add_row(*_figure(figure))
    console.print(figures)
    targets = Table("ratio or bound", "measured", "target", "", title="Targets")
    for verdict in report.verdicts:
        targets.add_row(*_verdict(verdict))
    console.print(targets)


def write_json(report: Report, path: Path) -> None:
    """Write all figures down."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def write_markdown(report: Report) -> None:
    """Put the figures between the two markers of the document."""
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    assert rest and after, f"{DOCUMENT.name} lacks the markers of the figures"
    DOCUMENT.write_text(f"{before}{BEGIN}\n{_markdown(report)}\n{END}{after}")


def _markdown(report: Report) -> str:
    lines = [f"- {line}" for line in _conditions(report)]
    lines += ["", "| figure | per second | p50 ms | p99 ms | max ms |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {' | '.join(_figure(each))} |" for each in report.figures]
    lines += ["", "| ratio or bound | measured | target | |", "|---|---:|---:|---|"]
    lines += [f"| {' | '.join(_verdict(each))} |" for each in report.verdicts]
    return "\n".join(lines)


def _conditions(report: Report) -> list[str]:
    machine, server = report.machine, report.postgresql
    return [
        f"{machine.processor}, {machine.cores} cores, {machine.memory_gib} GiB, {machine.system}, "
        f"Python {machine.python}; load {machine.load_average} before the run",
        f"PostgreSQL {server['server_version']}, fsync {server['fsync']}, "
        f"synchronous_commit {server['synchronous_commit']}, "
        f"full_page_writes {server['full_page_writes']}",
        f"{report.skew}",
        f"{report.rounds} rounds of {report.phase_seconds:g} s, load generator on the same "
        f"machine, loopback; {report.started_at}, {report.seconds:.0f} s in all",
    ]


def _figure(figure: Figure) -> tuple[str, ...]:
    rate = "" if figure.per_second is None else f"{figure.per_second:,.0f}"
    return (figure.what, rate, _ms(figure.p50_ms), _ms(figure.p99_ms), _ms(figure.max_ms))


def _verdict(verdict: Verdict) -> tuple[str, ...]:
    if verdict.measured is None:
        return (verdict.name, "", verdict.target, "not measured")
    told = "met" if verdict.met else "missed"
    return (verdict.name, f"{verdict.measured:.2f}", verdict.target, told)


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
