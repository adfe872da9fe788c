"""A shop as every simulator has one: what it sells, its own stock, its own sales."""

import datetime
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Figure", "Item", "Order", "OrderLine", "Refund", "Setting", "Shop", "SoldOut"]


class SoldOut(Exception):
    """The shop does not have, by its own figures, what somebody wants to buy."""


@dataclass(frozen=True)
class Figure:
    """What somebody who asked was told to be there, and when."""

    quantity: int
    told_at: datetime.datetime


@dataclass(frozen=True)
class Setting:
    """A figure was set to ``quantity`` where ``stood`` stood; ``told`` is what had been told of it
    last, if anything."""

    sku: str
    quantity: int
    stood: int
    told: Figure | None
    at: datetime.datetime


@dataclass(frozen=True)
class Item:
    """Something that is sold: what sales call it, what stock calls it, and its SKU."""

    id: str
    stock_id: str
    sku: str
    name: str


@dataclass
class OrderLine:
    """Some of one item."""

    id: str
    item: Item
    quantity: int
    shipped: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Refund:
    """Pieces of a line that are paid back; restocked if the shop can sell them again."""

    id: str
    line: str
    quantity: int
    restocked: bool
    returned: bool
    at: datetime.datetime


@dataclass
class Order:
    """What somebody bought."""

    id: str
    number: int
    place: str
    placed_at: datetime.datetime
    changed_at: datetime.datetime
    lines: list[OrderLine]
    refunds: list[Refund] = field(default_factory=list)
    cancelled_at: datetime.datetime | None = None
    version: int = 1


