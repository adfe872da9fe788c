"""Cloth: what a color is, and how stripes, checks and herringbone are woven."""

import hashlib

__all__ = ["color_of", "darker", "weave"]

COLORS = {
    "navy": "#26324d",
    "midnight": "#1b2338",
    "black": "#26262a",
    "charcoal": "#44464b",
    "white": "#f4f2ec",
    "ivory": "#f0e9d8",
    "ecru": "#e6dcc5",
    "oatmeal": "#d9ccb4",
    "natural": "#d8c9a8",
    "camel": "#b98a54",
    "tan": "#b58a60",
    "tobacco": "#7d5433",
    "brown": "#6d4e38",
    "honey": "#c89143",
    "mustard": "#c9962f",
    "rust": "#a9522b",
    "sand": "#cdb995",
    "stone": "#bdb4a2",
    "khaki": "#a2976f",
    "olive": "#6a6a41",
    "moss": "#62693e",
    "sage": "#98a386",
    "forest": "#2f4a37",
    "bottle": "#234534",
    "green": "#3d5a41",
    "indigo": "#34446e",
    "blue": "#5d7796",
    "grey": "#8b8d90",
    "burgundy": "#5f2430",
    "oxblood": "#5a2328",
    "wine": "#5b2032",
    "red": "#9c3a34",
    "champagne": "#dccbaa",
    "moorland": "#77705c",
    "print": "#4d6170",
    "tartan": "#7b3034",
}
LIGHT = "#f2eee4"


def color_of(words: str, otherwise: str) -> str:
    """What a color that is written in words looks like."""
    for word in reversed(words.lower().replace("-", " ").split()):
        if word in COLORS:
            return COLORS[word]
    digit = hashlib.blake2b(otherwise.encode(), digest_size=1).digest()[0]
    return list(COLORS.values())[digit % len(COLORS)]


def darker(color: str, share: float) -> str:
    """A color with less light."""
    parts = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{int(each * (1 - share)):02x}" for each in parts)


def weave(words: str, color: str, mark: str) -> tuple[str, str]:
    """The definition of a cloth, and the fill that uses it."""
    line = LIGHT if sum(int(color[at : at + 2], 16) for at in (1, 3, 5)) < 420 else "#26324d"
    if "stripe" in words:
        lines, size, turn = f'<rect width="26" height="8" fill="{color}"/>', 26, 0
        color = LIGHT
    elif "check" in words or "tartan" in words or "watch" in words:
        lines, size, turn = (
            f'<path d="M0 8H44M8 0V44" stroke="{line}" stroke-opacity=".55" stroke-width="7"/>'
            f'<path d="M0 28H44M28 0V44" stroke="#000" stroke-opacity=".25" stroke-width="10"/>',
            44,
            0,
        )
    elif "herringbone" in words or "tweed" in words or "moorland" in words:
        lines = f'<path d="M0 0l8 8 8-8" stroke="{line}" stroke-opacity=".22" fill="none"/>'
        size, turn = 16, 0
    elif "denim" in words or "indigo" in words or "twill" in words:
        lines = f'<path d="M0 3H6" stroke="{line}" stroke-opacity=".12"/>'
        size, turn = 6, 55
    elif "knit" in words or "wool" in words or "corduroy" in words:
        lines = '<path d="M3 0V9" stroke="#000" stroke-opacity=".13" stroke-width="2"/>'
        size, turn = 9, 0
    else:
        return "", color
    return (
        f'<pattern id="cloth-{mark}" width="{size}" height="{size}" '
        f'patternUnits="userSpaceOnUse" patternTransform="rotate({turn})">'
        f'<rect width="{size}" height="{size}" fill="{color}"/>{lines}</pattern>',
        f"url(#cloth-{mark})",
    )
