"""``rackhouse simulate``: a seeded world of channels against a house of its own."""

import random
from contextlib import closing
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from rackhouse.cli.command_line import FAILURE, USAGE, Failure
from rackhouse.simulation import SimulationReport, World, simulate_seeds

__all__ = ["simulate_command"]

SEEDS = 1_000_000
JOBS_LIMIT = 64


@click.command("simulate")
@click.option("--seed", type=int, help="Which world; without it, another one each time.")
@click.option(
    "--seeds",
    type=click.IntRange(1, 100_000),
    default=1,
    show_default=True,
    help="How many worlds, of this seed and the following ones.",
)
@click.option("--twice", is_flag=True, help="Simulate each seed again, and compare the histories.")
@click.option(
    "--jobs",
    type=click.IntRange(1, JOBS_LIMIT),
    default=1,
    show_default=True,
    help="How many processes simulate side by side, each with a database server of its own.",
)
@click.option(
    "--world",
    "world_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file that says what is sold, by whom, and what goes wrong.",
)
@click.option(
    "--history",
    "history_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write all that happened to this file, a line each.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each seed.")
def simulate_command(
    seed: int | None,
    seeds: int,
    twice: bool,
    jobs: int,
    world_file: Path | None,
    history_file: Path | None,
    as_json: bool,
) -> None:
    """Simulate hours of trade in seconds: web shops, tills that go offline, marketplaces that hear
    late and channels that adapters speak to, over a network that loses, cuts, repeats and
    reorders, with workers that crash and a service that restarts. Then everything is audited, and
    compared with what each client was told. The same seed gives the same history. Exits with 1 if
    anything was not as promised.

    It runs in a database of its own, which is deleted afterwards.
    """
    world = World() if world_file is None else _read_world(world_file)
    first = random.randrange(SEEDS) if seed is None else seed  # noqa: S311 - no secret
    failed = 0
    wanted = range(first, first + seeds)
    with closing(simulate_seeds(seeds=wanted, world=world, twice=twice, jobs=jobs)) as simulated:
        for each in simulated:
            failed += each.report.verdict == "failed"
            if history_file is not None:
                history_file.write_text("\n".join(each.history) + "\n", encoding="utf-8")
            if as_json:
                click.echo(msgspec.json.encode(each.report))
            else:
                _print(each.report)
    if failed:
        raise click.exceptions.Exit(FAILURE)


def _read_world(file: Path) -> World:
    try:
        return msgspec.toml.decode(file.read_bytes(), type=World)
    except msgspec.MsgspecError as error:
        raise Failure(f"{file}: {error}", USAGE) from error


def _print(report: SimulationReport) -> None:
    console = Console()
    table = Table(title=f"World {report.seed}", show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    for name, value in _rows(report):
        table.add_row(name, value)
    console.print(table)
    for breach in report.breaches:
        console.print(f"- {breach}", style="red", markup=False)
    console.print(f"Verdict: {report.verdict}", style="red" if report.breaches else "green")


def _rows(report: SimulationReport) -> list[tuple[str, str]]:
    return [
        *((f"sales {status}", f"{count}") for status, count in report.sales.items()),
        *((what.replace("_", " "), f"{count}") for what, count in report.happened.items()),
        ("events", f"{report.events}"),
        ("oversold", f"{report.oversold}"),
        ("lost", f"{report.lost}"),
        ("doubled", f"{report.doubled}"),
        ("diverged", f"{report.diverged}"),
        ("history", report.history_hash[:16]),
        *([("the same in runs", f"{report.runs}")] if report.runs > 1 else []),
    ]
