"""The shelf and its overlays: what can be had now, whatever an index still says."""

import datetime
import random

import pytest

from rackhouse.catalog import Component, Product, Variant
from rackhouse.inventory import PROMISED, Stock
from rackhouse.platform.events import Event, Position
from rackhouse.search.shelf import Shelf

PLACES = ("berlin", "porto", "paris")
SKUS = tuple(f"S-{number}" for number in range(6))
PLAIN = [
    Product(id=f"plain-{number}", type="goods", name="x", variants=(Variant(sku=sku),))
    for number, sku in enumerate(SKUS)
]
SETS = [
    Product(
        id=f"set-{number}",
        type="bundle",
        name="x",
        variants=(
            Variant(
                sku=f"SET-{number}",
                components=(
                    Component(sku=SKUS[number], quantity=2),
                    Component(sku=SKUS[number + 1], quantity=1),
                ),
            ),
        ),
    )
    for number in range(3)
]
PRODUCTS = {each.id: each for each in PLAIN + SETS}


def had(product: Product, free: dict[tuple[str, str], int], places: tuple[str, ...]) -> bool:
    """Whether a product can be had, as counting every piece says."""
    (variant,) = product.variants
    takes = variant.components or (Component(sku=variant.sku, quantity=1),)
    return all(
        sum(free.get((each.sku, place), 0) for place in places) >= each.quantity for each in takes
    )


@pytest.mark.parametrize("seed", range(8))
def test_what_can_be_had_is_what_counting_says_whatever_the_index_says(seed):
    chance = random.Random(seed)
    shelf, free, versions = Shelf(), {}, {}
    indexes = [({}, shelf.add_overlay()) for _ in range(2)]
    for _ in range(150):
        event = chance.random()
        if event < 0.6:
            key = chance.choice(SKUS), chance.choice(PLACES)
            free[key] = chance.choice([0, 0, 1, 2, 3])
            versions[key] = versions.get(key, 0) + 1
            shelf.load([Stock(*key, on_hand=free[key], version=versions[key])])
        elif event < 0.7:
            shelf.know(chance.choice(list(PRODUCTS.values())))
        else:
            written, overlay = chance.choice(indexes)
            ids = chance.sample(sorted(PRODUCTS), 3)
            places = {each: shelf.know(PRODUCTS[each]) for each in ids}
            written.update(places)
            overlay.settle(places, shelf)
            shelf.forget_answers()
        for written, overlay in indexes:
            for asked in (None, ("berlin",), ("porto", "paris"), ()):
                answer = shelf.in_stock(overlay, asked)
                found = {
                    each
                    for each, places in written.items()
                    if each in answer.come
                    or (
                        each not in answer.gone
                        and (bool(places) if asked is None else not places.isdisjoint(asked))
                    )
                }
                wanted = {
                    each
                    for each in written
                    if had(PRODUCTS[each], free, PLACES if asked is None else asked)
                }
                assert found == wanted


def test_an_overlay_is_empty_again_once_all_is_written_or_as_it_was():
    shelf = Shelf()
    overlay = shelf.add_overlay()
    shelf.know(PLAIN[0])
    shelf.load([Stock(SKUS[0], "berlin", on_hand=1, version=1)])
    assert set(overlay.written) == {"plain-0"}
    shelf.load([Stock(SKUS[0], "berlin", on_hand=0, version=2)])
    assert overlay.written == {}
    shelf.load([Stock(SKUS[0], "berlin", on_hand=1, version=3)])
    overlay.settle({"plain-0": shelf.places_of("plain-0")}, shelf)
    assert overlay.written == {}


def test_an_older_figure_and_what_is_only_promised_change_nothing():
    shelf = Shelf()
    shelf.know(PLAIN[0])
    shelf.load([Stock(SKUS[0], "berlin", on_hand=1, version=2)])
    shelf.load([Stock(SKUS[0], "berlin", on_hand=0, version=1)])
    shelf.load([Stock(SKUS[0], PROMISED, on_hand=5, version=1)])
    assert shelf.places_of("plain-0") == {"berlin"}


def test_a_product_that_is_gone_can_not_be_had():
    shelf = Shelf()
    overlay = shelf.add_overlay()
    shelf.load([Stock(SKUS[0], "berlin", on_hand=1, version=1)])
    overlay.settle({"plain-0": shelf.know(PLAIN[0])}, shelf)
    shelf.forget(["plain-0"])
    assert shelf.places_of("plain-0") == frozenset()
    assert shelf.in_stock(overlay, None).gone == {"plain-0"}
    shelf.load([Stock(SKUS[0], "porto", on_hand=1, version=1)])
    assert shelf.places_of("plain-0") == frozenset()


def test_events_of_stock_and_of_locations_are_heard_and_others_are_not():
    shelf = Shelf()
    shelf.know(PLAIN[0])

    def event(stream: str, data: str) -> Event:
        at = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
        return Event(Position(1, 1), stream, 1, "Any", data, "a", None, "c", at, b"")

    levels = '{"on_hand": 3, "held": 1, "committed": 1, "safety": 1}'
    shelf.hear([event("location:berlin", "{}"), event("lot:S-0/7", "{}")])
    shelf.hear([event("S-0@berlin", levels)])
    assert shelf.locations == {"berlin"}
    assert shelf.places_of("plain-0") == frozenset()
    shelf.hear([event("S-0@porto", '{"on_hand": 3, "held": 1, "committed": 1}')])
    assert shelf.places_of("plain-0") == {"porto"}
