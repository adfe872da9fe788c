"""All the real data sets and the demo in one catalog, about 49,500 products: found and counted as
looking at every product does, also after edits, deletes, and a rebuild while others ask."""

import datetime
import random
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from brute_force import BruteForce, as_plain

from rackhouse.catalog import ListedProduct, Product, built_in_types
from rackhouse.search.engine import InStock, Question, TantivyEngine
from rackhouse.search.rules.documents import Document, document_of
from rackhouse.search.rules.fields import fields_of
from rackhouse.search.rules.filters import facets_of, filters_of
from rackhouse.search.rules.words import said_in
from real_catalog import FILES, real_products

MOMENT = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
AT_ONCE = 2000
PLACES = ("berlin", "porto", "paris")
QUESTIONS = (
    ("", "", "type,color,gender,year,country,tag", "newest"),
    ("red wine", "type:wine", "wine_type,country,grapes,food_pairings,abv[12,13,14]", "relevance"),
    ("shirt", "gender:men;season:summer,fall;year:2011..2013",
     "gender,season,year[2010,2012,2014],garment_type,color,usage,type,category", "relevance"),
    ("", "garment_type:Watches;color:black,silver", "color,garment_type,gender", "-year"),
    ("nav* shirt", "color:navy blue;usage:casual", "color,usage,season", "relevance"),
    ('"cabernet sauvignon" chile', "type:wine", "country,region", "relevance"),
    ("", "price_minor:100..<500", "price_minor[200,300],type", "-price"),
    ("bag", "category:accessories;gender:women", "category,gender,brand", "year"),
)  # fmt: skip


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    types = built_in_types()
    chance = random.Random(1)
    return [
        document_of(_listed(each.product), types[each.product.type], _somewhere(chance))
        for name in FILES
        for each in real_products(name)
    ]


def _listed(product: Product) -> ListedProduct:
    said = {
        field: value
        for field in Product.__struct_fields__
        if (value := getattr(product, field)) is not msgspec.UNSET
    }
    return ListedProduct(**said, version=1, created_at=MOMENT, updated_at=MOMENT)


def _somewhere(chance: random.Random) -> frozenset[str]:
    return frozenset(chance.sample(PLACES, chance.choice((0, 0, 1, 2))))


def _asked(fields, analysis) -> list[Question]:
    stock = [None, None, InStock(("berlin", "porto")), InStock(None)]
    return [
        Question(
            said=said_in(text, analysis, {}, unfinished=False),
            wanted=filters_of(filters, fields),
            facets=facets_of(facets, fields),
            in_stock=stock[number % len(stock)],
            order=order,
            values_limit=500,
            limit=30,
        )
        for number, (text, filters, facets, order) in enumerate(QUESTIONS)
    ]


def _fill(engine, documents) -> None:
    for start in range(0, len(documents), AT_ONCE):
        engine.put(documents[start:][:AT_ONCE])
    engine.commit()


@pytest.mark.slow
def test_all_real_products_are_found_and_counted_rightly_after_edits_and_a_rebuild(
    documents, analysis
):
    assert len(documents) > 49_000
    fields = fields_of(built_in_types().values())
    questions = _asked(fields, analysis)
    engine, oracle = TantivyEngine(fields, analysis), BruteForce(fields, analysis)
    for each in (engine, oracle):
        _fill(each, documents)
    assert as_plain(engine.find(questions[0])) == as_plain(oracle.find(questions[0]))

    chance = random.Random(2)
    edited = [_as_another(*chance.sample(documents, 2)) for _ in range(2000)]
    dropped = [each.id for each in chance.sample(documents, 2000)]
    for each in (engine, oracle):
        each.drop(dropped)
        each.put(edited)
        each.commit()
    expected = [oracle.find(question) for question in questions]
    assert sum(each.total > 0 for each in expected) >= len(questions) - 1
    anew = TantivyEngine(fields, analysis)
    with ThreadPoolExecutor(1) as beside:
        rebuilding = beside.submit(_fill, anew, list(oracle.documents()))
        asked = 0
        while not rebuilding.done() or asked < len(questions):
            question, known = questions[asked % len(questions)], expected[asked % len(questions)]
            assert as_plain(engine.find(question)) == as_plain(known), question
            asked += 1
        rebuilding.result()
    for question, known in zip(questions, expected, strict=True):
        assert as_plain(anew.find(question)) == as_plain(known), question
    for each in (engine, anew):
        each.close()


def _as_another(one: Document, other: Document) -> Document:
    """A product that is described, and can be had, as another one is."""
    card = msgspec.structs.replace(other.card, id=one.id, version=2)
    return msgspec.structs.replace(other, card=card, tie=one.tie)
