"""The measure of search quality, and a sample of it on real wines."""

import datetime

import msgspec
from benchmarks.judged.judging import Query, grades_of, judged_queries, ndcg
from benchmarks.judged.rankings import bm25_over_names, this_search

from rackhouse.catalog import ListedProduct, Product
from real_catalog import real_products

MOMENT = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
KINDS = {
    "plural", "typo", "color", "grape and food", "country and type", "brand and article",
    "said otherwise",
}  # fmt: skip


def a_shirt(product_id: str, **attributes: object) -> ListedProduct:
    return ListedProduct(
        id=product_id,
        type="apparel",
        name="Arrow Shirt",
        attributes={"garment_type": "Shirts", **attributes},
        version=1,
        created_at=MOMENT,
        updated_at=MOMENT,
    )


def a_query(must: dict, also: dict | None = None) -> Query:
    return Query("shirt", "color", False, must, also or {})


def test_grades_follow_from_attributes():
    shirts = [
        a_shirt("red-men", color="Red", gender="men"),
        a_shirt("red", color="red"),
        a_shirt("blue", color=["blue", "white"]),
        a_shirt("hat", garment_type="Hats", color="red"),
    ]
    must, also = {"garment_type": ["shirts"]}, {"color": ["red", "white"], "gender": ["men"]}
    assert grades_of(a_query(must, also), shirts) == {"red-men": 3, "red": 2, "blue": 2}
    also |= {"season": ["summer"]}
    assert grades_of(a_query(must, also), shirts) == {"red-men": 2, "red": 1, "blue": 1}
    assert grades_of(a_query({"name_begins": ["arrow"], "type": ["wine"]}), shirts) == {}
    assert len(grades_of(a_query({"name_begins": ["arrow"]}), shirts)) == 4


def test_the_gain_of_ten_products_is_a_share_of_the_most_there_could_be():
    grades = {"a": 3, "b": 3, "c": 1}
    assert ndcg(["a", "b", "c"], grades) == ndcg(["b", "a", "c"], grades) == 1
    assert ndcg(["x", "y"], grades) == 0
    assert 0 < ndcg(["c", "x", "a"], grades) < ndcg(["a", "x", "c"], grades) < 1
    assert ndcg([*(f"x-{number}" for number in range(10)), "a"], grades) == 0


def test_there_are_enough_queries_of_each_kind_and_half_of_each_is_held_out():
    asked = judged_queries()
    assert len({each.text for each in asked}) == len(asked) >= 60
    assert {each.kind for each in asked} == KINDS
    for kind in KINDS:
        halves = [each.held_out for each in asked if each.kind == kind]
        assert abs(sum(halves) * 2 - len(halves)) <= 1


def test_search_answers_queries_of_real_wines_better_than_names_alone_would():
    wines = [_listed(each.product) for each in real_products("x-wines")]
    asked = [each for each in judged_queries() if _is_of_wine(each)]
    grades = {each.text: grades_of(each, wines) for each in asked}
    assert len(asked) > 20
    assert all(grades.values())
    search, names = (
        sum(ndcg(rank(each.text), grades[each.text]) for each in asked) / len(asked)
        for rank in (this_search(wines), bm25_over_names(wines))
    )
    assert search > 0.85
    assert search > names + 0.2


def _is_of_wine(query: Query) -> bool:
    return bool({"grapes", "wine_type"} & query.must.keys()) or query.must.get("type") == ["wine"]


def _listed(product: Product) -> ListedProduct:
    said = {
        field: value
        for field in Product.__struct_fields__
        if (value := getattr(product, field)) is not msgspec.UNSET
    }
    return ListedProduct(**said, version=1, created_at=MOMENT, updated_at=MOMENT)
