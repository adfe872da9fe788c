"""Bottles: their glass, what is in them, and a label with what they are called."""

import textwrap
from html import escape
from typing import NamedTuple

from rackhouse_client import Product

__all__ = ["Shape", "bottle", "papers_of", "shape_of", "tint_of"]

BASE = 672
MIDDLE = 300
LINE_CHARACTERS = 15
LINES_MAX = 3


class Shape(NamedTuple):
    """The outline of a bottle, in a picture that is 750 high."""

    width: int
    height: int
    neck: int
    neck_height: int
    shoulder: int
    foot: int


TALL = Shape(190, 560, 56, 150, 70, 16)
SHAPES = {
    "bourbon": Shape(224, 500, 60, 120, 52, 22),
    "rye whiskey": Shape(216, 510, 60, 126, 56, 20),
    "tennessee whiskey": Shape(220, 500, 62, 118, 34, 12),
    "cognac": Shape(252, 480, 52, 150, 150, 40),
    "armagnac": Shape(258, 470, 54, 150, 140, 46),
    "calvados": Shape(216, 540, 52, 180, 120, 20),
    "gin": Shape(214, 510, 66, 96, 40, 14),
    "rum": Shape(208, 530, 62, 150, 84, 18),
    "rhum agricole": Shape(196, 550, 56, 150, 60, 12),
    "tequila": Shape(232, 470, 70, 112, 66, 26),
    "mezcal": Shape(206, 530, 58, 170, 96, 18),
    "liqueur": Shape(236, 500, 56, 150, 128, 30),
    "grappa": Shape(160, 570, 46, 190, 90, 12),
    "aquavit": Shape(180, 560, 54, 140, 60, 12),
    "blended whisky": Shape(200, 540, 58, 140, 60, 10),
}
CLEAR = "#dfe9e8"
TINTS = {
    "single malt whisky": "#b5651d",
    "bourbon": "#9c4a12",
    "rye whiskey": "#a8551a",
    "tennessee whiskey": "#8f430f",
    "cognac": "#a1481a",
    "armagnac": "#8d3b12",
    "calvados": "#b8742c",
    "rum": "#6f2f0c",
    "tequila": "#cfa964",
    "liqueur": "#33502a",
    "gin": CLEAR,
    "grappa": CLEAR,
    "rhum agricole": CLEAR,
    "mezcal": CLEAR,
    "aquavit": "#e7dca8",
}
PAPERS = (
    ("#f7f1e3", "#2a241c"),
    ("#20302b", "#efe6cf"),
    ("#ffffff", "#1d2733"),
    ("#722f2a", "#f6e7d0"),
    ("#1e2a3d", "#ece3cc"),
    ("#e9dcc0", "#5a2a16"),
)


def shape_of(product: Product) -> Shape:
    """The outline of a product's bottle."""
    return SHAPES.get(str(product.attributes.get("spirit_type")), TALL)


def tint_of(product: Product) -> str:
    """The color of what is in it; older is darker where the kind does not say."""
    if product.type == "wine":
        return "#4a1022"
    return TINTS.get(str(product.attributes.get("spirit_type")), "#a85a1c")


def papers_of(product: Product) -> tuple[str, str]:
    """The colors of its label and of what is printed on it."""
    return PAPERS[sum((product.brand or product.name).encode()) % len(PAPERS)]


def bottle(product: Product, mark: str) -> str:
    """A bottle with its label."""
    shape, tint = shape_of(product), tint_of(product)
    top = BASE - shape.height
    outline = _outline(shape)
    paper, ink = papers_of(product)
    neck = f'x="{MIDDLE - shape.neck / 2 - 3}" width="{shape.neck + 6}"'
    return (
        f"{_defs(mark, tint, paper, outline)}"
        f'<ellipse cx="{MIDDLE + 26}" cy="{BASE}" rx="{shape.width * 0.66:.0f}" ry="17" '
        f'fill="#000" opacity="0.17"/>'
        f'<path d="{outline}" fill="url(#glass-{mark})"/>'
        f'<path d="{outline}" fill="none" stroke="#000" stroke-opacity="0.28" stroke-width="2"/>'
        f'<g clip-path="url(#clip-{mark})">'
        f"{_label(product, shape, paper, ink, mark)}"
        f'<rect x="{MIDDLE - shape.width / 2 + 16}" y="{top}" width="12" height="{shape.height}" '
        f'fill="#fff" opacity="0.26"/>'
        f'<rect x="{MIDDLE + shape.width / 2 - 18}" y="{top}" width="18" height="{shape.height}" '
        f'fill="#000" opacity="0.16"/></g>'
        f'<rect {neck} y="{top - 8}" height="{shape.neck_height * 0.52:.0f}" rx="5" '
        f'fill="{ink if paper == "#f7f1e3" else paper}"/>'
        f'<rect {neck} y="{top - 8}" height="{shape.neck_height * 0.52:.0f}" rx="5" '
        f'fill="url(#round-{mark})"/>'
    )


