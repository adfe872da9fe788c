"""Lists: the question that a visitor's address asks, and the choices that its answer offers."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from examples.storefront.house import Facets, ProductType
from examples.storefront.words import facet_value_in_words, title_of

__all__ = ["ORDERS", "PAGE", "Choice", "FacetShown", "Wish", "facets_shown", "wish_of"]

PAGE = 24
FACETS_MAX = 9
VALUES_SHOWN = 12
WORDS_MAX = 100
ORDERS = {
    "": "Best match",
    "newest": "Newest",
    "price": "Price, low to high",
    "-price": "Price, high to low",
}
PRICES = "price_minor[3000,6000,10000,20000]"
BOUNDS = {"age_years": "10,12,16,21", "abv": "40,43,46,50,55"}
SHARED = ("type", "brand", "price_minor")
OWN_NAMES = {"type", "brand", "category", "tag", "currency", "price_minor", "release_date"}
COUNTABLE = {"text", "enum", "boolean", "list", "integer", "number"}
NUMERIC = {"integer", "number"}

_PLAIN = re.compile(r"-?[\d.]*\.\.<?-?[\d.]*|-?\d+(\.\d+)?|true|false")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a visitor looks for. ``chosen`` are values by field."""

    words: str = ""
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sort: str = ""
    available: bool = False
    cursor: str = ""

    @property
    def by_field(self) -> dict[str, tuple[str, ...]]:
        """The chosen values by field."""
        return dict(self.chosen)

    def query(self, **changed: Any) -> str:
        """The address of this wish, changed: ``cursor`` to another page."""
        pairs = [("q", self.words), ("sort", self.sort)]
        pairs += [(field, value) for field, values in self.chosen for value in values]
        pairs += [("available", "1" if self.available else "")]
        pairs += [(name, str(value)) for name, value in changed.items()]
        return urlencode([pair for pair in pairs if pair[1]])

    def asked(
        self, types: Mapping[str, ProductType], allowed: Collection[str] | None
    ) -> dict[str, Any]:
        """The question to the house; ``allowed`` are the types that may be shown, None for all."""
        chosen = self.by_field
        shelves = chosen.get("type", ())
        if allowed is not None:
            shelves = tuple(each for each in shelves if each in allowed) or tuple(sorted(allowed))
        wanted = {**chosen, "type": shelves}
        parts = [_condition(field, values, types) for field, values in wanted.items() if values]
        return {
            "q": self.words,
            "filter": ";".join(each for each in parts if each),
            "facets": ",".join(_facets_of(chosen.get("type", ()), types)),
            "facet_values": VALUES_SHOWN,
            "sort": self.sort or "relevance",
            "available": self.available,
            "cursor": self.cursor,
            "limit": PAGE,
        }


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A value that can be chosen, how it is called, and how many products have it."""

    value: str
    words: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class FacetShown:
    """A group of choices."""

    field: str
    title: str
    choices: list[Choice]

    @property
    def is_in_use(self) -> bool:
        """Whether any of it was chosen."""
        return any(each.is_chosen for each in self.choices)


def wish_of(pairs: Sequence[tuple[str, str]], types: Mapping[str, ProductType]) -> Wish:
    """Read an address; what it names that is no field is passed over."""
    known = {*SHARED, "category", "tag", *_attributes_by_field(types)}
    chosen: dict[str, list[str]] = {}
    said: dict[str, str] = {}
    for name, value in pairs:
        if name in known and value:
            chosen.setdefault(name, []).append(value[:WORDS_MAX])
        elif name in ("q", "sort", "available", "cursor"):
            said[name] = value
    sort = said.get("sort", "")
    return Wish(
        words=said.get("q", "").strip()[:WORDS_MAX],
        chosen=tuple((name, tuple(dict.fromkeys(values))) for name, values in chosen.items()),
        sort=sort if sort in ORDERS else "",
        available=said.get("available") == "1",
        cursor=said.get("cursor", ""),
    )


def facets_shown(
    facets: Facets, wish: Wish, types: Mapping[str, ProductType], hidden: Collection[str]
) -> list[FacetShown]:
    """The groups of choices, each with what was chosen in front; what leaves no choice is left
    out. ``hidden`` are types that are not shown to this visitor."""
    titles = {field: each.title for field, each in _attributes_by_field(types).items()}
    shown = []
    for field, counts in facets.items():
        chosen = wish.by_field.get(field, ())
        choices = [
            _choice(field, _written(each.value), each.count, chosen, types)
            for each in counts
            if each.count and not (field == "type" and each.value in hidden)
        ]
        there = {each.value for each in choices}
        choices += [_choice(field, each, 0, chosen, types) for each in chosen if each not in there]
        if len(choices) > 1 or any(each.is_chosen for each in choices):
            shown.append(FacetShown(field=field, title=title_of(field, titles), choices=choices))
    return shown


def _choice(
    field: str, value: str, count: int, chosen: Collection[str], types: Mapping[str, ProductType]
) -> Choice:
    words = facet_value_in_words(field, value, "EUR")
    if field == "type" and value in types:
        words = types[value].title
    return Choice(value=value, words=words, count=count, is_chosen=value in chosen)


def _facets_of(shelves: Sequence[str], types: Mapping[str, ProductType]) -> list[str]:
    """What to count: what all products have, and on one shelf what its products say."""
    if len(shelves) != 1 or shelves[0] not in types:
        return ["type", PRICES, "brand"]
    own = []
    for each in types[shelves[0]].attributes:
        if not each.facet or each.kind not in COUNTABLE:
            continue
        if each.name in BOUNDS:
            own.append(f"{_field(each.name)}[{BOUNDS[each.name]}]")
        elif each.kind not in NUMERIC or each.name.endswith(("_ml", "year", "vintage")):
            own.append(_field(each.name))
    return ["type", PRICES, *own[: FACETS_MAX - 3], "brand"]


def _condition(field: str, values: Collection[str], types: Mapping[str, ProductType]) -> str | None:
    kind = "text"
    if field == "price_minor":
        kind = "number"
    elif field not in OWN_NAMES:
        kind = _attributes_by_field(types)[field].kind
    if kind in ("text", "enum", "list"):
        return f"{field}:" + ",".join(_quoted(each) for each in values)
    good = [each for each in values if _PLAIN.fullmatch(each) and each != ".."]
    return f"{field}:{','.join(good)}" if good else None


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _attributes_by_field(types: Mapping[str, ProductType]) -> dict[str, Any]:
    return {
        _field(each.name): each
        for known in types.values()
        for each in known.attributes
        if each.facet
    }


def _field(attribute: str) -> str:
    reserved = OWN_NAMES | {"relevance", "price", "newest"}
    return f"attributes.{attribute}" if attribute in reserved else attribute


def _written(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)
