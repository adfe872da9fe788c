"""The shelf: where each product can be had now, kept in memory by the events of stock.

It stands beside the index, not in it: stock changes far more often than descriptions do. What has
changed since a product was written to an index is told by that index's `Overlay`.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rackhouse.catalog import Product
from rackhouse.inventory import PROMISED, Levels, Stock
from rackhouse.platform.events import Event
from rackhouse.search.engine.questions import InStock
from rackhouse.search.rules.documents import tie_of

__all__ = ["Overlay", "Shelf"]

NOWHERE: frozenset[str] = frozenset()
ANSWERS_KEPT = 256
LOCATION = "location:"

Form = tuple[tuple[str, int], ...]
"""What one variant takes from stock: SKUs, and how many pieces of each."""

_DECODE = msgspec.json.Decoder(Levels).decode


class Overlay:
    """The products that can be had elsewhere than an index says, with what it says."""

    def __init__(self) -> None:
        self.written: dict[str, frozenset[str]] = {}

    def note(self, product_id: str, before: frozenset[str], now: frozenset[str]) -> None:
        """A product can be had elsewhere from now on."""
        if self.written.setdefault(product_id, before) == now:
            del self.written[product_id]

    def settle(self, written: Mapping[str, frozenset[str]], now: "Shelf") -> None:
        """The index says something else from now on."""
        for product_id, places in written.items():
            if places == now.places_of(product_id):
                self.written.pop(product_id, None)
            else:
                self.written[product_id] = places


class Shelf:
    """All stock that can be promised to anybody, by SKU and location. ``ids`` are those of the
    products that it knows, by their ties."""

    def __init__(self) -> None:
        self.locations: set[str] = set()
        self.ids: dict[int, str] = {}
        self._free: dict[str, dict[str, int]] = {}
        self._versions: dict[tuple[str, str], int] = {}
        self._forms: dict[str, tuple[Form, ...]] = {}
        self._takers: dict[str, tuple[str, ...]] = {}
        self._places: dict[str, frozenset[str]] = {}
        self._same: dict[frozenset[str], frozenset[str]] = {}
        self._mixed: dict[str, None] = {}
        self._overlays: list[Overlay] = []
        self._answers: dict[tuple[Overlay, tuple[str, ...] | None], InStock] = {}

    def add_overlay(self) -> Overlay:
        """A new overlay, which is told of every change from now on."""
        self._overlays.append(Overlay())
        return self._overlays[-1]

    def drop_overlay(self, overlay: Overlay) -> None:
        """Tell an overlay no more."""
        self._overlays.remove(overlay)
        self._answers.clear()

    def hear(self, events: Sequence[Event]) -> None:
        """Take in what happened to stock."""
        for event in events:
            sku, at, location = event.stream.rpartition("@")
            if not at:
                if event.stream.startswith(LOCATION):
                    self.locations.add(event.stream.removeprefix(LOCATION))
            elif location != PROMISED:
                self._put(sku, location, event.version, _DECODE(event.data).available)

    def load(self, rows: Iterable[Stock]) -> None:
        """Take in figures as they were read."""
        for row in rows:
            if row.location != PROMISED:
                self._put(row.sku, row.location, row.version, row.available)

    def know(self, product: Product) -> frozenset[str]:
        """Learn what a product's variants take from stock; answers where it can be had."""
        forms = tuple(
            tuple((each.sku, each.quantity) for each in variant.components) or ((variant.sku, 1),)
            for variant in product.variants
        )
        self._take(product.id, forms)
        self.ids[tie_of(product.id)] = product.id
        return self.places_of(product.id)

    def forget(self, product_ids: Iterable[str]) -> None:
        """Forget products that are no more."""
        for each in product_ids:
            self._take(each, ())
            self._places.pop(each, None)
            self._forms.pop(each, None)
            self.ids.pop(tie_of(each), None)

    def places_of(self, product_id: str) -> frozenset[str]:
        """The locations where all that one variant of a product takes can be had."""
        return self._places.get(product_id, NOWHERE)

    def left(self, product_id: str, locations: tuple[str, ...] | None) -> int:
        """How many pieces of a product can be had now at some locations together, or anywhere: of
        all its variants, and of a bundle as many as can be made."""
        return sum(
            min(self._pieces(sku, locations) // quantity for sku, quantity in form)
            for form in self._forms.get(product_id, ())
        )

    def in_stock(self, overlay: Overlay, locations: tuple[str, ...] | None) -> InStock:
        """What an index is asked, to find what can be had now at one of some locations, or
        anywhere; a bundle also where its components come from different ones of them."""
        asked = (overlay, locations)
        found = self._answers.get(asked)
        if found is None:
            if len(self._answers) >= ANSWERS_KEPT:
                self._answers.clear()
            found = self._answers[asked] = self._in_stock(overlay, locations)
        return found

    def forget_answers(self) -> None:
        """Answer anew from now on."""
        self._answers.clear()

    def _in_stock(self, overlay: Overlay, locations: tuple[str, ...] | None) -> InStock:
        def is_at(places: frozenset[str]) -> bool:
            return bool(places) if locations is None else not places.isdisjoint(locations)

        come, gone = set(), set()
        for product_id, written in overlay.written.items():
            before, now = is_at(written), is_at(self.places_of(product_id))
            if now and not before:
                come.add(product_id)
            elif before and not now:
                gone.add(product_id)
        for product_id in self._mixed:
            if not is_at(self.places_of(product_id)) and self._can_mix(product_id, locations):
                come.add(product_id)
                gone.discard(product_id)
        return InStock(locations, frozenset(come), frozenset(gone))

    def _put(self, sku: str, location: str, version: int, available: int) -> None:
        key = (sku, location)
        if self._versions.get(key, 0) >= version:
            return
        self._versions[key] = version
        free = self._free.setdefault(sku, {})
        if free.get(location, 0) == available:
            return
        if available:
            free[location] = available
        else:
            del free[location]
        for product_id in self._takers.get(sku, ()):
            self._place(product_id)

    def _take(self, product_id: str, forms: tuple[Form, ...]) -> None:
        before = self._forms.get(product_id, ())
        self._forms[product_id] = forms
        if before != forms:
            for sku in {sku for form in before for sku, _ in form}:
                others = tuple(each for each in self._takers[sku] if each != product_id)
                self._takers[sku] = others
                if not others:
                    del self._takers[sku]
            for sku in {sku for form in forms for sku, _ in form}:
                self._takers[sku] = (*self._takers.get(sku, ()), product_id)
        if any(form != ((form[0][0], 1),) for form in forms):
            self._mixed[product_id] = None
        else:
            self._mixed.pop(product_id, None)
        self._place(product_id)

    def _place(self, product_id: str) -> None:
        before = self.places_of(product_id)
        found = frozenset(
            place for form in self._forms[product_id] for place in self._places_of(form)
        )
        now = self._places[product_id] = self._same.setdefault(found, found)
        if now != before or product_id in self._mixed:
            for overlay in self._overlays:
                overlay.note(product_id, before, now)
            self._answers.clear()

    def _places_of(self, form: Form) -> Iterable[str]:
        (sku, quantity), *others = form
        return (
            place
            for place, free in self._free.get(sku, {}).items()
            if free >= quantity
            and all(self._free.get(each, {}).get(place, 0) >= many for each, many in others)
        )

    def _can_mix(self, product_id: str, locations: tuple[str, ...] | None) -> bool:
        return any(
            all(self._pieces(sku, locations) >= quantity for sku, quantity in form)
            for form in self._forms[product_id]
        )

    def _pieces(self, sku: str, locations: tuple[str, ...] | None) -> int:
        free = self._free.get(sku, {})
        if locations is None:
            return sum(tuple(free.values()))  # at once: stock may change while others look
        return sum(free.get(each, 0) for each in locations)
