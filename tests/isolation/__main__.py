"""A long run, from the root of the repository:

    python -m tests.isolation --rounds 20 --controls 3 --seed 7 --report docs/never-oversold.md
    python -m tests.isolation --check histories/storm-7.jsonl

It plays storms and short histories, then the controls, and writes the figures of the report. Every
history is kept; ``--check`` looks at one again. It fails if anything is found, or a bug is not.
"""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import this_machine

from isolation.checker import check, explained
from isolation.controls import CONTROLS, hunted, use_unguarded
from isolation.counter import judged
from isolation.figures import Tally, page_with, written
from isolation.history import History
from isolation.linearizability import LINEARIZABLE
from isolation.plans import COUNTERS, STORM, Plan
from isolation.rounds import play
from isolation.site import Site, site_on

PROCESSES = 3
SETTINGS = """
    select name, setting from pg_settings
    where name in ('server_version', 'fsync', 'synchronous_commit')
"""


def main() -> int:
    """Do what the arguments say; the exit code is 1 if something was found, or a bug was not."""
    arguments = _arguments()
    if arguments.check is not None:
        return _looked_at(History.read(arguments.check))
    arguments.histories.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_run(arguments))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.isolation")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each kind")
    parser.add_argument("--minutes", type=float, default=60.0, help="no round begins after these")
    parser.add_argument("--controls", type=int, default=1, help="hunts for each planted bug")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first round")
    parser.add_argument("--histories", type=Path, default=Path("build/histories"))
    parser.add_argument("--report", type=Path, help="a page that is to have the figures")
    parser.add_argument("--check", type=Path, help="a history to be looked at again")
    return parser.parse_args()


def _looked_at(history: History) -> int:
    found = check(history)
    for finding in found:
        print(explained(history, finding))
    print(f"{len(history.requests)} requests, {len(found)} findings")
    return 1 if found else 0


async def _run(arguments: argparse.Namespace) -> int:
    began, tally = time.monotonic(), Tally()
    missed: list[str] = []
    async with site_on(processes=PROCESSES) as site:
        facts = _facts(site, arguments)
        for number in range(arguments.rounds):
            if time.monotonic() - began > arguments.minutes * 60:
                break
            for plan in (STORM, COUNTERS):
                await _round(site, plan, arguments, str(arguments.seed + number), tally)
        await use_unguarded(site)
        for number in range(arguments.controls):
            for control in CONTROLS:
                hunt = await hunted(site, control, seed=f"{arguments.seed}/{number}")
                tally.hunt(hunt)
                told = f"round {hunt.rounds}" if hunt.is_found else "NOT FOUND"
                print(f"control: {control.plant}: {told}, {hunt.found}", flush=True)
                missed += [] if hunt.is_found else [control.plant]
    seconds = time.monotonic() - began
    figures = written(tally, [*facts, f"{seconds:.0f} s in all"])
    print(f"\n{figures}\n")
    if arguments.report is not None:
        arguments.report.write_text(page_with(figures, arguments.report), "utf-8")
    return 1 if tally.found or missed else 0


async def _round(
    site: Site, plan: Plan, arguments: argparse.Namespace, seed: str, tally: Tally
) -> None:
    path: Path = arguments.histories / f"{plan.name}-{seed}.jsonl"
    history = await play(site, plan, seed=seed, path=path)
    found = check(history)
    tally.add(history, found)
    for finding in found:
        print(explained(history, finding), flush=True)
    verdicts = ""
    if plan is COUNTERS:
        scene = history.began.scene
        told = [judged(history, f"{s}@{p}").verdict for s in scene.skus for p in scene.locations]
        for verdict in told:
            tally.judge(verdict)
        verdicts = f", {told.count(LINEARIZABLE)} of {len(told)} linearizable"
    counts = f"{len(history.requests)} requests, {len(history.attempts)} attempts"
    print(f"{plan.name} {seed}: {counts}, {len(found)} findings{verdicts}", flush=True)


def _facts(site: Site, arguments: argparse.Namespace) -> list[str]:
    machine = this_machine()
    with site.session() as session:
        settings = {str(name): value for name, value in session.execute(SETTINGS).fetchall()}
    return [
        f"{machine.processor}, {machine.cores} cores, {machine.memory_gib} GiB, {machine.system}; "
        f"load {machine.load_average} before the run",
        f"Python {machine.python}, PostgreSQL {settings['server_version']}, "
        f"fsync {settings['fsync']}, synchronous_commit {settings['synchronous_commit']}",
        f"{PROCESSES} API processes, one for the jobs; clients on the same machine, over loopback",
        f"first seed {arguments.seed}; {datetime.now(UTC).isoformat(timespec='seconds')}",
    ]


if __name__ == "__main__":
    sys.exit(main())
