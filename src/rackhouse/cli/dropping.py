"""``rackhouse drop``: a rehearsal of a limited release, against a service of its own or yours."""

import asyncio
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from rackhouse.cli.listening import local_url
from rackhouse.cli.running import Plan, keep_running
from rackhouse.cli.session import open_house
from rackhouse.identity import mint_token
from rackhouse.modules import MODULES
from rackhouse.platform.environment import read_settings
from rackhouse.platform.house import House
from rackhouse.platform.telemetry import configure_logs
from rackhouse.rehearsal import DropPlan, DropProgress, DropReport, rehearse_drop

__all__ = ["drop_command"]

BREACHED = 1
INTERRUPTED = 130
SEEDS = 1_000_000
TOKEN_SECONDS = 7_200
# As root, PostgreSQL runs under another account, which must be able to enter.
ENTERABLE = 0o711


@click.command("drop")
@click.option("--units", type=click.IntRange(1, 1_000_000), default=200, show_default=True)
@click.option("--buyers", type=click.IntRange(1, 100_000), default=2000, show_default=True)
@click.option("--channels", type=click.IntRange(1, 50), default=4, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), help="API processes of its own service.")
@click.option("--seed", type=int, help="Who does what; without it, another drop each time.")
@click.option("--url", help="A running service, instead of one of its own.")
@click.option("--token", help="An operator's access token for --url; without it, one is made here.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def drop_command(
    units: int,
    buyers: int,
    channels: int,
    workers: int | None,
    seed: int | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Rehearse a limited release: buyers race over HTTP, send things twice, hang up, walk away,
    cancel and pay; then every figure is audited. Exits with 1 if anything was not as promised.

    Without --url it starts a service of its own, with an empty database that is deleted
    afterwards.
    """
    if url is not None and workers is not None:
        raise click.UsageError("--workers is for a service of its own; leave it out with --url.")
    if url is None and token is not None:
        raise click.UsageError("--token goes with --url.")
    plan = DropPlan(
        units=units,
        buyers=buyers,
        channels=channels,
        seed=random.randrange(SEEDS) if seed is None else seed,  # noqa: S311 - no secret
    )
    with _shown(plan, quiet=as_json) as shown:
        if url is None:
            report = _with_own_service(plan, workers, shown)
        else:
            report = asyncio.run(_with_service(plan, url, token, shown))
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        _print(report)
    if report.verdict == "failed":
        raise click.exceptions.Exit(BREACHED)


class _Over(Exception):
    """The rehearsal is over, and so is its service's life."""

    def __init__(self, report: DropReport) -> None:
        super().__init__("over")
        self.report = report


class _Shown:
    """The progress on the terminal, or nothing."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._task = None if progress is None else progress.add_task("", total=None, told="")

    def __call__(self, now: DropProgress) -> None:
        if self._progress is None or self._task is None:
            return
        told = (
            f"{now.sold} of {now.units} sold, {now.refused} refused, {now.abandoned} abandoned, "
            f"{now.cancelled} cancelled, {now.requests} requests"
        )
        self._progress.update(self._task, total=now.buyers, completed=now.done, told=told)


@contextmanager
def _shown(plan: DropPlan, *, quiet: bool) -> Iterator[_Shown]:
    if quiet:
        yield _Shown(None)
        return
    columns = (
        TextColumn(f"{plan.buyers} buyers"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Shown(progress)


def _with_own_service(plan: DropPlan, workers: int | None, shown: _Shown) -> DropReport:
    with _own_surroundings(workers):
        settings = read_settings()
        configure_logs(settings)

        async def rehearse(house: House) -> None:
            token = await _operator_token(house)
            report = await rehearse_drop(
                plan=plan,
                url=local_url(settings),
                token=token,
                workers=settings.api_workers,
                progress=shown,
            )
            raise _Over(report)

        try:
            keep_running(
                settings,
                Plan(
                    api_workers=settings.api_workers,
                    modules=tuple(module.name for module in MODULES),
                    jobs=True,
                    prepare=_nothing,
                    ready=rehearse,
                ),
            )
        except _Over as over:
            return over.report
    raise click.exceptions.Exit(INTERRUPTED)


async def _with_service(plan: DropPlan, url: str, token: str | None, shown: _Shown) -> DropReport:
    if token is None:
        async with open_house() as house:
            token = await _operator_token(house)
    return await rehearse_drop(plan=plan, url=url, token=token, workers=None, progress=shown)


async def _operator_token(house: House) -> str:
    return await mint_token(
        house=house, roles=["operator"], subject="rehearsal", ttl_seconds=TOKEN_SECONDS
    )


@contextmanager
def _own_surroundings(workers: int | None) -> Iterator[None]:
    """Settings of a service that touches nobody else's: processes inherit them from here."""
    with tempfile.TemporaryDirectory(prefix="rackhouse-drop-") as name:
        Path(name).chmod(ENTERABLE)
        own = {
            "RACKHOUSE_DATA": name,
            "RACKHOUSE_HOST": "127.0.0.1",
            "RACKHOUSE_PORT": str(_free_port()),
            "RACKHOUSE_GRPC_PORT": "0",
            "RACKHOUSE_DEMO": "false",
        }
        if workers is not None:
            own["RACKHOUSE_API_WORKERS"] = str(workers)
        for variable in list(os.environ):
            if variable.startswith("RACKHOUSE_DATABASE_URL") or variable in _NAMED_ELSEWHERE:
                del os.environ[variable]
        os.environ.setdefault("RACKHOUSE_LOG_LEVEL", "warning")
        os.environ.update(own)
        yield


_NAMED_ELSEWHERE = ("RACKHOUSE_PUBLIC_URL", "RACKHOUSE_SECRET_KEY", "PROMETHEUS_MULTIPROC_DIR")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _nothing(house: House) -> None:
    """Nothing is to be prepared."""


def _print(report: DropReport) -> None:
    console = Console()
    table = Table(title=f"Drop {report.sku}, seed {report.seed}", show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    for name, value in _rows(report):
        table.add_row(name, value)
    console.print(table)
    for breach in report.breaches:
        console.print(f"- {breach}", style="red", markup=False)
    console.print(f"Verdict: {report.verdict}", style="red" if report.breaches else "green")


def _rows(report: DropReport) -> list[tuple[str, str]]:
    again = ", ".join(f"{count} {reason}" for reason, count in sorted(report.asked_again.items()))
    workers = "" if report.workers is None else f", {report.workers} workers"
    return [
        ("units", f"{report.units}"),
        ("buyers", f"{report.buyers} ({report.demand} mean to pay)"),
        ("through", f"{report.channels} channels{workers}"),
        ("sold", f"{report.sold}"),
        ("oversold", f"{report.oversold}"),
        ("still held", f"{report.held}"),
        ("refused", f"{report.refused}"),
        ("abandoned", f"{report.abandoned}"),
        ("cancelled", f"{report.cancelled}"),
        ("gave up", f"{report.gave_up}"),
        ("duplicates", f"{report.duplicates} ({report.mismatches} answered otherwise)"),
        ("asked again", again or "0"),
        ("events audited", f"{report.events}"),
        ("requests", f"{report.requests} in {report.seconds:.1f} s"),
        ("requests a second", f"{report.requests_per_second:,.0f}"),
        ("p50, p99, max", f"{report.p50_ms:.1f}, {report.p99_ms:.1f}, {report.max_ms:.1f} ms"),
    ]
