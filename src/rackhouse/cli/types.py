"""``rackhouse types``: product types, and what changing one does to its products."""

from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from rackhouse.catalog import (
    ChangedType,
    Conversion,
    ListedType,
    ProductOutcome,
    ProductsDoNotFit,
    TriedChange,
    change_product_type,
    define_product_type,
    product_type_of,
    product_types,
    remove_product_type,
    try_type_change,
)
from rackhouse.cli.command_line import FAILURE, USAGE, Failure
from rackhouse.cli.session import administrator, open_house, run

__all__ = ["types_command"]

PAGE_LIMIT = 200
OUTCOMES_TOLD = 20
KEPT_FIELDS = ("version", "built_in", "created_at", "updated_at")


class _Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that says how a type changes."""

    definition: dict[str, Any]
    conversions: tuple[Conversion, ...] = ()
    on_misfit: Literal["drop", "default"] | None = None


@click.group("types")
def types_command() -> None:
    """Define product types of your own, show, change and remove them."""


@types_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the types as JSON.")
def list_command(as_json: bool) -> None:
    """List every product type."""
    found = run(_listed())
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        whose = "built in" if each.built_in else f"version {each.version}"
        attributes = f"{len(each.attributes)} attributes"
        click.echo(f"{each.name:20}  {whose:12}  {attributes:15}  /api/v1/{each.collection}")


@types_command.command("show")
@click.argument("name")
def show_command(name: str) -> None:
    """Show the product type NAME as JSON, as a file for `change` would define it."""
    _print(run(_shown(name)))


@types_command.command("define")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def define_command(file: Path) -> None:
    """Define a product type of your own, as FILE (JSON) says."""
    _print(run(_defined(_read(file))))


@types_command.command("change")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would become of the products.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def change_command(name: str, file: Path, dry_run: bool, as_json: bool) -> None:
    """Change the product type NAME, as FILE (JSON) says.

    The file has the `definition` as it is to be, and if need be `conversions` and `on_misfit`; a
    definition alone will do, too. Products that would lose what they say stop all of it.
    """
    change = _change_in(file)
    if dry_run:
        _tell_tried(run(_tried(name, change)), as_json)
        return
    try:
        changed = run(_changed(name, change))
    except ProductsDoNotFit as refusal:
        for each in refusal.misfits:
            for problem in each.problems:
                click.echo(f"{each.product_id}: {problem.field}: {problem.problem}", err=True)
        raise Failure(str(refusal), FAILURE) from None
    if as_json:
        _print(changed)
        return
    click.echo(
        f"{name} has version {changed.product_type.version}: {changed.products:,} products, "
        f"{changed.converted:,} of them converted."
    )


@types_command.command("remove")
@click.argument("name")
def remove_command(name: str) -> None:
    """Remove the product type NAME of your own. One that comes with Rackhouse is in force again."""
    run(_removed(name))
    click.echo(f"{name} is removed.")


def _change_in(file: Path) -> _Change:
    said = _read(file)
    if "definition" not in said:
        return _Change(definition=said)
    try:
        return msgspec.convert(said, _Change)
    except msgspec.ValidationError as error:
        raise Failure(f"{file}: {error}", USAGE) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise Failure(f"{file} can not be read: {error.strerror}", USAGE) from None
    except msgspec.MsgspecError as error:
        raise Failure(f"{file} is not a JSON object: {error}", USAGE) from None
    return read


def _tell_tried(tried: TriedChange, as_json: bool) -> None:
    if as_json:
        _print(tried)
        return
    click.echo(
        f"{tried.products:,} products: {tried.fitting:,} fit, {tried.converted:,} would be "
        f"converted, {tried.not_fitting:,} do not fit."
    )
    for outcome in tried.outcomes[:OUTCOMES_TOLD]:
        for line in _lines_of(outcome):
            click.echo(f"  {outcome.product_id}: {line}")


def _lines_of(outcome: ProductOutcome) -> list[str]:
    changes = [
        f"{each.attribute} from {_json(each.before)} to {_json(each.after)}"
        for each in outcome.changes
    ]
    return [*changes, *(f"{each.field}: {each.problem}" for each in outcome.problems)]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _print(found: msgspec.Struct) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(found)))


async def _listed() -> list[ListedType]:
    async with open_house() as house:
        return await product_types(context=administrator(house))


async def _shown(name: str) -> ListedType:
    async with open_house() as house:
        return await product_type_of(context=administrator(house), name=name)


async def _defined(draft: dict[str, Any]) -> ListedType:
    async with open_house() as house:
        return await define_product_type(context=administrator(house), draft=_plain(draft))


async def _tried(name: str, change: _Change) -> TriedChange:
    """The products that do not fit, or where all fit, those that would be converted."""
    async with open_house() as house:
        facts: dict[str, Any] = {
            "context": administrator(house),
            "name": name,
            "draft": _plain(change.definition),
            "conversions": change.conversions,
            "on_misfit": change.on_misfit,
            "after_id": "",
            "limit": PAGE_LIMIT,
        }
        tried = await try_type_change(**facts, only="does_not_fit")
        return tried if tried.outcomes else await try_type_change(**facts, only="converted")


async def _changed(name: str, change: _Change) -> ChangedType:
    async with open_house() as house:
        return await change_product_type(
            context=administrator(house),
            name=name,
            draft=_plain(change.definition),
            conversions=change.conversions,
            on_misfit=change.on_misfit,
            expected_version=None,
        )


async def _removed(name: str) -> None:
    async with open_house() as house:
        await remove_product_type(context=administrator(house), name=name, expected_version=None)


def _plain(draft: dict[str, Any]) -> dict[str, Any]:
    return {field: said for field, said in draft.items() if field not in KEPT_FIELDS}
