"""What is compared: this search, plain BM25 over names, and PostgreSQL's full text."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import psycopg

from benchmarks.judged.judging import CUTOFF
from rackhouse.catalog import ListedProduct, built_in_types
from rackhouse.platform.settings import Settings
from rackhouse.search.analysis import Analysis
from rackhouse.search.engine import Question, TantivyEngine
from rackhouse.search.finding import with_fewer_words
from rackhouse.search.rules.documents import document_of
from rackhouse.search.rules.fields import fields_of
from rackhouse.search.rules.words import said_in
from rackhouse.search.synonyms import known_synonyms

__all__ = ["Ranking", "bm25_over_names", "full_text_of_postgresql", "this_search"]

Ranking = Callable[[str], list[str]]
"""The ids of the products that come first for a query."""

SATURATION, LENGTH_SHARE = 1.2, 0.75
AT_ONCE = 1000


def this_search(products: Sequence[ListedProduct]) -> Ranking:
    """The search of Rackhouse, with its settings as they come."""
    types = built_in_types()
    analysis = Analysis("english")
    synonyms = known_synonyms(Settings(), analysis)
    engine = TantivyEngine(fields_of(types.values()), analysis)
    for start in range(0, len(products), AT_ONCE):
        batch = products[start:][:AT_ONCE]
        engine.put([document_of(each, types[each.type], frozenset()) for each in batch])
    engine.commit()

    def rank(text: str) -> list[str]:
        said = said_in(text, analysis, synonyms, unfinished=False)
        asked, _ = with_fewer_words(engine, Question(said=said, limit=CUTOFF))
        found = engine.find(asked)
        return [hit.card.id for hit in found.hits]

    return rank


def bm25_over_names(products: Sequence[ListedProduct]) -> Ranking:
    """BM25 (Robertson and Zaragoza 2009) over names alone: words in small letters, as they are,
    any of which may be there."""
    names = [_words(each.name) for each in products]
    average = sum(map(len, names)) / len(names)
    having: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, words in enumerate(names):
        for word, times in Counter(words).items():
            having[word].append((number, times))

    def rank(text: str) -> list[str]:
        scores: dict[int, float] = defaultdict(float)
        for word in _words(text):
            rarity = math.log(
                1 + (len(names) - len(having[word]) + 0.5) / (len(having[word]) + 0.5)
            )
            for number, times in having[word]:
                length = 1 - LENGTH_SHARE + LENGTH_SHARE * len(names[number]) / average
                scores[number] += rarity * times * (SATURATION + 1) / (times + SATURATION * length)
        best = sorted(scores, key=lambda number: (-scores[number], products[number].id))
        return [products[number].id for number in best[:CUTOFF]]

    return rank


def full_text_of_postgresql(products: Sequence[ListedProduct], url: str) -> Ranking:
    """PostgreSQL's full text over the same texts: names weigh most, then the brand, then
    attributes and categories; ranked by `ts_rank`."""
    types = built_in_types()
    database = psycopg.connect(url, autocommit=True)
    database.execute(
        "create temporary table judged (id text, a text, b text, c text, words tsvector)"
    )
    with database.cursor().copy("copy judged (id, a, b, c) from stdin") as copy:
        for each in products:
            texts = document_of(each, types[each.type], frozenset()).texts
            rest = " ".join((*texts["facts"], *texts["labels"], *texts["prose"]))
            copy.write_row((each.id, each.name, each.brand or "", rest))
    database.execute(
        "update judged set words = setweight(to_tsvector('english', a), 'A')"
        " || setweight(to_tsvector('english', b), 'B') || setweight(to_tsvector('english', c), 'C')"
    )
    database.execute("create index on judged using gin (words)")

    def rank(text: str) -> list[str]:
        rows = database.execute(
            "select id from judged, websearch_to_tsquery('english', %s) as asked"
            " where words @@ asked order by ts_rank(words, asked) desc, id limit %s",
            [text, CUTOFF],
        )
        return [str(row[0]) for row in rows]

    return rank


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
