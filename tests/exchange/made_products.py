"""Products of every kind of attribute, made by chance, and a type that has them all."""

import datetime
from typing import Any

import hypothesis.strategies as st
import msgspec

from rackhouse.catalog import ListedType, Product, validate_product, validate_product_type
from rackhouse.exchange.rules.fields import clearable_fields

__all__ = ["EVERYTHING", "OTHERWISE", "TYPES", "a_product", "drafts_of"]

LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029"
)
TEXT = st.text(LETTERS, min_size=1, max_size=12).filter(lambda text: text.strip())
TRICKY = st.sampled_from(
    [
        "=1+1",
        "'",
        "''=x",
        "-",
        "+49",
        "@SUM(A1)",
        "a|b\\",
        "\\",
        "|",
        "x=y|z",
        '"',
        '",',
        "007",
        "1e5",
    ]
)
SAID = TEXT | TRICKY
PROSE = st.text(LETTERS | st.sampled_from("\n\t\r"), max_size=30).filter(
    lambda text: not text or text.strip()
)
IDS = st.from_regex(r"\A[a-z0-9][a-z0-9._-]{0,10}\Z")
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
NUMBER = WHOLE | st.floats(-1e12, 1e12, allow_nan=False)
DAYS = st.dates().map(datetime.date.isoformat)
LANGUAGES = st.sampled_from(["de", "fr", "pt-BR", "zh-Hant-TW"])


def _attribute(name: str, kind: str, **said: Any) -> dict[str, Any]:
    return {"name": name, "title": name, "kind": kind, **said}


def _listed(draft: dict[str, Any]) -> ListedType:
    now = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)
    return ListedType.own(validate_product_type(draft), 1, now, now)


CHOICES = ["dry", "a|b", "=sweet", "\\"]
EVERYTHING = _listed(
    {
        "name": "everything",
        "title": "Everything",
        "collection": "everythings",
        "attributes": [
            _attribute("words", "text"),
            _attribute("number", "number"),
            _attribute("count", "integer"),
            _attribute("flag", "boolean"),
            _attribute("day", "date"),
            _attribute("choice", "enum", values=CHOICES),
            _attribute("goes_with", "reference"),
            _attribute("label", "localized", default_language="en"),
            _attribute("numbers", "list", of="number"),
            _attribute("counts", "list", of="integer"),
            _attribute("texts", "list", of="text"),
            _attribute("flags", "list", of="boolean"),
            _attribute("days", "list", of="date"),
            _attribute("choices", "list", of="enum", values=CHOICES),
            _attribute("others", "list", of="reference"),
            _attribute("span", "range", of="number"),
            _attribute("ages", "range", of="integer"),
            _attribute("season", "range", of="date"),
        ],
    }
)
OTHERWISE = _listed(
    {
        "name": "otherwise",
        "title": "The same names, other kinds",
        "collection": "otherwises",
        "attributes": [_attribute("number", "text"), _attribute("span", "range", of="date")],
    }
)
TYPES = {each.name: each for each in (EVERYTHING, OTHERWISE)}


def _range(ends: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    pairs = st.tuples(ends, ends).map(sorted)
    return pairs.map(lambda pair: {"from": pair[0], "to": pair[1]})


def _optional(**said: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=said)


def _some(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(items, max_size=4)


_EVERYTHING_SAID = _optional(
    words=SAID,
    number=NUMBER,
    count=WHOLE,
    flag=st.booleans(),
    day=DAYS,
    choice=st.sampled_from(CHOICES),
    goes_with=IDS,
    label=st.builds(lambda en, more: {"en": en, **more}, SAID, st.dictionaries(LANGUAGES, SAID)),
    numbers=_some(NUMBER),
    counts=_some(WHOLE),
    texts=_some(SAID),
    flags=_some(st.booleans()),
    days=_some(DAYS),
    choices=_some(st.sampled_from(CHOICES)),
    others=_some(IDS),
    span=_range(NUMBER),
    ages=_range(WHOLE),
    season=_range(DAYS),
)
_OTHERWISE_SAID = _optional(number=SAID, span=_range(DAYS))
_COMPONENTS = st.lists(
    st.fixed_dictionaries(
        {"sku": st.from_regex(r"\AC[-+=|*\\ A-Z]{0,6}[A-Z]\Z"), "quantity": st.integers(1, 999)}
    ),
    max_size=3,
    unique_by=lambda each: each["sku"],
)
_VARIANT = st.fixed_dictionaries(
    {"sku": st.from_regex(r"\A[-=+'A-Z][-=+'|*\\ A-Z0-9]{0,8}[A-Z0-9]\Z")},
    optional={
        "name": SAID,
        "options": st.dictionaries(st.sampled_from(["size", "color", "cut"]), SAID),
        "barcode": st.from_regex(r"\A[0-9=']{1,14}\Z"),
        "price_minor": st.integers(0, 10**12),
        "components": _COMPONENTS,
    },
)
_MEDIA = st.fixed_dictionaries(
    {"kind": st.sampled_from(["image", "video", "model"]), "url": st.just("https://x.example/|'=")},
    optional={"alt": PROSE},
)


def _product(type_name: str, attributes: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"id": IDS, "type": st.just(type_name), "name": SAID, "currency": st.just("EUR")},
        optional={
            "brand": SAID,
            "description": PROSE,
            "categories": st.just(["whisky/single-malt", "gifts"]),
            "tags": st.lists(SAID.map(str.strip), max_size=3, unique=True),
            "price_minor": st.integers(0, 10**12),
            "release_date": DAYS,
            "media": _some(_MEDIA),
            "attributes": attributes,
            "variants": st.lists(_VARIANT, max_size=3, unique_by=lambda each: each["sku"]),
        },
    )


drafts_of = _product("everything", _EVERYTHING_SAID) | _product("otherwise", _OTHERWISE_SAID)


def a_product(draft: dict[str, Any]) -> Product:
    """The product that a draft makes, with all said of it as in an export; variants are told apart
    by their numbers."""
    for number, variant in enumerate(draft.get("variants", ())):
        variant["options"] = {**variant.get("options", {}), "number": str(number)}
    product = validate_product(draft, TYPES[draft["type"]])
    unsaid = {name: None for name in clearable_fields(Product) if name not in draft}
    return msgspec.structs.replace(product, **unsaid)
