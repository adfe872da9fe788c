"""The one list of modules, from the lowest row of the house to the highest."""

from collections.abc import Sequence

from rackhouse.broker.module import MODULE as BROKER
from rackhouse.catalog.module import MODULE as CATALOG
from rackhouse.channels.module import MODULE as CHANNELS
from rackhouse.connectors.module import MODULE as CONNECTORS
from rackhouse.exchange.module import MODULE as EXCHANGE
from rackhouse.feeds.module import MODULE as FEEDS
from rackhouse.identity.module import MODULE as IDENTITY
from rackhouse.inventory.module import MODULE as INVENTORY
from rackhouse.notary.module import MODULE as NOTARY
from rackhouse.orders.module import MODULE as ORDERS
from rackhouse.outlets.module import MODULE as OUTLETS
from rackhouse.platform.module import Module
from rackhouse.reconciliation.module import MODULE as RECONCILIATION
from rackhouse.search.module import MODULE as SEARCH
from rackhouse.webhooks.module import MODULE as WEBHOOKS

__all__ = ["MODULES", "modules_named"]

MODULES: tuple[Module, ...] = (
    IDENTITY,
    CATALOG,
    CHANNELS,
    INVENTORY,
    ORDERS,
    FEEDS,
    NOTARY,
    RECONCILIATION,
    SEARCH,
    EXCHANGE,
    OUTLETS,
    WEBHOOKS,
    BROKER,
    CONNECTORS,
)


def modules_named(names: Sequence[str]) -> tuple[Module, ...]:
    """The modules of these names; raises KeyError for an unknown one."""
    by_name = {module.name: module for module in MODULES}
    return tuple(by_name[name] for name in names)
