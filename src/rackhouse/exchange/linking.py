"""Links: whether all that the products of a file name is there, in the file or in the catalog."""

from collections.abc import Iterable, Iterator

from rackhouse.catalog import Known, known_names
from rackhouse.catalog import SkuTaken as Taken
from rackhouse.exchange.rules import Broken
from rackhouse.exchange.surveying import Links, Survey
from rackhouse.platform.context import Context

__all__ = ["check_links", "needs_of"]

NAMES_AT_ONCE = 2_000


async def check_links(context: Context, found: Survey, missing: frozenset[str]) -> None:
    """Drop the products that name what is nowhere, or what is ``missing`` and will go; and those
    that name them, until all that is left fits together."""
    while True:
        known = await _known(context, found)
        broken = [
            (product_id, faulty)
            for product_id, links in found.links.items()
            if (faulty := tuple(_faults_of(product_id, links, found, known, missing)))
        ]
        if not broken:
            return
        for product_id, faulty in broken:
            found.drop(product_id, faulty)


def needs_of(found: Survey) -> dict[str, frozenset[str]]:
    """Which products of a file have to be written before others of it."""
    needs: dict[str, frozenset[str]] = {}
    for product_id, links in found.links.items():
        if product_id not in found.spool:
            continue
        named = {each for _, each in links.references if each in found.created}
        named |= {found.skus[sku][0] for _, sku in links.components if sku in found.skus}
        named |= {holder for *_, holder in links.taken}
        needs[product_id] = frozenset(
            each for each in named if each in found.spool and each != product_id
        )
    return needs


async def _known(context: Context, found: Survey) -> Known:
    """What the catalog knows of the names that no sound product of the file has."""
    ids = {
        id_
        for links in found.links.values()
        for _, id_ in links.references
        if id_ not in found.lines
    }
    skus = {
        sku
        for links in found.links.values()
        for _, sku in links.components
        if found.skus.get(sku, ("",))[0] not in found.lines
    }
    known_ids: set[str] = set()
    known_skus = {}
    for some in _some(ids):
        known_ids |= (await known_names(context=context, ids=some, skus=())).ids
    for some in _some(skus):
        known_skus.update((await known_names(context=context, ids=(), skus=some)).skus)
    return Known(frozenset(known_ids), known_skus)


def _some(names: Iterable[str]) -> Iterator[list[str]]:
    listed = sorted(names)
    for start in range(0, len(listed), NAMES_AT_ONCE):
        yield listed[start : start + NAMES_AT_ONCE]


def _faults_of(
    product_id: str, links: Links, found: Survey, known: Known, missing: frozenset[str]
) -> Iterator[Broken]:
    for path, named in links.references:
        if named in found.lines:
            continue
        if named not in known.ids or named in missing:
            problem = f"{named!r} is neither in this file nor stays in the catalog; add it"
            yield Broken(links.line, path, problem, product_id)
    for path, sku in links.components:
        fault = _fault_of_component(sku, found, known, missing)
        if fault is not None:
            yield Broken(links.line, path, fault, product_id)
    for path, sku, holder in links.taken:
        if holder not in found.lines and holder not in missing:
            problem = str(Taken(sku=sku, product_id=holder))
            yield Broken(links.line, path, problem, product_id)


def _fault_of_component(
    sku: str, found: Survey, known: Known, missing: frozenset[str]
) -> str | None:
    holder, is_bundle = found.skus.get(sku, ("", False))
    if holder not in found.lines:
        place = known.skus.get(sku)
        gone = place is None or place.product_id in missing or place.product_id in found.lines
        if gone:
            return f"{sku!r} is neither in this file nor stays in the catalog; add it"
        is_bundle = place is not None and place.is_bundle
    if is_bundle:
        return f"{sku!r} is itself a bundle, and bundles have one level; list what it is made of"
    return None
