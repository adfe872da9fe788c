"""Made-up products that have a little of everything that is searched."""

import datetime
import random

from rackhouse.catalog import Attribute, ListedProduct, ProductType, Variant
from rackhouse.search.rules.documents import Document, document_of

__all__ = ["GOES_LIVE_AT", "ORIGINS", "STONE", "WORDS", "random_stone", "stone"]

STONE = ProductType(
    name="stone",
    title="Stones",
    collection="stones",
    attributes=(
        Attribute(name="origin", title="Origin", kind="text", searchable=True, facet=True,
                  filterable=True),
        Attribute(name="colors", title="Colors", kind="list", of="text", searchable=True,
                  facet=True, filterable=True),
        Attribute(name="weight", title="Weight", kind="number", facet=True, filterable=True,
                  sortable=True),
        Attribute(name="years", title="Years", kind="list", of="integer", facet=True,
                  filterable=True),
        Attribute(name="cut", title="Cut", kind="enum", values=("rough", "round", "fine"),
                  facet=True, filterable=True, sortable=True),
        Attribute(name="rare", title="Rare", kind="boolean", facet=True, filterable=True,
                  sortable=True),
        Attribute(name="found_on", title="Found on", kind="date", facet=True, filterable=True,
                  sortable=True),
        Attribute(name="notes", title="Notes", kind="text", max_length=3000, searchable=True),
        Attribute(name="price", title="Price class", kind="text", facet=True, filterable=True),
    ),
)  # fmt: skip

TALE = (
    "amber jade ruby opal pearl garnet topaz agate river rivers mountain mountains smoked smoky "
    "polished polishing rough crystal crystals Château Straße blue green golden 12 1964"
)
WORDS = tuple(TALE.split())
ORIGINS = ("Ceylon", "Burma", "Åland", "New Ross", "2024-05-01T00:00:00Z")

GOES_LIVE_AT = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)


def stone(product_id: str, name: str, *, places: tuple[str, ...] = (), **said: object) -> Document:
    """A product as it is searched; what is said of it beside its name are attributes, or the
    fields of every product."""
    fields = {key: said.pop(key) for key in list(said) if key in ListedProduct.__struct_fields__}
    moment = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
    product = ListedProduct(
        id=product_id,
        type="stone",
        name=name,
        attributes=said,
        version=1,
        created_at=moment,
        updated_at=moment,
        **fields,
    )
    return document_of(product, STONE, frozenset(places))


def random_stone(chance: random.Random, number: int) -> Document:
    """A product with a little of everything that products can have."""

    def words(least: int, most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(least, most)))

    said: dict[str, object] = {}
    if chance.random() < 0.8:
        said["origin"] = chance.choice(ORIGINS)
        said["price"] = chance.choice(("low", "high"))
    if chance.random() < 0.7:
        said["colors"] = chance.sample(["red", "blue", "deep green", "gold"], chance.randint(1, 3))
        said["years"] = chance.sample(range(1990, 2000), chance.randint(1, 3))
    if chance.random() < 0.7:
        said["weight"] = chance.choice([-3, -0.5, 0, 0.1, 1, 2.5, 7, 40.25])
        said["rare"] = chance.random() < 0.3
    if chance.random() < 0.6:
        said["cut"] = chance.choice(("rough", "round", "fine"))
        said["found_on"] = f"20{chance.randint(10, 29)}-0{chance.randint(1, 9)}-11"
    if chance.random() < 0.5:
        said["notes"] = words(3, 12)
    prices = chance.choices([None, 500, 1000, 1250, 10**12], k=chance.randint(0, 3))
    return stone(
        f"stone-{number}",
        words(1, 4),
        places=tuple(chance.sample(["berlin", "porto", "pos-3"], chance.randint(0, 3))),
        brand=chance.choice([None, "Ruby & Sons", "Ægir", "Topaz"]),
        description=words(0, 8),
        categories=tuple(chance.sample(["gems", "gems/raw", "gems/raw/old", "river"], 2)),
        tags=tuple(chance.sample(["new", "gift", "blue"], chance.randint(0, 2))),
        price_minor=chance.choice([None, 900, 1000, 2000]),
        currency="EUR",
        stage=chance.choice(("live", "live", "live", "draft", "archived")),
        goes_live_at=chance.choice((None, None, GOES_LIVE_AT)),
        archives_at=chance.choice((None, None, GOES_LIVE_AT + datetime.timedelta(days=1))),
        release_date=chance.choice([None, datetime.date(2020, 1, 1), datetime.date(2023, 6, 1)]),
        variants=tuple(
            Variant(sku=f"S-{number}-{at}", price_minor=price, options={"size": str(at)})
            for at, price in enumerate(prices)
        ),
        **said,
    )
