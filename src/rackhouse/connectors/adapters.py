"""The adapters that this process knows: those that come with the house, and those of packages that
are installed beside it."""

import importlib
import importlib.metadata

import structlog

from rackhouse.connectors.adapter import ENTRY_POINT_GROUP, Adapter
from rackhouse.connectors.errors import AdapterUnknown
from rackhouse.platform.house import House

__all__ = ["BUILT_IN", "Adapters"]

BUILT_IN = (
    "rackhouse.connectors.marketplace",
    "rackhouse.connectors.product_feeds.google",
    "rackhouse.connectors.product_feeds.meta",
    "rackhouse.connectors.sftp",
    "rackhouse.connectors.shopify",
    "rackhouse.connectors.square",
    "rackhouse.connectors.woocommerce",
)

_log = structlog.get_logger(__name__)


class Adapters:
    """The adapters by name. What comes with the house is not replaced by a package; a package that
    can not be loaded is told in the log and does no other harm."""

    def __init__(self, _: House) -> None:
        self._by_name: dict[str, Adapter] = {}
        for module in BUILT_IN:
            self._add(importlib.import_module(module).ADAPTER)
        for entry in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
            try:
                self._add(entry.load())
            except Exception:
                _log.exception("adapter_not_loaded", entry_point=entry.value)

    def named(self, name: str) -> Adapter:
        """An adapter; refuses with `AdapterUnknown`."""
        found = self._by_name.get(name)
        if found is None:
            raise AdapterUnknown(adapter=name, known=", ".join(sorted(self._by_name)))
        return found

    def all(self) -> list[Adapter]:
        """All of them, in the order of their names."""
        return [self._by_name[name] for name in sorted(self._by_name)]

    def _add(self, adapter: object) -> None:
        if not isinstance(adapter, Adapter):
            raise TypeError(f"not an Adapter but {type(adapter).__name__}")
        self._by_name.setdefault(adapter.name, adapter)
