"""Connections: lists of any length, page by page (the GraphQL Cursor Connections Specification)."""

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, NewType, TypeVar, dataclass_transform

import strawberry
from msgspec import Meta

from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import PageQuery, cursor_of

__all__ = [
    "BIG_INT",
    "FIRST_DEFAULT",
    "FIRST_LIMIT",
    "After",
    "BigInt",
    "Connection",
    "Edge",
    "First",
    "NumberKey",
    "PageInfo",
    "TextKey",
    "asked_page",
    "described",
    "field",
    "page_of",
    "subscription",
]

FIRST_LIMIT = 200
FIRST_DEFAULT = 20
CURSOR_LENGTH_LIMIT = 500

TextKey = Annotated[str, Meta(pattern="^[^\\x00]*$")]
"""A text in a cursor; the database could not even be asked about U+0000."""

NumberKey = Annotated[int, Meta(ge=0, le=2**31 - 1)]
"""A number in a cursor."""

Node = TypeVar("Node")
Item = TypeVar("Item")
Described = TypeVar("Described", bound=type)
Resolver = TypeVar("Resolver", bound=Callable[..., Any])

BigInt = NewType("BigInt", int)
BIG_INT = strawberry.scalar(
    name="BigInt",
    description="A whole number of up to 64 bits, as a JSON number: pieces, versions, minor units.",
    serialize=int,
    parse_value=int,
)

First = Annotated[
    int, strawberry.argument(description=f"Most items to answer, 1 to {FIRST_LIMIT}.")
]
After = Annotated[
    str | None, strawberry.argument(description="`endCursor` of the page before, or any `cursor`.")
]


@dataclass_transform(kw_only_default=True)
def described(cls: Described) -> Described:
    """A GraphQL type that is described by the docstring of its class."""
    made: Described = strawberry.type(cls, description=inspect.cleandoc(cls.__doc__ or ""))
    return made


def field(description: str) -> Callable[[Resolver], Resolver]:
    """A field of a type that a method answers."""

    def made(resolver: Resolver) -> Resolver:
        declared: Any = strawberry.field(resolver, description=description)
        return declared  # type: ignore[no-any-return]

    return made


def subscription(description: str) -> Callable[[Resolver], Resolver]:
    """A field whose answers come one after the other."""

    def made(resolver: Resolver) -> Resolver:
        declared: Any = strawberry.subscription(resolver, description=description)
        return declared  # type: ignore[no-any-return]

    return made


@described
class PageInfo:
    """Whether there is more, and where to go on."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@described
class Edge(Generic[Node]):
    """An item of a list, with its place in it."""

    cursor: str
    node: Node


@described
class Connection(Generic[Node]):
    """A page of a list: its items as `nodes`, or with the place of each as `edges`."""

    nodes: list[Node]
    edges: list[Edge[Node]]
    page_info: PageInfo


def asked_page(first: int, after: str | None, keys: Any) -> Any:
    """Where a page begins, as the keys of the item before it; refuses with `MalformedRequest` a
    number out of bounds, and with `CursorUnknown` a cursor of elsewhere."""
    if not 1 <= first <= FIRST_LIMIT:
        problem = f"{first} is out of bounds; use 1 to {FIRST_LIMIT}"
        raise MalformedRequest(field="first", problem=problem)
    if after is not None and len(after) > CURSOR_LENGTH_LIMIT:
        problem = f"longer than the {CURSOR_LENGTH_LIMIT} characters of any cursor"
        raise MalformedRequest(field="after", problem=problem)
    return PageQuery(cursor=after).after(keys)


def page_of(
    found: Sequence[Item],
    first: int,
    after: str | None,
    keys: Callable[[Item], object],
    node: Callable[[Item], Any],
) -> Any:
    """A page of ``first`` from ``first + 1`` items that were asked for."""
    items = found[:first]
    cursors = [cursor_of(keys(each)) for each in items]
    nodes = [node(each) for each in items]
    return Connection(
        nodes=nodes,
        edges=[Edge(cursor=at, node=each) for at, each in zip(cursors, nodes, strict=True)],
        page_info=PageInfo(
            has_next_page=len(found) > first,
            has_previous_page=after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
    )
