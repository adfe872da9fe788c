"""How much it counts where a word is found. The sum decides the order by relevance.

The weights are whole numbers and depend on the product alone, not on how often others have the
word: so each process answers in the same order, and a page goes on where another process's ended.
"""

__all__ = [
    "AGAIN",
    "BEST_GROUPS",
    "EXACT",
    "FUZZY",
    "PREFIX",
    "RUN",
    "STEM",
    "SYNONYM",
    "most_elsewhere",
]

EXACT = {"code": 100, "name": 100, "brand": 80, "facts": 50, "labels": 40, "prose": 10}
"""The word as it is, or a phrase."""

STEM = {"name": 90, "brand": 72, "facts": 45, "labels": 36, "prose": 8}
"""Another form of the word."""

SYNONYM = {"name": 70, "brand": 56, "facts": 35, "labels": 28, "prose": 6}
"""Another word for the same."""

PREFIX = {"code": 85, "name": 85, "brand": 48, "facts": 30, "labels": 24}
"""A word that begins with it. In the name it counts more than anything elsewhere: it is what those
who are still typing mean."""

FUZZY = {"code": 10, "name": 30, "brand": 24, "facts": 15, "labels": 12}
"""A word that is spelt almost like it."""

AGAIN = {"facts": 20, "labels": 20}
"""Added where the word or another form of it stands here, wherever else it does: what is called a
shirt and is one goes before what is only called so."""

RUN = 150
"""All words, one behind the other, in the name."""

BEST_GROUPS = ("code", "name")
"""Where a word counts more than anywhere else: as it is, in its forms, and begun."""


def most_elsewhere(words: int) -> int:
    """The largest sum of a product that has not all words, as they are, in their forms or begun, in
    the best groups: an engine need not look at it where enough others have more."""
    rest = [
        weight
        for weights in (EXACT, STEM, PREFIX)
        for group, weight in weights.items()
        if group not in BEST_GROUPS
    ]
    rest += [*SYNONYM.values(), *FUZZY.values()]
    again = sum(AGAIN.values())
    return (max(EXACT.values()) + again) * (words - 1) + max(rest) + again
