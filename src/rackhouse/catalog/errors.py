"""The refusals of the catalog: what is wrong with a product, a product type or an import file."""

from dataclasses import dataclass, field

from rackhouse.platform.errors import Conflict, FieldProblem, Invalid, NotFound

__all__ = [
    "InvalidMapping",
    "InvalidProduct",
    "InvalidProductType",
    "ProductExists",
    "ProductNotFound",
    "ProductTypeNotFound",
    "SkuInBundle",
    "SkuTaken",
    "SkuUnknown",
    "UnreadableFile",
]


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
class ProductExists(Conflict):
    """The product {product_id} is in the catalog already. Change it instead."""

    product_id: str


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


def _told(problems: tuple[FieldProblem, ...]) -> str:
    return "; ".join(f"{problem.field}: {problem.problem}" for problem in problems)
