"""How large a question is: rules without a server."""

from typing import Any

import pytest
from graphql import get_operation_ast, parse

from rackhouse.api.graphql.errors import QueryTooCostly, QueryTooDeep, TooManyAliases
from rackhouse.api.graphql.limits import LIST_ASSUMED, Measure, measure_of, refuse_beyond
from rackhouse.api.graphql.schema import SCHEMA
from rackhouse.platform.settings import Settings


def measured(query: str, **variables: Any) -> Measure:
    document = parse(query)
    operation = get_operation_ast(document)
    assert operation is not None
    return measure_of(SCHEMA, document, operation, variables)


@pytest.mark.parametrize(
    ("query", "measure"),
    [
        ("{ __typename }", Measure(1, 0, 0)),
        ("{ __schema { types { name } } }", Measure(1, 0, 0)),
        ('{ product(id: "x") { id name } }', Measure(2, 0, 1)),
        ('{ a: product(id: "x") { b: id } }', Measure(2, 2, 1)),
        ("{ products(first: 3) { nodes { id } } }", Measure(3, 0, 3 * 2)),
        ("{ products(first: 3) { edges { node { id } } } }", Measure(4, 0, 3 * 3)),
        ("{ products { nodes { id } } }", Measure(3, 0, 20 * 2)),
        (
            "{ products(first: 2) { nodes { media { url } } } }",
            Measure(4, 0, 2 * (2 + LIST_ASSUMED)),
        ),
        ("query ($n: Int! = 4) { products(first: $n) { nodes { id } } }", Measure(3, 0, 8)),
        (
            "{ products(first: 2) { ...A } } fragment A on ProductConnection { nodes { x: id } }",
            Measure(3, 1, 4),
        ),
        ("{ products(first: 2) { ... on ProductConnection { nodes { id } } } }", Measure(3, 0, 4)),
    ],
)
def test_a_question_is_as_large_as_what_it_may_answer(query: str, measure: Measure) -> None:
    assert measured(query) == measure


def test_a_variable_counts_as_what_it_says_and_nonsense_as_the_most() -> None:
    query = "query ($n: Int!) { products(first: $n) { nodes { id } } }"
    assert measured(query, n=7).cost == 14
    assert measured(query, n="many").cost == measured(query, n=10**9).cost == 400
    assert measured(query, n=-5).cost == 0


@pytest.mark.parametrize(
    ("measure", "refusal"),
    [
        (Measure(depth=16), QueryTooDeep),
        (Measure(aliases=31), TooManyAliases),
        (Measure(cost=10_001), QueryTooCostly),
    ],
)
def test_what_is_beyond_a_limit_is_refused(measure: Measure, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        refuse_beyond(measure, Settings())


def test_what_reaches_the_limits_is_answered() -> None:
    refuse_beyond(Measure(15, 30, 10_000), Settings())