class Shop:
    """A shop's books. ``told`` is called with what a shop would tell of: a topic, and what it is
    about. ``before_write`` may be set to something that happens just before a figure is set, and
    ``noted`` is called with what was set. ``clock`` says what time it is there.
    ``cancels_shipped`` says whether what was sent out may still be called off, ``hands_over``
    whether buyers walk out with what they bought."""

    cancels_shipped = True
    hands_over = False

    def __init__(self, places: Sequence[str], first_id: int = 1000) -> None:
        self.places = list(places)
        self.items: dict[str, Item] = {}
        self.orders: dict[str, Order] = {}
        self.stock: dict[tuple[str, str], int] = {}
        self.versions: dict[tuple[str, str], int] = {}
        self.changed: dict[tuple[str, str], datetime.datetime] = {}
        self.told: Callable[[str, object], None] = lambda topic, about: None
        self.before_write: Callable[[], None] | None = None
        self.noted: Callable[[Setting], None] = lambda setting: None
        self.clock: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC)
        self._asked: dict[tuple[str, str], Figure] = {}
        self._ids = itertools.count(first_id)
        self._moves: list[tuple[datetime.datetime, tuple[str, str], int]] = []
        self._now = datetime.datetime.min.replace(tzinfo=datetime.UTC)

    def add_item(self, sku: str, *, name: str = "", stock: Mapping[str, int] | None = None) -> Item:
        """Begin to sell something, with figures by place."""
        item = Item(self.new_id(), self.new_id(), sku, name or sku)
        self.items[item.id] = item
        for place in self.places:
            self.stock[item.stock_id, place] = (stock or {}).get(place, 0)
            self.versions[item.stock_id, place] = 1
            self.changed[item.stock_id, place] = self.now()
        return item

    def item_of(self, sku: str) -> Item:
        """The item of a SKU."""
        return next(item for item in self.items.values() if item.sku == sku)

    def figure(self, sku: str, place: str | None = None) -> int:
        """What the shop would sell of a SKU."""
        return self.stock[self.item_of(sku).stock_id, place or self.places[0]]

    def tell_figure(self, stock_id: str, place: str) -> int:
        """A figure as somebody who asks is told."""
        quantity = self.stock[stock_id, place]
        self._asked[stock_id, place] = Figure(quantity, self.now())
        return quantity

    def sell(self, *lines: tuple[str, int], place: str | None = None) -> Order:
        """Somebody buys; refuses with `SoldOut` what the shop does not have by its own figures."""
        at = place or self.places[0]
        wanted = [(self.item_of(sku), quantity) for sku, quantity in lines]
        for item, quantity in wanted:
            if self.stock[item.stock_id, at] < quantity:
                raise SoldOut(item.sku)
        for item, quantity in wanted:
            self._move(item, at, -quantity)
        number = next(self._ids)
        now = self.now()
        bought = [
            OrderLine(self.new_id(), item, quantity, quantity if self.hands_over else 0)
            for item, quantity in wanted
        ]
        order = Order(str(number), number, at, now, now, bought)
        self.orders[order.id] = order
        self.told("order_created", order)
        return order

    def cancel(self, order_id: str) -> None:
        """A sale is called off, and all of it can be sold again; again changes nothing."""
        order = self.orders[order_id]
        shipped = any(line.shipped for line in order.lines)
        if order.cancelled_at is not None or (shipped and not self.cancels_shipped):
            return
        for line in order.lines:
            done = sum(each.quantity for each in order.refunds if each.line == line.id)
            left = line.quantity - done
            if left:
                self._move(line.item, order.place, left)
        order.cancelled_at = self._changed(order)
        self.told("order_cancelled", order)

    def ship(self, order_id: str) -> None:
        """All that is left of a sale is sent out."""
        order = self.orders[order_id]
        for line in order.lines:
            refunds = [each for each in order.refunds if each.line == line.id]
            stayed = sum(each.quantity for each in refunds if not each.returned)
            line.shipped = line.quantity - stayed
        self._changed(order)
        self.told("order_updated", order)

    def refund(self, order_id: str, sku: str, quantity: int, *, restocked: bool = True) -> Refund:
        """Pieces of a sale are paid back: sent back if they were sent out, else never sent."""
        order = self.orders[order_id]
        line = next(each for each in order.lines if each.item.sku == sku)
        refund = Refund(
            self.new_id(), line.id, quantity, restocked, line.shipped > 0, self._changed(order)
        )
        order.refunds.append(refund)
        if restocked:
            self._move(line.item, order.place, quantity)
        self.told("refund_created", (order, refund))
        self.told("order_updated", order)
        return refund

    def set_figure(
        self, stock_id: str, place: str, quantity: int, *, version: int | None = None
    ) -> bool:
        """Set a figure, if it still has the version that is named; says whether it was set."""
        if self.before_write is not None:
            happens, self.before_write = self.before_write, None
            happens()
        if version not in (None, self.versions[stock_id, place]):
            return False
        key = (stock_id, place)
        sku = next(item.sku for item in self.items.values() if item.stock_id == stock_id)
        told = self._asked.get(key)
        self.noted(Setting(sku, quantity, self.stock[key], told, self.now()))
        self._set(stock_id, place, quantity)
        return True

    def recount(
        self, stock_id: str, place: str, quantity: int, counted_at: datetime.datetime
    ) -> None:
        """Set a figure as of a time; what was moved since is taken into account."""
        key = (stock_id, place)
        since = sum(moved for at, of, moved in self._moves if of == key and at > counted_at)
        self._set(stock_id, place, quantity + since)

    def new_id(self) -> str:
        """An id that nothing else has."""
        return str(next(self._ids))

    def now(self) -> datetime.datetime:
        """The shop's time; later each time it is asked for."""
        self._now = max(self.clock(), self._now + datetime.timedelta(microseconds=1))
        return self._now

    def _changed(self, order: Order) -> datetime.datetime:
        order.changed_at = self.now()
        order.version += 1
        return order.changed_at

    def _move(self, item: Item, place: str, quantity: int) -> None:
        self._moves.append((self.now(), (item.stock_id, place), quantity))
        self._set(item.stock_id, place, self.stock[item.stock_id, place] + quantity)

    def _set(self, stock_id: str, place: str, quantity: int) -> None:
        self.stock[stock_id, place] = quantity
        self.versions[stock_id, place] += 1
        self.changed[stock_id, place] = self.now()
        self.told("stock_changed", (stock_id, place))
