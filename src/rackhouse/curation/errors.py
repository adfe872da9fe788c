"""The refusals of curation."""

from dataclasses import dataclass, field

from rackhouse.platform.errors import Conflict, FieldProblem, Invalid, NotFound

__all__ = [
    "BundleIsNotWhole",
    "CollectionExists",
    "CollectionNotFound",
    "CuratedBundleExists",
    "CuratedBundleNotFound",
    "InvalidCollection",
    "InvalidCuratedBundle",
    "TooManyCollections",
    "TooManyCuratedBundles",
]


@dataclass(eq=False)
class CollectionNotFound(NotFound):
    """There is no collection {collection_id} here."""

    collection_id: str


@dataclass(eq=False)
class CollectionExists(Conflict):
    """There is a collection {collection_id} already. Change it instead."""

    collection_id: str


@dataclass(eq=False)
class TooManyCollections(Conflict):
    """There are {limit} collections, which is the most. Remove one that is no longer needed."""

    limit: int


@dataclass(eq=False)
class InvalidCollection(Invalid):
    """The collection is not valid ({count} to mend): {summary}"""

    problems: tuple[FieldProblem, ...]
    count: int = field(init=False)
    summary: str = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.problems)
        self.summary = _told(self.problems)


@dataclass(eq=False)
class CuratedBundleNotFound(NotFound):
    """There is no curated bundle {bundle_id}."""

    bundle_id: str


@dataclass(eq=False)
class CuratedBundleExists(Conflict):
    """There is a curated bundle or a product {bundle_id} already. Choose another id."""

    bundle_id: str


@dataclass(eq=False)
class TooManyCuratedBundles(Conflict):
    """There are {limit} curated bundles, which is the most. Remove one that is no longer needed."""

    limit: int


@dataclass(eq=False)
class InvalidCuratedBundle(Invalid):
    """The curated bundle is not valid ({count} to mend): {summary}"""

    problems: tuple[FieldProblem, ...]
    count: int = field(init=False)
    summary: str = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.problems)
        self.summary = _told(self.problems)


@dataclass(eq=False)
class BundleIsNotWhole(Conflict):
    """The curated bundle can not be put together ({count} to mend): {summary}"""

    problems: tuple[FieldProblem, ...]
    count: int = field(init=False)
    summary: str = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.problems)
        self.summary = _told(self.problems)


def _told(problems: tuple[FieldProblem, ...]) -> str:
    return "; ".join(f"{problem.field}: {problem.problem}" for problem in problems)
