"""Holds and orders as GraphQL shows them: each with the other, and with what they are of."""

import datetime
import enum
from typing import Annotated

import strawberry

from rackhouse.api.graphql.asking import Info
from rackhouse.api.graphql.paging import BigInt, described, field
from rackhouse.api.graphql.products import Variant, variant_of
from rackhouse.inventory import Allocation, Line
from rackhouse.inventory import Hold as InventoryHold
from rackhouse.orders import Order as PlacedOrder
from rackhouse.orders import OrderLine as PlacedLine
from rackhouse.orders import total_of

__all__ = ["Hold", "HoldStatus", "Order", "OrderStatus"]


@strawberry.enum(description="How far an order has come.")
class OrderStatus(enum.Enum):
    """How far an order has come."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


@strawberry.enum(description="What became of a hold.")
class HoldStatus(enum.Enum):
    """What became of a hold."""

    HELD = "held"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    EXPIRED = "expired"


@described
class HoldLine:
    """Some of one SKU, which may be a bundle; perhaps of one lot, perhaps certain numbers of it."""

    sku: strawberry.ID
    quantity: BigInt
    lot: str | None
    units: list[int]

    @field("The variant, null where it has left the catalog.")
    async def variant(self, info: Info) -> Variant | None:
        return await variant_of(info, self.sku)

    @staticmethod
    def of(line: Line) -> "HoldLine":
        return HoldLine(
            sku=strawberry.ID(line.sku),
            quantity=BigInt(line.quantity),
            lot=line.lot,
            units=list(line.units),
        )


@described
class HoldAllocation:
    """Where the pieces of a line are, and what became of them. The location `~promised` is that
    of pieces which have not come yet."""

    line: int
    sku: strawberry.ID
    location_id: strawberry.ID
    quantity: BigInt
    held: BigInt
    committed: BigInt
    shipped: BigInt
    returned: BigInt
    lot: str | None
    allotment: str | None
    units: list[int]
    shipped_units: list[int]

    @staticmethod
    def of(each: Allocation) -> "HoldAllocation":
        return HoldAllocation(
            line=each.line,
            sku=strawberry.ID(each.sku),
            location_id=strawberry.ID(each.location),
            quantity=BigInt(each.quantity),
            held=BigInt(each.held),
            committed=BigInt(each.committed),
            shipped=BigInt(each.shipped),
            returned=BigInt(each.returned),
            lot=each.lot or None,
            allotment=each.allotment or None,
            units=list(each.units),
            shipped_units=list(each.shipped_units),
        )


@described
class Hold:
    """A timed reservation: held until `expiresAt`, or confirmed, released or expired."""

    id: strawberry.ID
    status: HoldStatus
    channel: strawberry.ID
    customer_id: strawberry.ID | None
    lines: list[HoldLine]
    allocations: list[HoldAllocation]
    placed_at: datetime.datetime
    expires_at: datetime.datetime

    @field("The order behind which it stands, if there is one.")
    async def order(
        self, info: Info
    ) -> Annotated["Order", strawberry.lazy("rackhouse.api.graphql.orders")] | None:
        found = await info.context.orders_of_holds.load(self.id)
        return None if found is None else Order.of(found)

    @staticmethod
    def of(hold: InventoryHold) -> "Hold":
        return Hold(
            id=strawberry.ID(hold.id),
            status=HoldStatus(hold.status),
            channel=strawberry.ID(hold.channel),
            customer_id=None if hold.customer_id is None else strawberry.ID(hold.customer_id),
            lines=[HoldLine.of(each) for each in hold.lines],
            allocations=[HoldAllocation.of(each) for each in hold.allocations],
            placed_at=hold.placed_at,
            expires_at=hold.expires_at,
        )


@described
class OrderLine:
    """What was bought, at which price apiece (in minor units), and what became of it."""

    sku: strawberry.ID
    quantity: BigInt
    name: str | None
    price_minor: BigInt | None
    currency: str | None
    shipped: BigInt
    returned: BigInt

    @field("The variant, null where it has left the catalog.")
    async def variant(self, info: Info) -> Variant | None:
        return await variant_of(info, self.sku)

    @staticmethod
    def of(line: PlacedLine) -> "OrderLine":
        return OrderLine(
            sku=strawberry.ID(line.sku),
            quantity=BigInt(line.quantity),
            name=line.name,
            price_minor=None if line.price_minor is None else BigInt(line.price_minor),
            currency=line.currency,
            shipped=BigInt(line.shipped),
            returned=BigInt(line.returned),
        )


@described
class Order:
    """What a customer bought through a channel. `totalMinor` is null where a line has no price, or
    lines have different currencies; `reservationExpiresAt` is set while it is pending."""

    id: strawberry.ID
    status: OrderStatus
    channel: strawberry.ID
    external_id: str | None
    customer_id: strawberry.ID | None
    lines: list[OrderLine]
    total_minor: BigInt | None
    currency: str | None
    hold_id: strawberry.ID
    reservation_expires_at: datetime.datetime | None
    placed_at: datetime.datetime
    changed_at: datetime.datetime
    version: BigInt

    @field("The hold behind it. It needs the permission `holds:read`.")
    async def hold(self, info: Info) -> Hold | None:
        found = await info.context.holds.load(self.hold_id)
        return None if found is None else Hold.of(found)

    @staticmethod
    def of(order: PlacedOrder) -> "Order":
        total_minor, currency = total_of(order)
        return Order(
            id=strawberry.ID(order.id),
            status=OrderStatus(order.status),
            channel=strawberry.ID(order.channel),
            external_id=order.external_id,
            customer_id=None if order.customer_id is None else strawberry.ID(order.customer_id),
            lines=[OrderLine.of(each) for each in order.lines],
            total_minor=None if total_minor is None else BigInt(total_minor),
            currency=currency,
            hold_id=strawberry.ID(order.hold_id),
            reservation_expires_at=order.reservation_expires_at,
            placed_at=order.placed_at,
            changed_at=order.changed_at,
            version=BigInt(order.version),
        )
