"""GraphQL over HTTP: one POST, one answer (the GraphQL over HTTP specification)."""

from typing import Any

import msgspec

from rackhouse.api.graphql.asking import Asking
from rackhouse.api.graphql.errors import (
    DocumentInvalid,
    QueryTooCostly,
    QueryTooDeep,
    SubscriptionNeedsSocket,
    TooManyAliases,
    TooManyTokens,
)
from rackhouse.api.graphql.executing import (
    GraphqlBody,
    answer,
    answer_text,
    is_subscription,
    read_question,
    refused,
)
from rackhouse.platform.errors import Refusal
from rackhouse.platform.house import House
from rackhouse.platform.http import Answer, Call, Endpoint

__all__ = ["GRAPHQL_PATH", "PERMISSION", "graphql_endpoint", "is_served"]

GRAPHQL_PATH = "/graphql"
PERMISSION = "catalog:read"
RESPONSE_MEDIA_TYPE = b"application/graphql-response+json"
ASKED_MODULES = frozenset({"catalog", "channels", "inventory", "orders", "feeds"})


class GraphqlProblem(msgspec.Struct, frozen=True):
    """Why a field, or all of it, has no answer; `extensions` is the problem document."""

    message: str
    extensions: dict[str, Any]
    path: list[str | int] | None = None
    locations: list[dict[str, int]] | None = None


class GraphqlAnswer(msgspec.Struct, frozen=True):
    """What was asked for, and the problems."""

    data: dict[str, Any] | None = None
    errors: list[GraphqlProblem] | None = None


def is_served(house: House) -> bool:
    """Whether a house has all the modules that GraphQL asks."""
    return {module.name for module in house.modules} >= ASKED_MODULES


async def post_graphql(call: Call) -> Answer:
    """Answers 200 also where `errors` says what is wrong with the question, as
    `application/json` is to. Who accepts `application/graphql-response+json` gets 400 then.
    Each field needs the permission that its path in this API needs."""
    accepted = RESPONSE_MEDIA_TYPE in call.headers.get(b"accept", b"")
    media_type = RESPONSE_MEDIA_TYPE if accepted else b"application/json"
    try:
        question = read_question(call.body, call.context.house.settings)
        if is_subscription(question):
            raise SubscriptionNeedsSocket()
    except Refusal as refusal:
        return Answer(400 if accepted else 200, answer_text(refused(refusal)), (), media_type)
    shown = await answer(question, Asking(call.context))
    return Answer(200, answer_text(shown), (), media_type)


def graphql_endpoint() -> Endpoint:
    """The one path of GraphQL."""
    return Endpoint(
        method="POST",
        path=GRAPHQL_PATH,
        handler=post_graphql,
        permission=PERMISSION,
        summary="Catalog, stock, holds and orders in one nested question",
        body=GraphqlBody,
        only_reads=True,
        answers={200: GraphqlAnswer},
        refusals=(
            DocumentInvalid,
            TooManyTokens,
            QueryTooDeep,
            TooManyAliases,
            QueryTooCostly,
            SubscriptionNeedsSocket,
        ),
    )
