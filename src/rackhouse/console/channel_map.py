"""The map of who sells what: for each channel what it could sell at this moment and what it sold
lately, in all and of each SKU."""

import hashlib
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from rackhouse.channels import Channel, list_channels
from rackhouse.console.apart_view import Apart, ApartView
from rackhouse.console.lag_view import LagView
from rackhouse.console.lateness import Lateness, behind, lateness
from rackhouse.console.names import Names
from rackhouse.console.sales_view import SalesView
from rackhouse.console.stock_view import StockView
from rackhouse.inventory import sellable_of_channels
from rackhouse.platform.context import Context, operation

__all__ = [
    "ChannelMap",
    "MapCell",
    "MapChannel",
    "MapQuery",
    "MapRow",
    "all_channels",
    "channels_of_map",
    "map_of",
    "rows_of_map",
]

CHANNELS_LIMIT = 1000
CHANNELS_SHOWN = 6
ROWS_SHOWN = 25
OUTLETS = "outlets:read"


class MapQuery(msgspec.Struct, frozen=True):
    """Which part of the map somebody looks at: ``page`` is of its rows, ``side`` of its columns."""

    words: str = ""
    channel: str = ""
    location: str = ""
    page: int = 1
    side: int = 1

    def address(self, path: str, *, page: int | None = None, side: int | None = None) -> str:
        """The address of a path with this query."""
        facts = {
            "q": self.words,
            "channel": self.channel,
            "location": self.location,
            "page": page or self.page,
            "side": side or self.side,
        }
        said = {name: value for name, value in facts.items() if value not in ("", 1)}
        return f"{path}?{urlencode(said)}" if said else path


class MapPlace(msgspec.Struct, frozen=True):
    """What a channel could sell from a location now, and what it sold from there in an hour."""

    location: str
    sellable: int
    sold: int


class MapChannel(msgspec.Struct, frozen=True):
    """A channel as the map shows it. ``apart`` are free pieces of its allotments, ``promised``
    those that are held or sold of them; ``minutes`` what it sold in each minute of the hour."""

    id: str
    channel: Channel
    lateness: Lateness | None
    behind: str
    places: tuple[MapPlace, ...]
    sellable: int
    apart: int
    promised: int
    sold: int
    sold_in_day: int
    minutes: tuple[int, ...]


class MapCell(msgspec.Struct, frozen=True):
    """What a channel could sell of a SKU now, of its own allotment and of the pool, and what it
    sold in an hour. ``known`` says whether the SKU ever was where the channel sells from."""

    channel: str
    own: int
    pool: int
    sold: int
    known: bool

    @property
    def sellable(self) -> int:
        """Both together."""
        return self.own + self.pool


class MapRow(msgspec.Struct, frozen=True):
    """A SKU as the map shows it, with a cell for each channel."""

    id: str
    sku: str
    name: str
    cells: tuple[MapCell, ...]

    def share(self, pieces: int) -> float:
        """Some pieces in percent of what the channel could sell that could sell most."""
        most = max((cell.sellable for cell in self.cells), default=0)
        return round(100 * pieces / most, 2) if most else 0.0


class ChannelMap(msgspec.Struct, frozen=True):
    """One part of the map, and where it stands in the whole."""

    query: MapQuery
    channels: list[MapChannel]
    rows: list[MapRow]
    found_channels: int
    sides: int
    found_rows: int
    pages: int


