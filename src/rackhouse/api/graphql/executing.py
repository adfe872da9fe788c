"""Carrying a question out: read it, check it against the schema and the limits, answer it."""

from collections.abc import AsyncGenerator, Mapping
from inspect import isawaitable
from typing import Any

import msgspec
import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute,
    get_operation_ast,
    parse,
    subscribe,
    validate,
)

from rackhouse.api.graphql.asking import Asking
from rackhouse.api.graphql.errors import DocumentInvalid, QueryTooDeep, TooManyTokens
from rackhouse.api.graphql.limits import measure_of, refuse_beyond
from rackhouse.api.graphql.schema import SCHEMA
from rackhouse.api.served import UnforeseenFault
from rackhouse.platform.errors import MalformedRequest, Refusal
from rackhouse.platform.http import problem
from rackhouse.platform.settings import Settings
from rackhouse.platform.telemetry import FAULTS, REFUSALS

__all__ = [
    "GraphqlBody",
    "Question",
    "answer",
    "answer_text",
    "is_subscription",
    "read_question",
    "refused",
    "stream_of",
]

PROBLEMS_SHOWN = 10

_log = structlog.get_logger(__name__)


class GraphqlBody(msgspec.Struct, frozen=True, kw_only=True):
    """A question, as the GraphQL over HTTP specification writes it down."""

    query: str
    operation_name: str | None = msgspec.field(default=None, name="operationName")
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class Question(msgspec.Struct, frozen=True):
    """A question that was read, checked and found within the limits."""

    document: DocumentNode
    operation: OperationDefinitionNode
    name: str | None
    variables: Mapping[str, Any]


def read_question(body: GraphqlBody, settings: Settings) -> Question:
    """Read a question; refuses with `DocumentInvalid`, `TooManyTokens`, and as `refuse_beyond`."""
    variables = body.variables or {}
    try:
        document = _parsed(body.query, settings.graphql_token_limit)
        found = validate(SCHEMA, document, max_errors=PROBLEMS_SHOWN)
        if found:
            raise DocumentInvalid(problem="; ".join(each.message for each in found))
        operation = get_operation_ast(document, body.operation_name)
        if operation is None:
            raise DocumentInvalid(problem="name one of its operations as operationName")
        _refuse_unstorable(body.query, variables)
        refuse_beyond(measure_of(SCHEMA, document, operation, variables), settings)
    except RecursionError as error:
        limit = settings.graphql_depth_limit
        raise QueryTooDeep(depth=settings.graphql_token_limit // 2, limit=limit) from error
    return Question(document, operation, body.operation_name, variables)


def is_subscription(question: Question) -> bool:
    """Whether it asks for what will happen."""
    return question.operation.operation.value == "subscription"


async def answer(question: Question, asking: Asking) -> dict[str, Any]:
    """The answer to a question, with the problems of those fields that have none."""
    result: Any = execute(
        SCHEMA,
        question.document,
        context_value=asking,
        variable_values=dict(question.variables),
        operation_name=question.name,
    )
    if isawaitable(result):
        result = await result
    return _shown(result, asking)


async def stream_of(question: Question, asking: Asking) -> AsyncGenerator[dict[str, Any], None]:
    """One answer after the other to a subscription."""
    result: Any = subscribe(
        SCHEMA,
        question.document,
        context_value=asking,
        variable_values=dict(question.variables),
        operation_name=question.name,
    )
    if isawaitable(result):
        result = await result
    if isinstance(result, ExecutionResult):
        yield _shown(result, asking)
        return
    try:
        async for each in result:
            yield _shown(each, asking)
    finally:
        await result.aclose()


def refused(refusal: Refusal) -> dict[str, Any]:
    """The answer to a question that is refused as a whole."""
    REFUSALS.labels(refusal.type_name()).inc()
    return {"errors": [{"message": str(refusal), "extensions": problem(refusal)}]}


def answer_text(shown: Mapping[str, Any]) -> str:
    """An answer as JSON text."""
    return msgspec.json.encode(shown).decode()


def _parsed(query: str, limit: int) -> DocumentNode:
    try:
        return parse(query, max_tokens=limit, no_location=False)
    except GraphQLSyntaxError as error:
        if "too many tokens" in error.message.lower() or f"{limit} tokens" in error.message:
            raise TooManyTokens(limit=limit) from error
        raise DocumentInvalid(problem=_placed(error)) from error


def _refuse_unstorable(query: str, variables: Mapping[str, Any]) -> None:
    """Refuse what the database could not even be asked about."""
    for name, text in (("query", query), ("variables", answer_text(variables))):
        if "\0" in text or "\\u0000" in text or "\\u{0" in text:
            raise MalformedRequest(field=name, problem="holds U+0000; nothing is called so")


def _placed(error: GraphQLError) -> str:
    at = error.locations[0] if error.locations else None
    return f"{error.message} (line {at.line}, column {at.column})" if at else error.message


def _shown(result: ExecutionResult, asking: Asking) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if result.errors:
        shown["errors"] = [_error(each, asking) for each in result.errors]
    shown["data"] = result.data
    return shown


def _error(error: GraphQLError, asking: Asking) -> dict[str, Any]:
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if cause is None:
        cause = DocumentInvalid(problem=error.message)
    elif not isinstance(cause, Refusal):
        cause = _fault(cause, asking)
    REFUSALS.labels(cause.type_name()).inc()
    shown: dict[str, Any] = {"message": str(cause)}
    if error.locations:
        shown["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        shown["path"] = error.path
    return {**shown, "extensions": problem(cause)}


def _fault(cause: Exception, asking: Asking) -> Refusal:
    correlation_id = asking.context.correlation_id
    _log.error("fault", endpoint="graphql", correlation_id=correlation_id, exc_info=cause)
    FAULTS.inc()
    return UnforeseenFault(correlation_id=correlation_id)