def _outline(shape: Shape) -> str:
    left, right = MIDDLE - shape.width / 2, MIDDLE + shape.width / 2
    inner, outer = MIDDLE - shape.neck / 2, MIDDLE + shape.neck / 2
    top = BASE - shape.height
    under_neck = top + shape.neck_height
    body = under_neck + shape.shoulder
    half = shape.shoulder * 0.55
    return (
        f"M{inner} {top}V{under_neck - 18}"
        f"C{inner} {under_neck + half:.0f} {left} {under_neck + half * 0.5:.0f} {left} {body}"
        f"V{BASE - shape.foot}Q{left} {BASE} {left + shape.foot} {BASE}"
        f"H{right - shape.foot}Q{right} {BASE} {right} {BASE - shape.foot}V{body}"
        f"C{right} {under_neck + half * 0.5:.0f} {outer} {under_neck + half:.0f} "
        f"{outer} {under_neck - 18}V{top}Z"
    )


def _defs(mark: str, tint: str, paper: str, outline: str) -> str:
    return (
        f'<defs><linearGradient id="glass-{mark}">'
        f'<stop offset="0" stop-color="{tint}" stop-opacity="0.95"/>'
        f'<stop offset="0.22" stop-color="{tint}" stop-opacity="0.72"/>'
        f'<stop offset="0.6" stop-color="{tint}" stop-opacity="0.88"/>'
        f'<stop offset="1" stop-color="{tint}"/></linearGradient>'
        f'<linearGradient id="round-{mark}"><stop offset="0" stop-opacity="0.3"/>'
        f'<stop offset="0.3" stop-color="#fff" stop-opacity="0.25"/>'
        f'<stop offset="1" stop-opacity="0.35"/></linearGradient>'
        f'<clipPath id="clip-{mark}"><path d="{outline}"/></clipPath></defs>'
    )


def _label(product: Product, shape: Shape, paper: str, ink: str, mark: str) -> str:
    """Brand, name in up to three lines, the age if it says one, strength and content."""
    body = BASE - shape.height + shape.neck_height + shape.shoulder
    height = BASE - body - 74
    top, left = body + 26, MIDDLE - shape.width / 2
    lines = _name_lines(product)
    age = product.attributes.get("age_years")
    size = min(25, int(shape.width * 1.72 / max(len(each) for each in lines)))
    texts = [_text(top + 36, 12, (product.brand or "").upper()[:24], ink, 'letter-spacing="2"')]
    at = top + 40
    for each in lines:
        at += size + 6
        texts.append(_text(at, size, each, ink, 'font-weight="600"'))
    if age is not None and at + 84 < top + height:
        texts.append(_text(at + 66, 56, str(age), ink))
    elif age is None and at + 76 < top + height:
        texts.append(_emblem(at + 46, (product.brand or product.name)[:1], ink))
    texts.append(_text(top + height - 16, 12, _strength(product), ink))
    return (
        f'<rect x="{left}" y="{top}" width="{shape.width}" height="{height}" fill="{paper}"/>'
        f'<rect x="{left}" y="{top}" width="{shape.width}" height="{height}" '
        f'fill="url(#round-{mark})" opacity="0.55"/>'
        f'<path d="M{left} {top + 9}h{shape.width}M{left} {top + height - 9}h{shape.width}" '
        f'stroke="{ink}" stroke-opacity="0.45"/>'
        f'<g text-anchor="middle" font-family="Georgia, serif">{"".join(texts)}</g>'
    )


def _emblem(y: float, letter: str, ink: str) -> str:
    ring = f'<circle cx="{MIDDLE}" cy="{y:.0f}" r="24" fill="none" stroke="{ink}"/>'
    return ring + _text(y + 9, 26, letter, ink)


def _name_lines(product: Product) -> list[str]:
    name = product.name.removeprefix(product.brand or "").strip() or product.name
    return textwrap.wrap(name, LINE_CHARACTERS)[:LINES_MAX] or [product.name]


def _strength(product: Product) -> str:
    said = []
    if product.attributes.get("abv") is not None:
        said.append(f"{product.attributes['abv']:g} %")
    if product.attributes.get("volume_ml") is not None:
        said.append(f"{product.attributes['volume_ml'] / 10:g} cl")
    return " · ".join(said)


def _text(y: float, size: int, text: str, ink: str, further: str = "") -> str:
    place = f'x="{MIDDLE}" y="{y:.0f}" font-size="{size}" fill="{ink}"'
    return f"<text {place} {further}>{escape(text)}</text>"