@operation("inventory:read")
async def map_of(*, context: Context, query: MapQuery, channels: Sequence[Channel]) -> ChannelMap:
    """The part of the map that a query asks for, the busiest channels and SKUs first."""
    house = context.house
    sales = await house.the(SalesView).open()
    fitting = [
        each
        for each in channels
        if query.channel in ("", each.id) and (not query.location or _sells(each, query.location))
    ]
    fitting.sort(
        key=lambda each: (-sales.hour_of_channel(each.id), -sales.day_of_channel(each.id), each.id)
    )
    start = (query.side - 1) * CHANNELS_SHOWN
    shown = fitting[start : start + CHANNELS_SHOWN]
    skus = await _skus(context, query, fitting)
    first = (query.page - 1) * ROWS_SHOWN
    return ChannelMap(
        query=query,
        channels=await channels_of_map(context, shown, query.location),
        rows=await rows_of_map(context, shown, skus[first : first + ROWS_SHOWN], query.location),
        found_channels=len(fitting),
        sides=max(1, -(-len(fitting) // CHANNELS_SHOWN)),
        found_rows=len(skus),
        pages=max(1, -(-len(skus) // ROWS_SHOWN)),
    )


async def all_channels(context: Context) -> list[Channel]:
    """Every channel that the caller may see."""
    return await list_channels(context=context, after=None, limit=CHANNELS_LIMIT)


async def channels_of_map(
    context: Context, channels: Sequence[Channel], location: str
) -> list[MapChannel]:
    """Some channels as the map shows them, at one location or wherever each sells from."""
    house = context.house
    view = await house.the(StockView).open()
    apart = await house.the(ApartView).newest()
    sales = await house.the(SalesView).open()
    lags = await house.the(LagView).open() if OUTLETS in context.caller.permissions else None
    return [_channel(each, location, view, apart, sales, lags) for each in channels]


async def rows_of_map(
    context: Context, channels: Sequence[Channel], skus: Sequence[str], location: str
) -> list[MapRow]:
    """Some SKUs as the map shows them: one question to the stock, however many they are."""
    house = context.house
    sales = await house.the(SalesView).open()
    names = await house.the(Names).of_skus(set(skus))
    selling = {each.id: _places(each, location) for each in channels if each.enabled}
    found = await sellable_of_channels(context=context, channels=selling, skus=skus)
    own: dict[tuple[str, str], int] = {}
    pool: dict[tuple[str, str], int] = {}
    for each in found:
        both = (each.channel, each.sku)
        own[both] = own.get(both, 0) + each.own
        pool[both] = pool.get(both, 0) + each.pool
    return [
        MapRow(
            id=f"map-{_digest(sku)}",
            sku=sku,
            name=names[sku],
            cells=tuple(
                MapCell(
                    channel=each.id,
                    own=own.get((each.id, sku), 0),
                    pool=pool.get((each.id, sku), 0),
                    sold=sales.hour_of_sku(sku, each.id),
                    known=(each.id, sku) in pool,
                )
                for each in channels
            ),
        )
        for sku in skus
    ]


def _channel(
    channel: Channel,
    location: str,
    view: StockView,
    apart: Apart,
    sales: SalesView,
    lags: LagView | None,
) -> MapChannel:
    lag = lags.now(channel.id) if lags else None
    places = tuple(_place(channel, each, view, apart, sales) for each in _places(channel, location))
    of_channel = [
        each for (of, at), each in apart.items() if of == channel.id and location in ("", at)
    ]
    return MapChannel(
        id=f"map-{_digest(channel.id)}",
        channel=channel,
        lateness=lateness(lag) if lag else None,
        behind=behind(lag) if lag else "",
        places=places,
        sellable=sum(each.sellable for each in places),
        apart=sum(each.free for each in of_channel),
        promised=sum(each.held + each.committed for each in of_channel),
        sold=sales.hour_of_channel(channel.id),
        sold_in_day=sales.day_of_channel(channel.id),
        minutes=sales.by_minute(channel.id),
    )


def _place(
    channel: Channel, location: str, view: StockView, apart: Apart, sales: SalesView
) -> MapPlace:
    own = apart.get((channel.id, location))
    sellable = view.available_at(location)
    if own is not None:
        sellable += own.sellable - own.left_to_others
    return MapPlace(
        location=location,
        sellable=max(0, sellable) if channel.enabled else 0,
        sold=sales.hour_of_place(channel.id, location),
    )


async def _skus(context: Context, query: MapQuery, channels: Sequence[Channel]) -> list[str]:
    """Every SKU that some channels could have where they sell from and whose name or id has each
    word, the busiest first."""
    house = context.house
    view = await house.the(StockView).open()
    sales = house.the(SalesView)
    places = {place for each in channels for place in _places(each, query.location)}
    skus = {sku for sku, location in view.sorted_keys() if location in places}
    words = query.words.lower().split()
    if words:
        names = await house.the(Names).of_skus(skus)
        texts = {sku: f"{sku} {name}".lower() for sku, name in names.items()}
        skus = {sku for sku in skus if all(word in texts[sku] for word in words)}
    only = query.channel or None
    return sorted(skus, key=lambda sku: (-sales.hour_of_sku(sku, only), sku))


def _sells(channel: Channel, location: str) -> bool:
    return location in channel.locations


def _places(channel: Channel, location: str) -> tuple[str, ...]:
    return (location,) if location else channel.locations


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
