"""The actors: channels that sell, and those who keep the house running."""

from rackhouse.simulation.actors.back_office import BackOffice
from rackhouse.simulation.actors.connected_channel import ConnectedChannel
from rackhouse.simulation.actors.connecting import connect, connection_of
from rackhouse.simulation.actors.connection_worker import ConnectionWorker
from rackhouse.simulation.actors.marketplace import Marketplace
from rackhouse.simulation.actors.reporting import Reporter
from rackhouse.simulation.actors.till import Till
from rackhouse.simulation.actors.warehouse import Warehouse
from rackhouse.simulation.actors.web_shop import WebShop

__all__ = [
    "BackOffice",
    "ConnectedChannel",
    "ConnectionWorker",
    "Marketplace",
    "Reporter",
    "Till",
    "Warehouse",
    "WebShop",
    "connect",
    "connection_of",
]
