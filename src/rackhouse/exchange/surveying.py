"""Surveying a file: all of it is read and checked before anything is written."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from rackhouse.catalog import (
    InvalidProduct,
    ListedProduct,
    ListedType,
    Product,
    ProductType,
    known_names,
    references_of,
    suggestion,
    unlike_products,
    validate_product,
)
from rackhouse.exchange.reports import DIFFERENCES_TOLD, Heed, Progress
from rackhouse.exchange.rules import Broken, Difference, Found, difference
from rackhouse.exchange.rules.differences import ADDED
from rackhouse.exchange.spooling import Spool
from rackhouse.platform.context import Context

__all__ = ["Links", "Survey", "survey"]

ROWS_AT_ONCE = 500
BROKEN_KEPT_MAX = 10_000
ID_LENGTH_TOLD = 64

KEPT_FIELDS = frozenset(ListedProduct.__struct_fields__) - frozenset(Product.__struct_fields__)
"""What the API tells of a product and no draft says: what was read from there is read, too."""

Faulty = tuple[Broken, ...]


class Links(msgspec.Struct, frozen=True):
    """What has to be there for a product: products that it names, SKUs that it is made of (each
    with its path), and SKUs of its own that another product has now (with that one's id)."""

    line: int
    references: tuple[tuple[str, str], ...]
    components: tuple[tuple[str, str], ...]
    taken: tuple[tuple[str, str, str], ...]


class Survey:
    """What is known of a file once it was read: what is to be written waits in the spool."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.rows = 0
        self.rows_bad = 0
        self.unchanged = 0
        self.created: set[str] = set()
        self.lines: dict[str, int] = {}
        self.skus: dict[str, tuple[str, bool]] = {}
        self.types: set[str] = set()
        self.links: dict[str, Links] = {}
        self.broken: list[Broken] = []
        self.differences: dict[str, Difference] = {}

    def note(self, faulty: Faulty) -> None:
        """Remember what is wrong with one row."""
        self.rows_bad += 1
        if len(self.broken) < BROKEN_KEPT_MAX:
            self.broken += faulty

    def drop(self, product_id: str, faulty: Faulty) -> None:
        """Take a product out again that turned out to be broken."""
        self.note(faulty)
        if product_id not in self.spool:
            self.unchanged -= 1
        self.spool.drop(product_id)
        self.created.discard(product_id)
        self.lines.pop(product_id)
        self.links.pop(product_id, None)
        self.differences.pop(product_id, None)

    @property
    def changed(self) -> int:
        """How many products are described otherwise."""
        return len(self.spool) - len(self.created)


async def survey(
    context: Context,
    records: Iterator[Found | Faulty],
    product_types: Mapping[str, ListedType | ProductType],
    spool: Spool,
    heed: Heed,
) -> Survey:
    """Read and check every record; what is not listed as it says is kept in the spool."""
    found = Survey(spool)
    while batch := await asyncio.to_thread(_validated_batch, records, product_types):
        found.rows += len(batch)
        fresh = [each for each in batch if _is_new(each, found)]
        await _compare(context, found, dict(fresh), product_types)  # type: ignore[arg-type]
        await heed(Progress(rows_read=found.rows, products_written=0, products_to_write=None))
    return found


def _validated_batch(
    records: Iterator[Found | Faulty], product_types: Mapping[str, ProductType]
) -> list[tuple[int, Product | Faulty]]:
    return [_validated(each, product_types) for each in islice(records, ROWS_AT_ONCE)]


def _validated(
    found: Found | Faulty, product_types: Mapping[str, ProductType]
) -> tuple[int, Product | Faulty]:
    if not isinstance(found, Found):
        return found[0].line, found
    line, known = found.line, found.draft.get("id")
    said = known[:ID_LENGTH_TOLD] if isinstance(known, str) else None
    draft = {name: value for name, value in found.draft.items() if name not in KEPT_FIELDS}
    product_type = product_types.get(str(draft.get("type")))
    if product_type is None:
        remedy = suggestion(draft.get("type"), product_types)
        return line, (Broken(line, "type", f"is not known; {remedy}", said),)
    try:
        return line, validate_product(draft, product_type)
    except InvalidProduct as refusal:
        problems = (
            Broken(found.line_of(each.field), each.field, each.problem, said)
            for each in refusal.problems
        )
        return line, tuple(problems)


def _is_new(read: tuple[int, Product | Faulty], found: Survey) -> bool:
    """Whether a row makes a product, which no earlier row of the file has made."""
    line, product = read
    if not isinstance(product, Product):
        found.note(product)
        return False
    if product.id in found.lines:
        problem = f"{product.id!r} is that of line {found.lines[product.id]}; keep one of them"
        found.note((Broken(line, "id", problem, product.id),))
        return False
    for index, variant in enumerate(product.variants):
        if variant.sku in found.skus:
            holder = found.skus[variant.sku][0]
            problem = f"{variant.sku!r} is a SKU of {holder} in this file, too; give it its own"
            found.note((Broken(line, f"variants[{index}].sku", problem, product.id),))
            return False
    found.lines[product.id] = line
    found.types.add(product.type)
    found.skus.update((each.sku, (product.id, each.is_bundle)) for each in product.variants)
    return True


async def _compare(
    context: Context,
    found: Survey,
    fresh: Mapping[int, Product],
    product_types: Mapping[str, ProductType],
) -> None:
    """Keep what is not listed as it is said, with what it needs and how it differs."""
    products = list(fresh.values())
    unlike = await unlike_products(context=context, products=products)
    wanting = [each for each in products if each.id in unlike]
    found.unchanged += len(products) - len(wanting)
    found.created |= {id_ for id_, before in unlike.items() if before is None}
    await asyncio.to_thread(found.spool.add, wanting)
    for product in wanting:
        _tell(found, unlike[product.id], product)
    skus = {variant.sku for product in wanting for variant in product.variants}
    places = (await known_names(context=context, ids=(), skus=skus)).skus if skus else {}
    holders = {sku: place.product_id for sku, place in places.items()}
    for line, product in fresh.items():
        links = _links_of(line, product, product_types, holders)
        if links.references or links.components or links.taken:
            found.links[product.id] = links


def _tell(found: Survey, before: Product | None, product: Product) -> None:
    if len(found.differences) >= DIFFERENCES_TOLD:
        return
    if before is None:
        found.differences[product.id] = Difference(product_id=product.id, change=ADDED)
    else:
        found.differences[product.id] = difference(before, product)


def _links_of(
    line: int,
    product: Product,
    product_types: Mapping[str, ProductType],
    holders: Mapping[str, str],
) -> Links:
    return Links(
        line,
        tuple((each.path, each.product_id) for each in references_of(product, product_types)),
        tuple(
            (f"variants[{index}].components[{place}].sku", component.sku)
            for index, variant in enumerate(product.variants)
            for place, component in enumerate(variant.components)
        ),
        tuple(
            (f"variants[{index}].sku", variant.sku, holders[variant.sku])
            for index, variant in enumerate(product.variants)
            if holders.get(variant.sku, product.id) != product.id
        ),
    )


def lines_in_order(broken: Sequence[Broken]) -> tuple[Broken, ...]:
    """What is wrong, in the order of the lines."""
    return tuple(sorted(broken, key=lambda each: each.line))
