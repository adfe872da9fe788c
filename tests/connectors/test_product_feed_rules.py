"""What a social shop is shown of a SKU, without a database, held against the published rules."""

import csv
import datetime
import io
import xml.etree.ElementTree as ElementTree
from typing import Any

import feedparser
import msgspec
import pytest
from feed_fields import google_problems, meta_problems
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.catalog import Component, ListedProduct, Media, Variant
from rackhouse.connectors.product_feeds import google, meta
from rackhouse.connectors.product_feeds.google import GoogleTerms, google_layout
from rackhouse.connectors.product_feeds.layout import FeedLayout
from rackhouse.connectors.product_feeds.meta import meta_layout
from rackhouse.connectors.product_feeds.shown import (
    NotShown,
    Seen,
    Shown,
    gtin_of,
    money,
    plain,
    shown_of,
)
from rackhouse.connectors.product_feeds.terms import FeedTerms, refuse
from rackhouse.inventory import AvailabilityOfSku, PromisedNow

NOW = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
SOON = NOW + datetime.timedelta(days=40)
TERMS = FeedTerms(link="https://shop.example/p/{product_id}?sku={sku}", brand="House")
PICTURE = Media(kind="image", url="https://shop.example/a b,c.jpg")
G = "{http://base.google.com/ns/1.0}"


