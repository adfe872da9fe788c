"""``python -m benchmarks.quality``: how good what search finds is, beside two other rankings."""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.judged.judging import Judged, Query, grades_of, judged_queries, ndcg
from benchmarks.judged.rankings import (
    Ranking,
    bm25_over_names,
    full_text_of_postgresql,
    this_search,
)
from benchmarks.searching.goods import real_products
from rackhouse.platform.postgres import create_database, start_postgres

__all__ = ["judge"]

SEARCH, BM25, FULL_TEXT = "search", "BM25 over names", "PostgreSQL"


@click.command()
@click.option("--only-search", is_flag=True, help="Leave out what it is compared with.")
@click.option("--queries", is_flag=True, help="Also tell of each query.")
def main(only_search: bool, queries: bool) -> None:
    """Measure nDCG@10 over the judged queries, those held out apart from those tuned by."""
    started = time.monotonic()
    products = real_products()
    asked = judged_queries()
    grades = {each.text: grades_of(each, products) for each in asked}
    with contextlib.ExitStack() as stack:
        rankings = {SEARCH: this_search(products)}
        if not only_search:
            rankings[BM25] = bm25_over_names(products)
            url = stack.enter_context(_postgres())
            rankings[FULL_TEXT] = full_text_of_postgresql(products, url)
        judged = {name: judge(rank, asked, grades) for name, rank in rankings.items()}
    console = Console()
    if queries:
        console.print(_of_each(judged))
    console.print(_of_kinds(judged))
    console.print(
        f"{len(asked)} queries, {len(products):,} products, {time.monotonic() - started:.0f} s"
    )


def judge(rank: Ranking, asked: Sequence[Query], grades: dict[str, dict[str, int]]) -> list[Judged]:
    """How good the answers of a ranking are."""
    return [Judged(each, ndcg(rank(each.text), grades[each.text])) for each in asked]


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="rackhouse-judged-") as folder:
        Path(folder).chmod(0o711)  # as root the server runs under another account
        server = start_postgres(data_directory=Path(folder) / "postgres")
        try:
            yield create_database(server, "judged")
        finally:
            server.stop()


def _of_kinds(judged: dict[str, list[Judged]]) -> Table:
    table = Table("queries", "", *judged, title="nDCG@10")
    some = next(iter(judged.values()))
    kinds = list(dict.fromkeys(each.query.kind for each in some))
    for kind in kinds:
        _add(table, kind, judged, _is_of(kind))
    _add(table, "to tune by", judged, lambda each: not each.query.held_out)
    _add(table, "held out", judged, lambda each: each.query.held_out)
    _add(table, "all", judged, lambda each: True)
    return table


def _add(
    table: Table, name: str, judged: dict[str, list[Judged]], belongs: Callable[[Judged], bool]
) -> None:
    columns = [[each.ndcg for each in found if belongs(each)] for found in judged.values()]
    table.add_row(name, str(len(columns[0])), *(f"{sum(each) / len(each):.3f}" for each in columns))


def _is_of(kind: str) -> Callable[[Judged], bool]:
    return lambda each: each.query.kind == kind


def _of_each(judged: dict[str, list[Judged]]) -> Table:
    table = Table("query", "half", *judged)
    for found in zip(*judged.values(), strict=True):
        half = "held out" if found[0].query.held_out else "tune"
        table.add_row(found[0].query.text, half, *(f"{each.ndcg:.3f}" for each in found))
    return table


if __name__ == "__main__":
    main()
