"""What customers ask: words with three filters and facets, and words that are being typed."""

import random
from urllib.parse import urlencode

__all__ = ["FACETS", "Asked", "questions", "typed"]

import msgspec

SEED = 20_261_123
PAGE = 20

FACETS = (
    "type", "category", "tag", "color", "season", "year", "usage", "garment_type",
    "gender", "price_minor[1000,2500,5000,10000]", "brand",
)  # fmt: skip
"""Eleven counts: eight of fields that are not narrowed by, and three of those that are, each of
which is counted under the other two filters."""

WORDS = (
    "shirt", "tshirt", "blue shirt", "watch", "casual shoes", "sports shoes", "black", "white",
    "puma", "nike", "adidas", "jeans", "handbag", "red", "heels", "sandals", "kurta", "sunglasses",
    "top", "leather", "belt", "backpack", "navy blue", "polo", "checked shirt", "titan", "levis",
    "socks", "wallet", "printed", "running", "green tshirt", "flip flops", "fastrack", "dress",
    "jacket", "perfume", "earrings", "formal", "shorts", "united colors", "wrangler jeans", "bag",
)  # fmt: skip
GENDERS = ("men", "women", "men,women", "men,unisex", "women,girls")
TYPED = (
    "sh", "shi", "shir", "blu", "blue s", "nik", "adi", "wat", "watch", "jea", "pum", "spo",
    "sports sh", "cas", "casual", "han", "handb", "le", "lea", "leather b", "ku", "sun", "sung",
    "tit", "titan w", "fas", "wra", "wrangler j", "bo", "he", "hee", "caber", "pin", "char", "re",
    "mer", "bri", "pol", "che", "pri", "gr", "green t", "back", "fl", "flip", "for", "dre", "per",
)  # fmt: skip


class Asked(msgspec.Struct, frozen=True):
    """One question, in words, by the products' fields and as the API takes it."""

    words: str
    genders: tuple[str, ...]
    seasons_or_years: tuple[str, tuple[str, ...]]
    price_to: int

    @property
    def target(self) -> str:
        """What is asked over HTTP."""
        field, values = self.seasons_or_years
        wanted = (
            f"gender:{','.join(self.genders)}",
            f"{field}:{','.join(values)}",
            f"price_minor:..{self.price_to}",
        )
        asked = {
            "q": self.words,
            "filter": ";".join(wanted),
            "facets": ",".join(FACETS),
            "limit": str(PAGE),
        }
        return f"/api/v1/search?{urlencode(asked)}"


def questions(count: int) -> list[Asked]:
    """Questions with three filters, the same in every run."""
    chance = random.Random(SEED)
    asked = []
    for _ in range(count):
        seasons = tuple(chance.sample(("summer", "fall", "winter", "spring"), 3))
        years = tuple(str(year) for year in chance.sample(range(2010, 2018), 4))
        narrowed = chance.choice([("season", seasons), ("year", years)])
        genders = tuple(chance.choice(GENDERS).split(","))
        price = chance.choice((2995, 3995, 5995, 8995))
        asked.append(Asked(chance.choice(WORDS), genders, narrowed, price))
    return asked


def typed(count: int) -> list[str]:
    """What is asked over HTTP while somebody types."""
    chance = random.Random(SEED)
    return [
        f"/api/v1/search/suggestions?{urlencode({'q': chance.choice(TYPED)})}" for _ in range(count)
    ]
