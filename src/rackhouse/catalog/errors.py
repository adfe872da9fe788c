"""The refusals of the catalog: what is wrong with a product, a product type or an import file."""

from dataclasses import dataclass, field

import msgspec

from rackhouse.platform.errors import Conflict, FieldProblem, Invalid, NotFound

__all__ = [
    "CollectionTaken",
    "FilterUnknown",
    "FilterUnreadable",
    "InvalidMapping",
    "InvalidProduct",
    "InvalidProductType",
    "InvalidTypeChange",
    "Misfitting",
    "NamedTwice",
    "ProductExists",
    "ProductNotFound",
    "ProductReferenced",
    "ProductTypeBuiltIn",
    "ProductTypeExists",
    "ProductTypeInUse",
    "ProductTypeNotFound",
    "ProductVersionNotFound",
    "ProductsDoNotFit",
    "SkuInBundle",
    "SkuTaken",
    "SkuUnknown",
    "TooManyProductTypes",
    "TooManyToConvert",
    "UnreadableFile",
    "VersionSaysNothing",
]


class Misfitting(msgspec.Struct, frozen=True):
    """A product that does not fit a type, and why: each field with what is wrong."""

    product_id: str
    problems: tuple[FieldProblem, ...]


@dataclass(eq=False)
class InvalidProduct(Invalid):
    """The product is not valid ({count} to mend): {summary}"""

    problems: tuple[FieldProblem, ...]
    count: int = field(init=False)
    summary: str = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.problems)
        self.summary = _told(self.problems)


@dataclass(eq=False)
class InvalidProductType(Invalid):
    """The product type is not valid ({count} to mend): {summary}"""

    problems: tuple[FieldProblem, ...]
    count: int = field(init=False)
    summary: str = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.problems)
        self.summary = _told(self.problems)


@dataclass(eq=False)
class InvalidTypeChange(Invalid):
    """The product type can not be changed so ({count} to mend): {summary}"""

    problems: tuple[FieldProblem, ...]
    count: int = field(init=False)
    summary: str = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.problems)
        self.summary = _told(self.problems)


@dataclass(eq=False)
class InvalidMapping(Invalid):
    """{file}: {key}: {problem}"""

    file: str
    key: str
    problem: str


@dataclass(eq=False)
class UnreadableFile(Invalid):
    """{file} can not be read: {problem}"""

    file: str
    problem: str


@dataclass(eq=False)
class ProductNotFound(NotFound):
    """There is no product {product_id} here."""

    product_id: str


@dataclass(eq=False)
class ProductTypeNotFound(NotFound):
    """There is no product type {name}."""

    name: str


@dataclass(eq=False)
class ProductVersionNotFound(NotFound):
    """There is no version {version} of a product {product_id}."""

    product_id: str
    version: int


@dataclass(eq=False)
class VersionSaysNothing(Conflict):
    """The product {product_id} was removed in version {version}, which says nothing of it. Restore
    the one before."""

    product_id: str
    version: int


@dataclass(eq=False)
class NamedTwice(Invalid):
    """The product {product_id} is named twice. Say all that is to change of it in one edit."""

    product_id: str


@dataclass(eq=False)
class ProductExists(Conflict):
    """The product {product_id} is in the catalog already. Change it instead."""

    product_id: str


@dataclass(eq=False)
class ProductReferenced(Conflict):
    """The product {by_product_id} names {product_id} as its {attribute}. Let it name another."""

    product_id: str
    by_product_id: str
    attribute: str


@dataclass(eq=False)
class ProductTypeExists(Conflict):
    """There is a product type {name} already. Change it instead."""

    name: str


@dataclass(eq=False)
class ProductTypeInUse(Conflict):
    """{products} products are of the type {name}. Remove them, or give them another type."""

    name: str
    products: int


@dataclass(eq=False)
class ProductTypeBuiltIn(Conflict):
    """The product type {name} comes with Rackhouse as it is, and stays."""

    name: str


@dataclass(eq=False)
class CollectionTaken(Conflict):
    """The collection {collection} is that of {by}. Choose another name."""

    collection: str
    by: str


@dataclass(eq=False)
class TooManyProductTypes(Conflict):
    """There are {limit} product types of your own, which is the most. Remove one."""

    limit: int


@dataclass(eq=False)
class ProductsDoNotFit(Conflict):
    """{count} of {products} products do not fit {name} any more. First: {summary}"""

    name: str
    products: int
    count: int
    misfits: tuple[Misfitting, ...]
    summary: str = field(init=False)

    def __post_init__(self) -> None:
        first = self.misfits[0]
        self.summary = f"{first.product_id}: {_told(first.problems)}"


@dataclass(eq=False)
class TooManyToConvert(Conflict):
    """More than {limit} of {products} products would have to be converted at once. Convert some of
    them by hand before."""

    products: int
    limit: int


@dataclass(eq=False)
class SkuTaken(Conflict):
    """The SKU {sku} belongs to the product {product_id}. Choose another one."""

    sku: str
    product_id: str


@dataclass(eq=False)
class SkuInBundle(Conflict):
    """The bundle {bundle_sku} takes {sku}, which so can neither go nor become a bundle itself."""

    sku: str
    bundle_sku: str


@dataclass(eq=False)
class SkuUnknown(Invalid):
    """There is no SKU {sku} in the catalog. Create its product first."""

    sku: str


@dataclass(eq=False)
class FilterUnreadable(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


@dataclass(eq=False)
class FilterUnknown(Invalid):
    """filter: products can not be narrowed by {name}; {remedy}"""

    name: str
    remedy: str


def _told(problems: tuple[FieldProblem, ...]) -> str:
    return "; ".join(f"{problem.field}: {problem.problem}" for problem in problems)
