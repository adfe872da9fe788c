"""The real data sets in one catalog: found and counted as looking at every product does."""

import datetime
import os
import random
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from brute_force import BruteForce, as_plain

from rackhouse.catalog import (
    ListedProduct,
    Product,
    built_in_types,
    drafts,
    load_mapping,
    products_of,
    read_rows,
)
from rackhouse.search.analysis import Analysis
from rackhouse.search.engine import Question, TantivyEngine
from rackhouse.search.rules.documents import Document, document_of
from rackhouse.search.rules.fields import fields_of
from rackhouse.search.rules.filters import facets_of, filters_of
from rackhouse.search.rules.words import said_in

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
SETS = {
    "x-wines.toml": DATA / "wines" / "XWines_Slim_1K_wines.csv.gz",
    "fashion.toml": DATA / "fashion" / "styles.csv.gz",
    "online-retail.toml": DATA / "online_retail" / "online_retail.csv.gz",
}
ROWS = 5000
OF_EACH = 350
QUESTIONS = (
    ("", "", "type,brand,category,country,color,gender", "newest"),
    ("red wine", "type:wine", "wine_type,country,grapes,food_pairings,abv[12,13,14]", "relevance"),
    ("shirt", "gender:men", "gender,garment_type,season,usage,year", "relevance"),
    ("bag", "", "type,category,price_minor[100,500,2500]", "price"),
    ("cabernet", "country:France,Italy;abv:12..14", "country,body,acidity,non_vintage", "-abv"),
    ("christmas", "type:goods", "type", "relevance"),
    ("chardonay", "", "type,grapes", "relevance"),
    ("nav* shirt", "", "color,brand", "relevance"),
)


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    if not DATA.exists():
        told = f"the real data sets are not beside the project, at {DATA}"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    types = built_in_types()
    found: list[Document] = []
    for mapping_file, path in SETS.items():
        mapping = load_mapping(ROOT / "examples" / mapping_file)
        products: list[Product] = []
        for each in products_of(drafts(islice(read_rows(path, mapping), ROWS), mapping), types):
            if hasattr(each, "product"):
                products.append(each.product)
            if len(products) == OF_EACH:
                break
        moment = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
        for product in products:
            said = {
                field: value
                for field in Product.__struct_fields__
                if (value := getattr(product, field)) is not msgspec.UNSET
            }
            listed = ListedProduct(**said, version=1, created_at=moment, updated_at=moment)
            found.append(document_of(listed, types[product.type], frozenset()))
    return found


def test_real_products_are_found_and_counted_rightly(documents):
    fields = fields_of(built_in_types().values())
    analysis = Analysis("english")
    engines = TantivyEngine(fields, analysis), BruteForce(fields, analysis)
    chance = random.Random(1)
    chance.shuffle(documents)
    for engine in engines:
        engine.put(documents)
        engine.drop(each.id for each in documents[::9])
        engine.commit()
    found = []
    for text, filters, facets, order in QUESTIONS:
        question = Question(
            said=said_in(text, analysis, {}, unfinished=False),
            wanted=filters_of(filters, fields),
            facets=facets_of(facets, fields),
            order=order,
            values_limit=500,
        )
        tantivy, oracle = (engine.find(question) for engine in engines)
        assert as_plain(tantivy) == as_plain(oracle), question
        found.append(tantivy.total)
    engines[0].close()
    assert all(found), msgspec.json.encode(found)
