"""GraphQL questions that are refused: wrong ones, and those beyond a limit."""

import asyncio

import httpx
import pytest
from graphql_questions import answered, problem_types


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("{ products(first: 0) { nodes { id } } }", "malformed-request"),
        ("{ products(first: 201) { nodes { id } } }", "malformed-request"),
        ('{ products(after: "garbage") { nodes { id } } }', "cursor-unknown"),
        ('{ products(sort: "colour") { nodes { id } } }', "malformed-request"),
        ('{ product(id: "no such") { id } }', "product-not-found"),
        ('{ lot(sku: "no", lot: "such") { lot } }', "lot-not-found"),
        ('{ hold(id: "none") { id } }', "hold-not-found"),
        ('{ product(id: "a\\u0000b") { id } }', "malformed-request"),
        ('{ stock(after: "WyJhXHUwMDAwIiwiYiJd") { nodes { sku } } }', "cursor-unknown"),
        (
            '{ orders(after: "eyJwbGFjZWRfYXQiOiIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsImlkIjoieCJ9") '
            "{ nodes { id } } }",
            "cursor-unknown",
        ),
        ("{ colour }", "document-invalid"),
        ("{ products( }", "document-invalid"),
        ("", "document-invalid"),
        ("query A { __typename } query B { __typename }", "document-invalid"),
        ("query ($x: Int!) { products(first: $x) { nodes { id } } }", "document-invalid"),
        ("subscription { changes { type } }", "subscription-needs-socket"),
        ("{ " + "__typename " * 3000 + "}", "too-many-tokens"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(40)) + " }", "too-many-aliases"),
        (
            "{ products { nodes { variants { product { variants { product { variants { product "
            "{ variants { product { variants { product { variants { product { variants { product"
            "{ id } } } } } } } } } } } } } } } } }",
            "query-too-deep",
        ),
        (
            "{ products(first: 200) { nodes { variants(first: 200) { sku } } } }",
            "query-too-costly",
        ),
        (
            "query { products(first: 200) { ...A } } fragment A on ProductConnection { nodes "
            "{ variants { lots { nodes { sku } } } } }",
            "query-too-costly",
        ),
        ("{" * 900 + "}" * 900, "document-invalid"),
    ],
)
async def test_a_question_that_can_not_be_answered_says_why(
    api: httpx.AsyncClient, query: str, problem: str
) -> None:
    told = await answered(api, query)
    assert problem_types(told)[:1] == [problem]
    assert told["errors"][0]["extensions"]["detail"] == told["errors"][0]["message"]


async def test_what_a_variable_says_counts(api: httpx.AsyncClient) -> None:
    query = "query ($n: Int!) { products(first: $n) { nodes { variants(first: $n) { sku } } } }"
    assert problem_types(await answered(api, query, n=5)) == []
    assert problem_types(await answered(api, query, n=200)) == ["query-too-costly"]


async def test_who_asks_for_it_gets_the_status_of_the_graphql_specification(
    api: httpx.AsyncClient,
) -> None:
    media_type = "application/graphql-response+json"
    headers = {"accept": media_type}
    bad = await api.post("/graphql", json={"query": "{ colour }"}, headers=headers)
    good = await api.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert (bad.status_code, bad.headers["content-type"]) == (400, media_type)
    assert (good.status_code, good.json()) == (200, {"data": {"__typename": "Query"}})


async def test_fragments_in_fragments_are_measured_in_no_time(api: httpx.AsyncClient) -> None:
    chain = "".join(f"fragment F{n} on Product {{ ...F{n + 1} ...F{n + 1} }} " for n in range(60))
    query = "{ products { nodes { ...F0 } } } " + chain + "fragment F60 on Product { a: id b: id }"
    async with asyncio.timeout(20):
        told = await answered(api, query)
    assert problem_types(told) == ["too-many-aliases"]
