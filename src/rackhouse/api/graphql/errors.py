"""The refusals of GraphQL requests, beside those of the operations that they reach."""

from dataclasses import dataclass

from rackhouse.platform.errors import Busy, Invalid

__all__ = [
    "DocumentInvalid",
    "OperationsAtLimit",
    "QueryTooCostly",
    "QueryTooDeep",
    "SubscriptionNeedsSocket",
    "TooManyAliases",
    "TooManyTokens",
]


@dataclass(eq=False)
class DocumentInvalid(Invalid):
    """query: {problem}"""

    problem: str


@dataclass(eq=False)
class TooManyTokens(Invalid):
    """query: it has more than {limit} tokens (words and signs), which is the limit. Ask in several
    requests."""

    limit: int


@dataclass(eq=False)
class QueryTooDeep(Invalid):
    """query: its fields are nested {depth} deep, and {limit} is the limit. Ask for the inner part
    by its id in a request of its own."""

    depth: int
    limit: int


@dataclass(eq=False)
class TooManyAliases(Invalid):
    """query: it gives {aliases} aliases, and {limit} is the limit. Ask for many with one field, or
    in several requests."""

    aliases: int
    limit: int


@dataclass(eq=False)
class QueryTooCostly(Invalid):
    """query: it may answer up to {cost} objects, and {limit} is the limit. Give smaller numbers as
    `first`, or nest fewer lists."""

    cost: int
    limit: int


@dataclass(eq=False)
class SubscriptionNeedsSocket(Invalid):
    """query: a subscription is served over a WebSocket at /graphql with the subprotocol
    graphql-transport-ws."""


@dataclass(eq=False)
class OperationsAtLimit(Busy):
    """This connection has {limit} operations under way already, which is the limit. Complete one
    of them first."""

    limit: int
