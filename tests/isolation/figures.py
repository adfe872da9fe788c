"""What a long run tried, how often, and what it found: counted, and written into a page."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from isolation.checker import ANOMALIES, Finding
from isolation.controls import CONTROLS, Hunt
from isolation.history import History
from isolation.linearizability import LINEARIZABLE, NOT_LINEARIZABLE, UNDECIDED
from isolation.wire import HUNG_UP

__all__ = ["Tally", "page_with", "written"]

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


class Tally:
    """The counts of all rounds so far."""

    def __init__(self) -> None:
        self.rounds: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.operations: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.hunts: dict[str, list[Hunt]] = {control.plant: [] for control in CONTROLS}

    def add(self, history: History, found: Sequence[Finding]) -> None:
        """Count a round in."""
        self.rounds[history.began.plan] += 1
        self.found.update(finding.anomaly for finding in found)
        self.faults.update(each.fault for each in history.broken)
        for request in history.requests:
            self.counts["requests"] += 1
            self.counts[request.outcome] += 1
            self.operations[request.operation] += 1
        for attempt in history.attempts:
            answered = attempt.answered
            self.counts["attempts"] += 1
            if answered is not None:
                self.counts["replayed"] += answered.replayed
                self.faults["a client hangs up early"] += answered.why == HUNG_UP
        if history.found is not None:
            self.counts["events"] += len(history.found.events)
            self.counts["holds"] += len(history.found.holds)
            self.counts["orders"] += len(history.found.orders)

    def judge(self, verdict: str) -> None:
        """Count the verdict on a short history in."""
        self.verdicts[verdict] += 1
        if verdict == NOT_LINEARIZABLE:
            self.found[NOT_LINEARIZABLE] += 1

    def hunt(self, hunt: Hunt) -> None:
        """Count a control in."""
        self.hunts[hunt.control.plant].append(hunt)


def written(tally: Tally, facts: Sequence[str]) -> str:
    """The figures as Markdown; ``facts`` say on what they were obtained."""
    counts = tally.counts
    rounds = ", ".join(f"{count} of the kind {name}" for name, count in tally.rounds.items())
    parts = [
        "\n".join(f"- {fact}" for fact in facts),
        _table(
            ("tried", "how often"),
            [
                ("rounds, each with its own history", f"{tally.rounds.total():,}: {rounds}"),
                ("requests", f"{counts['requests']:,}"),
                ("granted", f"{counts['ok']:,}"),
                ("refused", f"{counts['refused']:,}"),
                ("never answered", f"{counts['unknown']:,}"),
                ("attempts, with all retries", f"{counts['attempts']:,}"),
                ("answered from memory", f"{counts['replayed']:,}"),
                ("holds", f"{counts['holds']:,}"),
                ("orders", f"{counts['orders']:,}"),
                ("stock events", f"{counts['events']:,}"),
                ("short histories searched for an order", f"{tally.verdicts.total():,}"),
                ("of these linearizable", f"{tally.verdicts[LINEARIZABLE]:,}"),
                ("of these undecided", f"{tally.verdicts[UNDECIDED]:,}"),
            ],
        ),
        _table(("fault", "times"), [(n, f"{c:,}") for n, c in sorted(tally.faults.items())]),
        _table(
            ("operation", "requests"), [(n, f"{c:,}") for n, c in sorted(tally.operations.items())]
        ),
        _table(("anomaly", "found"), [(name, f"{tally.found[name]:,}") for name in ANOMALIES]),
        _table(
            ("planted bug", "must be found as", "hunts", "found", "in round", "found too"),
            [_of_control(hunts) for hunts in tally.hunts.values() if hunts],
        ),
    ]
    return "\n\n".join(parts)


def page_with(figures: str, page: Path) -> str:
    """The text of a page with these figures in their place."""
    text = page.read_text("utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    assert begin and end, f"{page} has no place for figures between {BEGIN} and {END}"
    return f"{head}{BEGIN}\n{figures}\n{END}{tail}"


def _of_control(hunts: Sequence[Hunt]) -> tuple[str, ...]:
    control = hunts[0].control
    needed = Counter(hunt.rounds for hunt in hunts if hunt.is_found)
    rounds = ", ".join(f"{number} ({count} times)" for number, count in sorted(needed.items()))
    others = {name for hunt in hunts for name in hunt.found if name != control.found_as}
    return (
        control.plant,
        control.found_as,
        str(len(hunts)),
        str(needed.total()),
        rounds,
        ", ".join(sorted(others)),
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
