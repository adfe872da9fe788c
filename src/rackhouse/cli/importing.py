"""``rackhouse import``."""

from pathlib import Path

import click

from rackhouse.cli.command_line import USAGE, Failure
from rackhouse.cli.importing_by_map import import_by_map
from rackhouse.cli.importing_catalog import import_of_catalog

__all__ = ["import_command"]


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "map_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What each column means (TOML), for CSV or JSONL that was not exported from here.",
)
@click.option(
    "--format",
    "form_name",
    type=click.Choice(["csv", "jsonl", "parquet"]),
    help="Unless said, the name of FILE says it.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would change, field by field.")
@click.option("--remove-missing", is_flag=True, help="Take out what FILE lacks.")
@click.option("--skip-bad", is_flag=True, help="Go on without what is broken in FILE.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--report",
    "report_path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the report with what is broken to this file (JSON).",
)
def import_command(
    file: Path,
    map_path: Path | None,
    form_name: str | None,
    dry_run: bool,
    remove_missing: bool,
    skip_bad: bool,
    as_json: bool,
    report_path: Path | None,
) -> None:
    """Import products from FILE: as it was exported (CSV, JSONL or Parquet), or by a map.

    What did not change since the last time is left alone, so an import can be repeated. All of an
    exported file is checked before anything is written: where a line is broken, nothing is, unless
    --skip-bad says to go on, and the exit code is 1. By a map, a row that makes no product is
    reported with its reason and the rest goes on: that is no failure. The exit code is 2 where the
    file or the map can not be used.
    """
    if report_path is not None and not report_path.parent.is_dir():
        raise Failure(f"{report_path.parent} is no directory to write a report to", USAGE)
    if map_path is None:
        import_of_catalog(
            file,
            form_name,
            dry_run=dry_run,
            remove_missing=remove_missing,
            skip_bad=skip_bad,
            as_json=as_json,
            report_path=report_path,
        )
        return
    for said, option in ((dry_run, "--dry-run"), (remove_missing, "--remove-missing")):
        if said:
            raise Failure(f"{option} is for files of the catalog; leave it or --map out", USAGE)
    import_by_map(file, map_path, as_json=as_json, report_path=report_path)
