"""Every engine finds, orders and counts what looking at every product does."""

import random
from collections.abc import Callable

import msgspec
import pytest
from brute_force import BruteForce, as_plain
from stones import GOES_LIVE_AT, ORIGINS, WORDS, random_stone

from rackhouse.search.analysis import Analysis
from rackhouse.search.engine import Engine, InStock, Question
from rackhouse.search.rules.fields import Fields
from rackhouse.search.rules.filters import facets_of, filters_of
from rackhouse.search.rules.words import said_in, synonyms_in

FILTERS = (
    "type:stone", "type:stone,coat", "stage:live",
    "stage:draft,archived", "brand:Topaz", 'brand:"Ruby & Sons",Ægir', "category:gems/raw",
    "tag:gift,new", "currency:EUR", "price_minor:900..1000", "price_minor:..<1000", "origin:Burma",
    f'origin:"{ORIGINS[-1]}",Åland', "colors:red", 'colors:"deep green",gold', "weight:0..2.5",
    "weight:-3,7", "weight:-0.5..<1", "weight:2.5..", "years:1990..1993", "years:1991",
    "cut:round,fine", "rare:true", "rare:false,true", "found_on:2015-01-01..2020-12-31",
    "found_on:2020-01-11..", "release_date:2020-01-01", "attributes.price:low",
)  # fmt: skip
FACETS = (
    "type", "stage", "brand", "category", "tag", "currency", "price_minor",
    "price_minor[900,1000,2000]",
    "origin", "colors", "weight", "weight[0,1,2.5]", "years", "years[1992,1995]", "cut", "rare",
    "found_on", "found_on[2015-01-01,2020-01-01]", "release_date", "attributes.price",
)  # fmt: skip
QUERIES = (
    "", "ruby", "rivers", "polish", "the ruby", "chateau", "strasse", "smok*", "cryst", "moutain",
    "rivr blue", "blue green", '"blue green"', '"river blue" jade', "gemstone", "12", "S-7-0",
    "jdae", "topas", "goldne", "zzzzzz", "ruby sons", "deep gre", "red", "the",
)  # fmt: skip
ORDERS = ("relevance", "price", "-price", "newest", "weight", "-weight", "cut", "-rare", "found_on")
MOMENTS = tuple(GOES_LIVE_AT.timestamp() + seconds for seconds in (-0.001, 0.0, 86_399, 86_400))
SYNONYMS = [["gemstone", "crystal", "deep green"], ["red", "ruby"]]


@pytest.fixture
def ask(stone_fields: Fields, analysis: Analysis) -> Callable[..., Question]:
    """Makes questions as they are typed."""
    synonyms = synonyms_in(SYNONYMS, analysis)

    def made(text: str = "", *, filters: str = "", facets: str = "", **more: object) -> Question:
        return Question(
            said=said_in(text, analysis, synonyms, unfinished=False),
            wanted=filters_of(filters, stone_fields),
            facets=facets_of(facets, stone_fields),
            **more,
        )

    return made


def random_question(chance: random.Random, ask: Callable[..., Question]) -> Question:
    text = chance.choice(QUERIES + WORDS) if chance.random() < 0.7 else ""
    filters = {each.partition(":")[0]: each for each in chance.choices(FILTERS, k=3)}
    some = list(filters.values())[: chance.randint(0, 3)]
    facets = {each.partition("[")[0]: each for each in chance.sample(FACETS, 5)}
    stock = chance.choice([None, None, InStock(None), InStock(("berlin", "pos-3")), InStock(())])
    if stock is not None and chance.random() < 0.5:
        ids = [f"stone-{number}" for number in chance.sample(range(150), 12)]
        stock = msgspec.structs.replace(stock, come=frozenset(ids[:6]), gone=frozenset(ids[6:]))
    return ask(
        text,
        filters=";".join(some),
        facets=",".join(facets.values()),
        in_stock=stock,
        order=chance.choice(ORDERS),
        limit=chance.choice([0, 1, 3, 7, 50]),
        counted=chance.random() < 0.9,
        ids=chance.choice([None, None, None, frozenset(f"stone-{n}" for n in range(0, 90, 2))]),
        only=chance.choice([None, None, None, "brand", "labels", "name"]),
        shown_at=chance.choice([None, *MOMENTS]),
    )


@pytest.mark.parametrize("seed", range(3))
def test_an_engine_answers_as_looking_at_everything_does(
    seed: int,
    engine: Engine,
    ask: Callable[..., Question],
    stone_fields: Fields,
    analysis: Analysis,
) -> None:
    chance = random.Random(seed)
    oracle = BruteForce(stone_fields, analysis)
    numbers = iter(range(10_000))
    for _ in range(3):
        new = [random_stone(chance, next(numbers)) for _ in range(chance.randint(5, 60))]
        changed = [random_stone(chance, chance.randrange(60)) for _ in range(8)]
        dropped = [f"stone-{chance.randrange(80)}" for _ in range(6)]
        for each in (engine, oracle):
            each.put(new)
            each.drop(dropped)
            each.put(changed)
            each.commit()
        for _ in range(15):
            question = random_question(chance, ask)
            answers = engine.find(question), oracle.find(question)
            assert as_plain(answers[0]) == as_plain(answers[1]), question
            last_resort = answers[1].last_resort
            ties = [sorted(each.ties(question, last_resort)) for each in (engine, oracle)]
            assert ties[0] == ties[1], question


@pytest.mark.parametrize("order", ORDERS)
def test_pages_end_to_end_are_the_whole_list(
    order: str,
    engine: Engine,
    ask: Callable[..., Question],
    stone_fields: Fields,
    analysis: Analysis,
) -> None:
    chance = random.Random(order)
    stones = [random_stone(chance, number) for number in range(120)]
    oracle = BruteForce(stone_fields, analysis)
    for each in (engine, oracle):
        each.put(stones)
        each.commit()
    text = "blue" if order == "relevance" else ""
    whole = [hit.card.id for hit in oracle.find(ask(text, order=order, limit=1000)).hits]
    listed: list[str] = []
    after = None
    while True:
        page = engine.find(ask(text, order=order, after=after, limit=7))
        assert page.total == len(whole)
        listed += [hit.card.id for hit in page.hits]
        if not page.more:
            break
        after = page.hits[-1].place
    assert listed == whole


def test_what_is_put_is_found_after_the_commit_and_not_before(
    engine: Engine, ask: Callable[..., Question]
) -> None:
    amber = random_stone(random.Random(1), 1)
    engine.put([amber])
    assert engine.find(ask()).total == 0
    engine.commit()
    assert engine.find(ask()).total == 1
    engine.drop([amber.id])
    assert engine.find(ask()).total == 1
    engine.commit()
    assert engine.find(ask()).total == 0


def test_of_ids_to_look_among_no_others_are_found_or_counted(
    engine: Engine, ask: Callable[..., Question], stone_fields: Fields, analysis: Analysis
) -> None:
    chance = random.Random(7)
    stones = [random_stone(chance, number) for number in range(80)]
    oracle = BruteForce(stone_fields, analysis)
    for each in (engine, oracle):
        each.put(stones)
        each.commit()
    for few in ((), ("stone-3",), [f"stone-{number}" for number in range(20, 60)], ("nothing",)):
        for text in ("", "blue", "moutain", "zzzzzz"):
            asked = ask(text, facets="type,brand", filters="brand:Topaz,Ægir", limit=7)
            question = msgspec.structs.replace(asked, ids=frozenset(few))
            assert as_plain(engine.find(question)) == as_plain(oracle.find(question)), question
