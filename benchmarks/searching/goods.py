"""Goods to look for: every product of the real data sets, as often as it takes."""

import datetime
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rackhouse.catalog import (
    ListedProduct,
    Product,
    Variant,
    built_in_types,
    drafts,
    load_mapping,
    products_of,
    read_rows,
)

__all__ = ["multiplied", "real_products"]

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
SETS = {
    "x-wines.toml": DATA / "wines" / "XWines_Slim_1K_wines.csv.gz",
    "fashion.toml": DATA / "fashion" / "styles.csv.gz",
    "online-retail.toml": DATA / "online_retail" / "online_retail.csv.gz",
}
SEED = 20_261_122
PRICES_MINOR = (495, 995, 1495, 1995, 2995, 3995, 5995, 8995, 14995)


def real_products() -> list[ListedProduct]:
    """The wines, the fashion and the goods of the real data sets. Refuses where they are not."""
    if not DATA.exists():
        raise RuntimeError(f"The real data sets are not beside the project, at {DATA}.")
    types = built_in_types()
    moment = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
    found: list[ListedProduct] = []
    for mapping_file, path in SETS.items():
        mapping = load_mapping(ROOT / "examples" / mapping_file)
        for each in products_of(drafts(read_rows(path, mapping), mapping), types):
            product = getattr(each, "product", None)
            if product is not None:
                said = {
                    field: value
                    for field in Product.__struct_fields__
                    if (value := getattr(product, field)) is not msgspec.UNSET
                }
                listed = ListedProduct(**said, version=1, created_at=moment, updated_at=moment)
                found.append(listed)
    return found


def multiplied(products: list[ListedProduct], count: int) -> Iterator[ListedProduct]:
    """So many products: real ones again and again, each time with ids, SKUs and a price of its
    own, released on another day."""
    chance = random.Random(SEED)
    first = datetime.date(2020, 1, 1)
    for number, product in zip(range(count), itertools.cycle(products), strict=False):
        time = number // len(products)
        variants = tuple(
            msgspec.structs.replace(each, sku=_named(each.sku, time), barcode=None)
            for each in product.variants
        )
        yield msgspec.structs.replace(
            product,
            id=_named(product.id, time),
            variants=variants or (Variant(sku=_named(product.id.upper(), time)),),
            price_minor=chance.choice(PRICES_MINOR),
            currency="EUR",
            release_date=first + datetime.timedelta(days=chance.randrange(1500)),
        )


def _named(name: str, time: int) -> str:
    """A name of its own for each time; with figures, as those that customers type are."""
    return name if time == 0 else f"{name}-{'x' if name.islower() else 'X'}{time}"
