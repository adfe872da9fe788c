"""An index as it was built, and writing products to it."""

from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.catalog import ListedProduct, ProductType
from rackhouse.search.engine import Engine
from rackhouse.search.rules.documents import document_of
from rackhouse.search.rules.fields import Fields
from rackhouse.search.shelf import Overlay

__all__ = ["Built", "Places", "put", "replace"]

Places = Mapping[str, frozenset[str]]
"""Where each product can be had, by its id."""


class Built(msgspec.Struct, frozen=True):
    """An index and how it was built: by which product types, and what changed since."""

    engine: Engine
    overlay: Overlay
    fields: Fields
    types: Mapping[str, ProductType]


def put(built: Built, products: Sequence[ListedProduct], places: Places) -> None:
    """Write products."""
    documents = [
        document_of(each, built.types.get(each.type), places[each.id]) for each in products
    ]
    built.engine.put(documents)


def replace(
    built: Built, products: Sequence[ListedProduct], places: Places, gone: Sequence[str]
) -> None:
    """Write products and take others out, to be found so from now on."""
    built.engine.drop(gone)
    put(built, products, places)
    built.engine.commit()
