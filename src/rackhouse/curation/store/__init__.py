"""Every SQL statement of curation."""

from rackhouse.curation.store.bundles import (
    StoredBundle,
    bundle_page,
    count_bundles,
    due_bundles,
    read_bundle,
    write_bundle,
)
from rackhouse.curation.store.collections import (
    StoredCollection,
    collection_page,
    collections_with_member,
    count_collections,
    due_collections,
    lock_curation,
    lock_one,
    read_collection,
    write_collection,
)

__all__ = [
    "StoredBundle",
    "StoredCollection",
    "bundle_page",
    "collection_page",
    "collections_with_member",
    "count_bundles",
    "count_collections",
    "due_bundles",
    "due_collections",
    "lock_curation",
    "lock_one",
    "read_bundle",
    "read_collection",
    "write_bundle",
    "write_collection",
]
