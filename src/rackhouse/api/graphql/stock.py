"""Stock as GraphQL shows it: figures by location, lots, numbered units."""

import datetime
import enum
from typing import Annotated, Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from rackhouse.api.graphql.asking import Info, LotsAsked, UnitsAsked
from rackhouse.api.graphql.paging import (
    FIRST_DEFAULT,
    After,
    BigInt,
    Connection,
    First,
    NumberKey,
    TextKey,
    asked_page,
    described,
    field,
    page_of,
)
from rackhouse.inventory import (
    AvailabilityAtLocation,
    AvailabilityOfSku,
    LotNow,
    Stock,
    UnitNow,
)
from rackhouse.inventory import Location as InventoryLocation

__all__ = [
    "Location",
    "Lot",
    "LotStatus",
    "SkuAvailability",
    "StockRow",
    "Unit",
    "UnitState",
    "lots_page",
]


@strawberry.enum(description="Whether a lot may be sold, and why not.")
class LotStatus(enum.Enum):
    """Whether a lot may be sold, and why not."""

    SELLABLE = "sellable"
    UNRELEASED = "unreleased"
    EXPIRED = "expired"
    RECALLED = "recalled"


@strawberry.enum(description="Where in its life a numbered unit is.")
class UnitState(enum.Enum):
    """Where in its life a numbered unit is."""

    IN_STOCK = "in_stock"
    HELD = "held"
    COMMITTED = "committed"
    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    GONE = "gone"


@described
class Location:
    """A place where stock lies: a warehouse or a shop."""

    id: strawberry.ID
    name: str
    kind: str
    latitude: float | None
    longitude: float | None

    @staticmethod
    def of(known: InventoryLocation) -> "Location":
        return Location(
            id=strawberry.ID(known.id),
            name=known.name,
            kind=known.kind,
            latitude=known.latitude,
            longitude=known.longitude,
        )


async def _location(info: Info, id_: str) -> Location | None:
    known = await info.context.locations.load(id_)
    return None if known is None else Location.of(known)


@described
class StockAtLocation:
    """The figures of a SKU at a location. `version` is the sequence number of its events;
    `incoming` is on its way there, the first of it expected at `incomingAt`."""

    location_id: strawberry.ID
    on_hand: BigInt
    held: BigInt
    committed: BigInt
    available: BigInt
    unavailable: BigInt
    allotted: BigInt
    safety: BigInt
    incoming: BigInt
    incoming_at: datetime.datetime | None
    version: BigInt

    @field("The location.")
    async def location(self, info: Info) -> Location | None:
        return await _location(info, self.location_id)

    @staticmethod
    def of(at: AvailabilityAtLocation) -> "StockAtLocation":
        figures = msgspec.structs.asdict(at)
        return StockAtLocation(location_id=strawberry.ID(figures.pop("location")), **figures)


@described
class SkuAvailability:
    """What there is of a SKU as of now, in sum and by location. Of a bundle it is as many as its
    scarcest component allows. `promised` may be sold before it comes, for `promisedAt`."""

    sku: strawberry.ID
    on_hand: BigInt
    reserved: BigInt
    available: BigInt
    promised: BigInt | None
    promised_at: datetime.datetime | None
    locations: list[StockAtLocation]

    @staticmethod
    def of(known: AvailabilityOfSku) -> "SkuAvailability":
        return SkuAvailability(
            sku=strawberry.ID(known.sku),
            on_hand=BigInt(known.on_hand),
            reserved=BigInt(known.reserved),
            available=BigInt(known.available),
            promised=BigInt(known.promised.available) if known.promised else None,
            promised_at=known.promised.promised_at if known.promised else None,
            locations=[StockAtLocation.of(each) for each in known.locations],
        )


@described
class StockRow:
    """The figures of a SKU at a location, as the newest event left them."""

    sku: strawberry.ID
    location_id: strawberry.ID
    on_hand: BigInt
    held: BigInt
    committed: BigInt
    available: BigInt
    version: BigInt

    @field("The location.")
    async def location(self, info: Info) -> Location | None:
        return await _location(info, self.location_id)

    @staticmethod
    def of(row: Stock) -> "StockRow":
        return StockRow(
            sku=strawberry.ID(row.sku),
            location_id=strawberry.ID(row.location),
            on_hand=BigInt(row.on_hand),
            held=BigInt(row.held),
            committed=BigInt(row.committed),
            available=BigInt(row.available),
            version=BigInt(row.version),
        )


@described
class Unit:
    """A numbered unit as it is now, `number` of `of`. `holdId` and `orderId` are null where they
    are not the caller's to see."""

    number: int
    of: int
    state: UnitState
    condition: str
    allotment: str | None
    location_id: strawberry.ID
    hold_id: strawberry.ID | None
    order_id: strawberry.ID | None

    @field("Where it is, or was last.")
    async def location(self, info: Info) -> Location | None:
        return await _location(info, self.location_id)

    @staticmethod
    def now(unit: UnitNow) -> "Unit":
        hold = unit.hold
        return Unit(
            number=unit.number,
            of=unit.of,
            state=UnitState(unit.state),
            condition=unit.condition,
            allotment=unit.allotment,
            location_id=strawberry.ID(unit.location),
            hold_id=strawberry.ID(hold.hold_id) if hold else None,
            order_id=strawberry.ID(hold.order_id) if hold and hold.order_id else None,
        )


@described
class Lot:
    """A batch that was received together, as it is now. `numbered` is how many numbered units it
    has in all, null for pieces without numbers."""

    sku: strawberry.ID
    lot: strawberry.ID
    status: LotStatus
    made_on: datetime.date | None
    release_at: datetime.datetime | None
    expires_at: datetime.datetime | None
    numbered: int | None
    recall_reason: str | None
    attributes: JSON
    registered_at: datetime.datetime
    version: BigInt

    @field("Its numbered units that have come in, in order of numbers.")
    async def units(
        self,
        info: Info,
        first: First = FIRST_DEFAULT,
        after: After = None,
        state: Annotated[
            UnitState | None, strawberry.argument(description="Only in this state.")
        ] = None,
        location: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only at this location.")
        ] = None,
    ) -> Connection[Unit] | None:
        asked = UnitsAsked(
            state.value if state else None,
            location,
            asked_page(first, after, NumberKey) or 0,
            first + 1,
        )
        found = await info.context.units.load((self.sku, self.lot, asked))
        page: Connection[Unit] = page_of(found, first, after, _number, Unit.now)
        return page

    @staticmethod
    def now(lot: LotNow) -> "Lot":
        return Lot(
            sku=strawberry.ID(lot.sku),
            lot=strawberry.ID(lot.lot),
            status=LotStatus(lot.status),
            made_on=lot.made_on,
            release_at=lot.release_at,
            expires_at=lot.expires_at,
            numbered=lot.numbered,
            recall_reason=lot.recall_reason,
            attributes=JSON(msgspec.to_builtins(lot.attributes)),
            registered_at=lot.registered_at,
            version=BigInt(lot.version),
        )


async def lots_page(
    info: Info, sku: str, first: int, after: str | None, status: LotStatus | None
) -> Any:
    """A page of the lots of a SKU."""
    place = asked_page(first, after, TextKey) or ""
    asked = LotsAsked(status.value if status else None, place, first + 1)
    found = await info.context.lots.load((sku, asked))
    return page_of(found, first, after, lambda lot: lot.lot, Lot.now)


def _number(unit: UnitNow) -> int:
    return unit.number
