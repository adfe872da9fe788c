"""The facts that curation publishes. Each belongs to the stream of one collection
(``collection:<id>``) or of one curated bundle (``curated-bundle:<id>``)."""

import datetime
from typing import TypeAlias

import msgspec

__all__ = [
    "EVENT_TYPES",
    "CollectionChanged",
    "CollectionClosed",
    "CollectionCreated",
    "CollectionEvent",
    "CollectionOpened",
    "CollectionRemoved",
    "CuratedBundleAccepted",
    "CuratedBundleClosed",
    "CuratedBundleEvent",
    "CuratedBundleOpened",
    "CuratedBundleProposed",
    "CuratedBundleRemoved",
]


class CollectionCreated(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody made a collection of products. It is shown once it has opened."""

    collection_id: str
    title: str
    channels: tuple[str, ...]
    starts_at: datetime.datetime | None
    ends_at: datetime.datetime | None


class CollectionChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A collection is otherwise: ``fields`` says what of it differs."""

    collection_id: str
    title: str
    channels: tuple[str, ...]
    fields: tuple[str, ...]


class CollectionOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A collection is shown from this moment on."""

    collection_id: str
    title: str
    channels: tuple[str, ...]
    opened_at: datetime.datetime


class CollectionClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A collection is not shown any more from this moment on."""

    collection_id: str
    title: str
    channels: tuple[str, ...]
    closed_at: datetime.datetime


class CollectionRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A collection is no more. Its products are what they were."""

    collection_id: str
    title: str


class CuratedBundleProposed(msgspec.Struct, frozen=True, kw_only=True):
    """What a curated bundle would be made of: a first proposal, or another one. Its price is in
    minor units of ``currency``. Nothing is sold of it before it is accepted."""

    bundle_id: str
    name: str
    skus: tuple[str, ...]
    price_minor: int
    currency: str


class CuratedBundleAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal was accepted: the bundle is sold so within its window."""

    bundle_id: str
    name: str
    sku: str
    skus: tuple[str, ...]
    price_minor: int
    currency: str
    starts_at: datetime.datetime | None
    ends_at: datetime.datetime | None


class CuratedBundleOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A curated bundle is a product of the catalog from now on."""

    bundle_id: str
    sku: str
    opened_at: datetime.datetime


class CuratedBundleClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A curated bundle is no product of the catalog any more. Orders of it stay as they are."""

    bundle_id: str
    sku: str
    closed_at: datetime.datetime


class CuratedBundleRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A curated bundle is no more."""

    bundle_id: str
    name: str


CollectionEvent: TypeAlias = (
    CollectionCreated | CollectionChanged | CollectionOpened | CollectionClosed | CollectionRemoved
)
CuratedBundleEvent: TypeAlias = (
    CuratedBundleProposed
    | CuratedBundleAccepted
    | CuratedBundleOpened
    | CuratedBundleClosed
    | CuratedBundleRemoved
)

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (
        CollectionCreated,
        CollectionChanged,
        CollectionOpened,
        CollectionClosed,
        CollectionRemoved,
        CuratedBundleProposed,
        CuratedBundleAccepted,
        CuratedBundleOpened,
        CuratedBundleClosed,
        CuratedBundleRemoved,
    )
}
