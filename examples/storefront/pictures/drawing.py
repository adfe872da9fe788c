"""A whole picture: a ground, a shadow, and one thing on it or three."""

import hashlib
from collections.abc import Sequence

from examples.storefront.pictures.bottles import bottle
from examples.storefront.pictures.cloth import color_of
from examples.storefront.pictures.garments import garment, parcel
from rackhouse_client import Product

__all__ = ["picture_of"]

WIDTH, HEIGHT = 600, 750
GROUNDS = (
    ("#efe6d8", "#dccdb6"),
    ("#e6e9e2", "#c9d2c3"),
    ("#e9e4e6", "#d3c8cc"),
    ("#e3e8ea", "#c5d0d5"),
    ("#f0e3da", "#e0c6b4"),
    ("#ece9dd", "#d5cfb9"),
)
ON_THE_TABLE = ("spirit", "wine")
MOST_THINGS = 3


def picture_of(product: Product, parts: Sequence[Product] = ()) -> str:
    """An SVG of a product; of a set, of what it is made of."""
    light, dark = GROUNDS[_digit(product.id) % len(GROUNDS)]
    things = list(parts)[:MOST_THINGS] or [product]
    stands = all(each.type in ON_THE_TABLE for each in things)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">'
        f'<defs><radialGradient id="ground" cx="0.5" cy="0.38" r="0.85">'
        f'<stop offset="0" stop-color="{light}"/><stop offset="1" stop-color="{dark}"/>'
        f"</radialGradient></defs>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#ground)"/>'
        f"{_table(dark) if stands else ''}"
        f"{_things(things)}</svg>"
    )


def _table(color: str) -> str:
    return (
        f'<rect y="640" width="{WIDTH}" height="110" fill="{color}"/>'
        f'<rect y="640" width="{WIDTH}" height="2" fill="#000" opacity="0.06"/>'
    )


def _things(things: Sequence[Product]) -> str:
    stands = things[0].type in ON_THE_TABLE
    if len(things) == 1:
        place = ' transform="translate(300 672) scale(1.12) translate(-300 -672)"' if stands else ""
        return f"<g{place}>{_thing(things[0], 'a')}</g>"
    scale = (0.9 if stands else 0.66) if len(things) == 2 else (0.78 if stands else 0.56)
    step = WIDTH / (len(things) + 0.35)
    drawn = []
    for at, each in enumerate(things):
        x = (at + 0.675) * step - WIDTH * scale / 2
        y = 672 * (1 - scale) if each.type in ON_THE_TABLE else (HEIGHT - HEIGHT * scale) / 2
        place = f"translate({x:.0f} {y:.0f}) scale({scale})"
        drawn.append(f'<g transform="{place}">{_thing(each, "abc"[at])}</g>')
    return "".join(drawn)


def _thing(product: Product, mark: str) -> str:
    if product.type in ON_THE_TABLE:
        return bottle(product, mark)
    if product.type == "apparel":
        return garment(product, mark)
    return parcel(color_of(product.name, product.id), mark)


def _digit(text: str) -> int:
    return hashlib.blake2b(text.encode(), digest_size=2).digest()[0]