def a_product(*variants: Variant, **facts: Any) -> ListedProduct:
    usual: dict[str, Any] = {
        "id": "rye",
        "type": "goods",
        "name": "Rye",
        "price_minor": 5400,
        "currency": "EUR",
        "media": (PICTURE,),
        "variants": variants or (Variant(sku="RYE-70"),),
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return ListedProduct(**{**usual, **facts})


def seen(available: int = 3, *skus: str, **facts: Any) -> Seen:
    figures = {
        sku: AvailabilityOfSku(sku, available, 0, available, [], facts.get("promised"))
        for sku in skus or ("RYE-70",)
    }
    return Seen(figures, frozenset(facts.get("backorders", ())), NOW)


def only(product: ListedProduct, what: Seen | None = None, terms: FeedTerms = TERMS) -> Shown:
    (shown,) = shown_of(product, what or seen(), terms)
    assert isinstance(shown, Shown), shown
    return shown


def why_not(product: ListedProduct, terms: FeedTerms = TERMS) -> str:
    ((_, reason),) = shown_of(product, seen(), terms)  # type: ignore[misc]
    return str(reason)


def read_back(layout: FeedLayout, shown: list[Shown]) -> list[dict[str, str]]:
    """The items of a feed, as who fetches it reads them."""
    text = layout.head + "".join(layout.piece(each) for each in shown) + layout.tail
    if not layout.media_type.startswith("application/rss"):
        delimiter = "\t" if "tab" in layout.media_type else ","
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return [{name: value for name, value in row.items() if value} for row in rows]
    channel = ElementTree.fromstring(text.encode()).find("channel")
    assert channel is not None
    return [
        {field.tag.removeprefix(G): field.text or "" for field in item}
        for item in channel.findall("item")
    ]


def layouts() -> dict[str, FeedLayout]:
    link = TERMS.link
    return {
        "google xml": google_layout(GoogleTerms(link=link), "Feed & more"),
        "google tsv": google_layout(GoogleTerms(link=link, format="tsv"), "Feed"),
        "meta": meta_layout(TERMS, "Feed"),
    }


def problems_of(kind: str, item: dict[str, str]) -> list[str]:
    return (meta_problems if kind == "meta" else google_problems)(item, NOW)


TEXTS = st.text(max_size=400).filter(lambda text: bool(plain(text)))
OPTIONAL = st.none() | TEXTS.map(lambda text: text[:200])
PRODUCTS = st.builds(
    lambda **facts: a_product(**facts),
    name=TEXTS.map(lambda text: text[:200]).filter(lambda text: bool(plain(text))),
    description=st.text(max_size=12_000) | st.just("<p>So <b>good</b>!</p>" * 900),
    brand=OPTIONAL,
    price_minor=st.integers(1, 10**12),
    currency=st.sampled_from(["EUR", "USD", "JPY", "KWD"]),
    id=st.sampled_from(["rye", "a.b", "x" * 64]),
    categories=st.lists(st.sampled_from(["spirits/whisky", "a" * 200]), max_size=2).map(tuple),
    attributes=st.dictionaries(
        st.sampled_from(["color", "material", "pattern", "part", "regular"]),
        st.text(max_size=300) | st.integers(0, 10**13),
    ),
    media=st.lists(
        st.builds(
            lambda kind, path: Media(kind=kind, url=f"https://pictures.example/{path}"),
            st.sampled_from(["image", "video"]),
            st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=60),
        ),
        max_size=25,
    ).map(lambda found: (PICTURE, *found)),
    variants=st.lists(
        st.builds(
            Variant,
            sku=st.text("ABCÄ-_ 19", min_size=1, max_size=64).map(lambda sku: f"X{sku}X"[:64]),
            barcode=st.none()
            | st.sampled_from(["4006381333931", "4006381333932", "0", "12345670"]),
            options=st.dictionaries(
                st.sampled_from(["color", "size", "cut"]), st.text(max_size=100), max_size=3
            ),
            components=st.just(()) | st.just((Component(sku="RYE-5", quantity=2),)),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda variant: variant.sku,
    ).map(tuple),
)
FULL_TERMS = FeedTerms(
    link="https://shop.example/{product_id}/{sku}",
    mpn_attribute="part",
    regular_price_attribute="regular",
)


@given(
    product=PRODUCTS,
    available=st.integers(-3, 3),
    promised=st.none()
    | st.builds(
        PromisedNow,
        st.integers(0, 2),
        st.sampled_from(
            [SOON, NOW - datetime.timedelta(days=1), NOW + datetime.timedelta(days=800)]
        ),
    ),
    is_backorder=st.booleans(),
)
def test_whatever_the_catalog_holds_a_feed_keeps_to_the_published_rules(
    product: ListedProduct, available: int, promised: PromisedNow | None, is_backorder: bool
) -> None:
    skus = [variant.sku for variant in product.variants]
    backorders = skus if is_backorder else ()
    what = seen(available, *skus, promised=promised, backorders=backorders)
    found = [each for each in shown_of(product, what, FULL_TERMS) if isinstance(each, Shown)]
    for kind, layout in layouts().items():
        kept = []
        for shown in found:
            try:
                layout.piece(shown)
            except NotShown:
                assert len(shown.id) > (100 if kind == "meta" else 50)
            else:
                kept.append(shown)
        items = read_back(layout, kept)
        assert [item["id"] for item in items] == [shown.id for shown in kept]
        for item in items:
            assert problems_of(kind, item) == []


@pytest.mark.parametrize("kind", layouts())
@pytest.mark.parametrize(
    "spoilt",
    [
        {"title": ""},
        {"title": "T" * 300},
        {"price": "54 euros"},
        {"price": "0.00 EUR"},
        {"link": "shop.example/rye"},
        {"gtin": "4006381333932"},
        {"sale_price": "99.00 EUR"},
        {"availability": "soon"},
        {"availability": "preorder", "availability_date": "2020-01-01T00:00Z"},
        {"colour": "red"},
    ],
)
def test_the_validator_finds_what_is_wrong(kind: str, spoilt: dict[str, str]) -> None:
    (item,) = read_back(layouts()[kind], [only(a_product())])
    assert problems_of(kind, item) == []
    assert problems_of(kind, {**item, **spoilt})


def test_a_feed_reader_reads_the_feed_of_google() -> None:
    shown = only(a_product(name="Rye & Barley <old>", description="Smoke\x0b, \x00 peat"))
    layout = layouts()["google xml"]
    read = feedparser.parse((layout.head + layout.piece(shown) + layout.tail).encode())
    assert not read.bozo
    assert read.version == "rss20"
    assert read.namespaces["g"] == "http://base.google.com/ns/1.0"
    assert (read.feed.title, read.feed.link) == ("Feed & more", "https://shop.example/")
    (entry,) = read.entries
    assert (entry.g_id, entry.g_price) == ("RYE-70", "54.00 EUR")
    assert entry.g_image_link == "https://shop.example/a%20b,c.jpg"


@pytest.mark.parametrize(
    ("available", "promised", "backorders", "wanted"),
    [
        (3, None, (), ("in_stock", None)),
        (3, PromisedNow(5, SOON), (), ("in_stock", None)),
        (0, None, (), ("out_of_stock", None)),
        (-2, None, (), ("out_of_stock", None)),
        (0, PromisedNow(5, SOON), (), ("preorder", SOON)),
        (0, PromisedNow(5, SOON), ("RYE-70",), ("backorder", SOON)),
        (0, PromisedNow(0, SOON), (), ("out_of_stock", None)),
        (0, PromisedNow(5, NOW), (), ("out_of_stock", None)),
        (0, PromisedNow(5, NOW + datetime.timedelta(days=366)), (), ("out_of_stock", None)),
    ],
)
def test_availability_follows_stock_and_promises(
    available: int, promised: Any, backorders: Any, wanted: Any
) -> None:
    shown = only(a_product(), seen(available, promised=promised, backorders=backorders))
    assert (shown.availability, shown.available_at) == wanted


def test_what_the_stock_does_not_know_is_not_in_stock() -> None:
    assert only(a_product(), Seen({}, frozenset(), NOW)).availability == "out_of_stock"


@pytest.mark.parametrize(
    ("minor", "currency", "wanted"),
    [
        (5400, "EUR", "54.00 EUR"),
        (5, "USD", "0.05 USD"),
        (5400, "JPY", "5400 JPY"),
        (5400, "KWD", "5.400 KWD"),
    ],
)
def test_prices_are_written_in_the_major_unit(minor: int, currency: str, wanted: str) -> None:
    assert money(minor, currency) == wanted


@pytest.mark.parametrize(
    ("barcode", "wanted"),
    [
        ("4006381333931", "4006381333931"),
        ("4006381333932", None),
        ("96385074", "96385074"),
        ("00000000", None),
        ("BOTTLE-1", None),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", None),
        (None, None),
    ],
)
def test_only_what_is_a_gtin_is_shown_as_one(barcode: str | None, wanted: str | None) -> None:
    assert gtin_of(barcode) == wanted


def test_variants_are_grouped_and_told_apart() -> None:
    red = Variant(sku="RED", options={"color": "red", "size": "M"})
    blue = Variant(sku="BLUE", options={"color": "blue", "size": "M"}, price_minor=6000)
    found = [*shown_of(a_product(red, blue), seen(1, "RED", "BLUE"), TERMS)]
    assert [(x.group, x.color, x.size, x.title, x.price) for x in found] == [  # type: ignore[union-attr]
        ("rye", "red", "M", "Rye - red, M", "54.00 EUR"),
        ("rye", "blue", "M", "Rye - blue, M", "60.00 EUR"),
    ]
    assert only(a_product()).group is None


def test_a_price_below_the_regular_one_is_a_sale_price() -> None:
    terms = msgspec.structs.replace(TERMS, regular_price_attribute="regular")
    shown = only(a_product(attributes={"regular": 6000}), terms=terms)
    assert (shown.price, shown.sale_price) == ("60.00 EUR", "54.00 EUR")
    shown = only(a_product(attributes={"regular": 5400}), terms=terms)
    assert (shown.price, shown.sale_price) == ("54.00 EUR", None)


def test_what_can_not_be_shown_is_left_out_with_a_reason() -> None:
    assert "price" in why_not(a_product(price_minor=None))
    assert "price" in why_not(a_product(price_minor=0))
    assert "picture" in why_not(a_product(media=()))
    path = (Media(kind="image", url="/media/rye.jpg"),)
    assert "picture" in why_not(a_product(media=path))
    terms = msgspec.structs.replace(TERMS, media_url="https://pictures.example/")
    assert only(a_product(media=path), terms=terms).image == (
        "https://pictures.example/media/rye.jpg"
    )


def test_the_main_picture_is_told_first_and_posters_are_not_told() -> None:
    roles = ("poster", "gallery", "main")
    media = [Media(kind="image", url=f"https://shop.example/{each}", role=each) for each in roles]
    shown = only(a_product(media=tuple(media)))
    assert (shown.image, *shown.more_images) == (media[2].url, media[1].url)


def test_addresses_are_written_so_that_they_stay_addresses() -> None:
    shown = only(a_product(Variant(sku="Ä B&C?")), seen(1, "Ä B&C?"))
    assert shown.link == "https://shop.example/p/rye?sku=%C3%84%20B%26C%3F"


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("ftp://shop.example/{sku}", "link: write http"),
        ("https://shop.example/", "link: write {product_id} or {sku} where"),
        ("https://shop.example/{name}", "link: write {product_id}"),
        ("https://shop.example/{name}/{sku}", "link: in braces"),
        ("https://shop.example/{sku.__class__}", "link: "),
        ("https://shop.example/{sku}{", "link: in braces"),
        ("https://me:pw@shop.example/{sku}", "link: write http"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(link: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("{", r"\{")):
        refuse(FeedTerms(link=link))


def test_both_adapters_push_nothing_and_receive_nothing() -> None:
    for adapter in (google.ADAPTER, meta.ADAPTER):
        assert (adapter.write, adapter.sales, adapter.receive) == (None, None, None)
