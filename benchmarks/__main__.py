"""``python -m benchmarks``: run the phases, print the table, write the figures down."""

import asyncio
import datetime
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import psycopg

from benchmarks.against import measure_against
from benchmarks.auditing import measure_audit
from benchmarks.deliveries import measure_deliveries
from benchmarks.depth import fill_depth, measure_page
from benchmarks.fanout import measure_hot, measure_many
from benchmarks.figures import Figure, figure_of, verdicts
from benchmarks.laboratory import Laboratory, UnderTest, laboratory, under_test
from benchmarks.load import Sample
from benchmarks.machine import this_machine
from benchmarks.past import measure_past
from benchmarks.phases import PHASES, Phase
from benchmarks.report import Report, print_report, write_json, write_markdown
from benchmarks.searching.measuring import MANY, VERY_MANY, measure_search
from benchmarks.streams import measure_stream
from benchmarks.tails import measure_tails
from benchmarks.transfers import measure_transfers

LETTERS = "abcdefghijklmnop"
ONLY_IF_NAMED = "q"
STREAM_ROUNDS = 2.5
TAIL_ROUNDS = 2.0
RESULTS = Path(__file__).parent / "results" / "bench.json"
TOLD_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "server_version")


@click.command()
@click.option("--only", default="", help="Letters of the phases to run, such as `c,e`.")
@click.option("--seconds", default=4.0, show_default=True, help="Length of a phase in a round.")
@click.option("--rounds", default=2, show_default=True, help="How often the phases come in turn.")
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="Another checkout, such as of an earlier commit: measure holds in turn with its code.",
)
@click.option("--serve-with", default=None, help="Another command that serves, to measure that.")
@click.option("--markdown", is_flag=True, help="Also write the table into docs/benchmarks.md.")
def main(
    only: str,
    seconds: float,
    rounds: int,
    against: Path | None,
    serve_with: str | None,
    markdown: bool,
) -> None:
    """Measure Rackhouse on this machine, load generator included, beside pgbench and no-ops.

    a pgbench; b hold engine; c holds; d orders; e reads; f nothing; g streams; h tails; i past;
    j stock in depth; k holds during an audit; l commands; m fan-out; n webhooks;
    o import and export; p search.

    Only if it is named: q search in a million products.
    """
    letters = {each.strip() for each in only.split(",") if each.strip()} or set(LETTERS)
    if unknown := letters - set(LETTERS + ONLY_IF_NAMED):
        raise click.UsageError(f"no phase is called {', '.join(sorted(unknown))}")
    report = _run(_measured(letters, seconds, rounds, against, serve_with))
    print_report(report)
    write_json(report, RESULTS)
    if markdown:
        write_markdown(report)


def _run(work: Coroutine[Any, Any, Report]) -> Report:
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


async def _measured(
    letters: set[str], seconds: float, rounds: int, against: Path | None, serve_with: str | None
) -> Report:
    started, machine = time.monotonic(), this_machine()
    async with laboratory(serve_command=serve_with) as lab:
        figures: dict[str, Figure] = {}
        if against is not None:
            # First, so that neither side's tables have grown.
            beside = await measure_against(lab, against, seconds=seconds, rounds=rounds)
            _note(figures, beside)
        if "j" in letters:
            await fill_depth(lab)
        figures |= await _rounds(lab, letters, seconds, rounds)
        if letters & {"g", "h", "i", "j", "k"}:
            async with under_test(lab, workers=1) as running:
                async for found in _at_the_end(lab, running, letters, figures, seconds):
                    _note(figures, found)
        if "m" in letters:
            _note(figures, await _fan_out(lab, seconds))
        if "n" in letters:
            _note(figures, await measure_deliveries(lab))
        if "o" in letters:
            _note(figures, await measure_transfers(lab))
        if letters & {"p", "q"}:  # the last, since each later service would index them
            products = VERY_MANY if "q" in letters else MANY
            _note(figures, await measure_search(lab, seconds=seconds, products=products))
        settings = await _server_settings(lab)
    return Report(
        started_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - started, 1),
        machine=machine,
        postgresql=settings,
        phase_seconds=seconds,
        rounds=rounds,
        figures=list(figures.values()),
        verdicts=verdicts(figures),
    )


async def _at_the_end(
    lab: Laboratory,
    running: UnderTest,
    letters: set[str],
    figures: dict[str, Figure],
    seconds: float,
) -> AsyncIterator[list[Figure]]:
    if "g" in letters:
        yield [await measure_stream(lab, running, seconds=seconds * STREAM_ROUNDS)]
    if "h" in letters:
        peak = figures["holds_hot_1"].per_second if "holds_hot_1" in figures else None
        yield await measure_tails(lab, running, peak=peak, seconds=seconds * TAIL_ROUNDS)
    if "j" in letters:
        yield [await measure_page(lab, running, seconds=seconds)]
    if "k" in letters:
        yield await measure_audit(lab, running, seconds=seconds)
    if "i" in letters:  # the last, for what it writes down is long
        yield await measure_past(lab, running, seconds=seconds)


async def _fan_out(lab: Laboratory, seconds: float) -> list[Figure]:
    long = seconds * STREAM_ROUNDS
    async with under_test(lab, workers=1) as running:
        found = [
            await measure_many(lab, running, seconds=long),
            await measure_hot(lab, running, seconds=long),
        ]
    async with under_test(lab, workers=2) as running:
        found.append(await measure_hot(lab, running, seconds=long))
    return found


def _note(figures: dict[str, Figure], found: list[Figure]) -> None:
    for figure in found:
        figures[figure.name] = figure
        p99 = "" if figure.p99_ms is None else f"{figure.p99_ms:,.1f} ms p99"
        click.echo(f"     {figure.per_second or 0:>9,.0f} /s  {p99:>14}  {figure.what}", err=True)


async def _rounds(
    lab: Laboratory, letters: set[str], seconds: float, rounds: int
) -> dict[str, Figure]:
    """Every phase once a round, so that what else the machine does falls on all of them."""
    phases = [each for each in PHASES if each.letter in letters]
    samples: dict[str, list[Sample]] = {each.name: [] for each in phases}
    for number in range(rounds):
        for workers in dict.fromkeys(each.workers for each in phases):
            async with _served(lab, workers) as running:
                for phase in phases:
                    if phase.workers == workers:
                        sample = await phase.measure(lab, running, seconds)
                        samples[phase.name].append(sample)
                        _tell(phase, sample, number + 1, rounds)
    return {each.name: figure_of(each.name, each.what, samples[each.name]) for each in phases}


@asynccontextmanager
async def _served(lab: Laboratory, workers: int | None) -> AsyncIterator[UnderTest | None]:
    if workers is None:
        yield None
        return
    async with under_test(lab, workers=workers) as running:
        yield running


def _tell(phase: Phase, sample: Sample, number: int, rounds: int) -> None:
    click.echo(f"{number}/{rounds}  {sample.per_second:>9,.0f} /s  {phase.what}", err=True)


async def _server_settings(lab: Laboratory) -> dict[str, str]:
    url = lab.settings.database_url
    assert url is not None
    async with await psycopg.AsyncConnection.connect(url) as database:
        found = {}
        for name in TOLD_SETTINGS:
            row = await (await database.execute("select current_setting(%s)", [name])).fetchone()
            assert row is not None
            found[name] = str(row[0])
    return found


if __name__ == "__main__":
    main()
