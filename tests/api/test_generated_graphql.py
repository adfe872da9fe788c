"""Generated questions: whatever the schema allows is answered or refused, never a fault."""

import os

import httpx
import pytest
from graphql_questions import answered, problem_types
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis_graphql import queries

from houses import shop_in
from rackhouse.api.graphql import schema_text
from rackhouse.platform.context import Context

EXAMPLES = int(os.environ.get("RACKHOUSE_GRAPHQL_EXAMPLES", "150"))


def questions() -> list[str]:
    """Questions of every kind that the schema allows, the same ones each time."""
    found: list[str] = []

    @seed(20260501)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(queries(schema_text()))
    def note(query: str) -> None:
        found.append(query)

    note()
    return found


@pytest.mark.timeout(900)
async def test_generated_questions_meet_no_fault(api: httpx.AsyncClient, context: Context) -> None:
    await shop_in(context, units=5)
    asked = questions()
    assert len(set(asked)) > EXAMPLES // 2
    told = [(query, await answered(api, query)) for query in asked]
    assert [query for query, each in told if "unforeseen-fault" in problem_types(each)] == []
    assert [query for query, each in told if "document-invalid" in problem_types(each)] == []
    assert any(each.get("data") for _, each in told)
