"""The one list of modules, from the lowest row of the house to the highest."""

from collections.abc import Sequence

from rackhouse.broker.module import MODULE as BROKER
from rackhouse.catalog.module import MODULE as CATALOG
from rackhouse.channels.module import MODULE as CHANNELS
from rackhouse.connectors.module import MODULE as CONNECTORS
from rackhouse.curation.module import MODULE as CURATION
from rackhouse.exchange.module import MODULE as EXCHANGE
from rackhouse.feeds.module import MODULE as FEEDS
from rackhouse.identity.module import MODULE as IDENTITY
from rackhouse.inventory.module import MODULE as INVENTORY
from rackhouse.media.module import MODULE as MEDIA
from rackhouse.notary.module import MODULE as NOTARY
from rackhouse.orders.module import MODULE as ORDERS
from rackhouse.outlets.module import MODULE as OUTLETS
from rackhouse.platform.module import Module
from rackhouse.pricing.module import MODULE as PRICING
from rackhouse.reconciliation.module import MODULE as RECONCILIATION
from rackhouse.search.module import MODULE as SEARCH
from rackhouse.sellouts.module import MODULE as SELLOUTS
from rackhouse.webhooks.module import MODULE as WEBHOOKS

__all__ = ["MODULES", "modules_named"]

MODULES: tuple[Module, ...] = (
    IDENTITY,
    CATALOG,
    CHANNELS,
    INVENTORY,
    MEDIA,
    PRICING,
    ORDERS,
    FEEDS,
    NOTARY,
    RECONCILIATION,
    SEARCH,
    SELLOUTS,
    EXCHANGE,
    OUTLETS,
    CURATION,
    WEBHOOKS,
    BROKER,
    CONNECTORS,
)


def modules_named(names: Sequence[str]) -> tuple[Module, ...]:
    """The modules of these names; raises KeyError for an unknown one."""
    by_name = {module.name: module for module in MODULES}
    return tuple(by_name[name] for name in names)
