"""The catalog over HTTP."""

from collections.abc import Mapping, Sequence

from rackhouse.catalog.http import bulk, product_types, versions
from rackhouse.catalog.http.collections import collections_of, own_collections
from rackhouse.catalog.rules import ListedType
from rackhouse.catalog.types_in_force import shipped_types, types_in_force
from rackhouse.platform.house import House
from rackhouse.platform.http import Endpoint

__all__ = ["ENDPOINTS", "own_endpoints"]

ENDPOINTS = [
    *collections_of(shipped_types()),
    *bulk.ENDPOINTS,
    *versions.ENDPOINTS,
    *product_types.ENDPOINTS,
]


class OwnEndpoints:
    """This process's endpoints of the seller's own product types."""

    def __init__(self, _: House) -> None:
        self._types: Mapping[str, ListedType] = {}
        self._endpoints: Sequence[Endpoint] = ()

    def of(self, types: Mapping[str, ListedType]) -> Sequence[Endpoint]:
        """The endpoints that some types make; the same ones for the same types."""
        if types is not self._types:
            self._types, self._endpoints = types, tuple(own_collections(types))
        return self._endpoints


async def own_endpoints(house: House) -> Sequence[Endpoint]:
    """The endpoints that the product types of a house make, beside those that every house has, or
    described otherwise; the same sequence for as long as no type changes."""
    return house.the(OwnEndpoints).of(await types_in_force(house=house))
