"""What a collection of products is, and what a draft of one must be."""

import datetime
from collections.abc import Collection as SomeOf
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from rackhouse.platform.errors import FieldProblem

__all__ = [
    "LIMIT_MAX",
    "MEMBERS_MAX",
    "Collection",
    "CollectionRule",
    "CollectionState",
    "CollectionTerms",
    "Handle",
    "Line",
    "Moment",
    "Picture",
    "ProductId",
    "Prose",
    "differing",
    "in_order",
    "place_after",
    "problems_of_terms",
    "window_problems",
]

MEMBERS_MAX = 500
CHANNELS_MAX = 100
LIMIT_MAX = 1000

Handle: TypeAlias = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")]
"""The id of a collection or a curated bundle: small letters, digits, dots, hyphens and
underscores, 64 at most."""

ProductId: TypeAlias = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")]
Line: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=200, pattern="^[^\\x00-\\x1f\\x7f-\\x9f]*$")
]
Prose: TypeAlias = Annotated[
    str, Meta(max_length=5000, pattern="^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$")
]
Moment: TypeAlias = Annotated[datetime.datetime, Meta(tz=True)]

CollectionState: TypeAlias = Literal["scheduled", "open", "closed", "broken"]


class Picture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a collection is shown with. ``alt`` says what is to be seen."""

    url: Annotated[
        str, Meta(max_length=2000, pattern="^(https?://[^\\s/\\x00]+|/[^\\s/\\x00])[^\\s\\x00]*$")
    ]
    alt: Annotated[str, Meta(max_length=500, pattern="^[^\\x00-\\x1f\\x7f-\\x9f]*$")] = ""


class CollectionRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which products belong to a collection by what is said of them, as a search asks for them:
    the first ``limit`` in the order ``sort``."""

    q: Annotated[
        str, Meta(max_length=200, pattern="^[^\\x00]*$", description="Words, as a search has them.")
    ] = ""
    filter: Annotated[
        str,
        Meta(
            max_length=2000,
            pattern="^[^\\x00]*$",
            description="Filters, as a search has them: `type:spirit;abv:46..`.",
        ),
    ] = ""
    sort: Annotated[
        str,
        Meta(max_length=100, pattern="^[^\\x00]*$", description="The order, as a search has it."),
    ] = "relevance"
    available: Annotated[bool, Meta(description="Only what can be had at the moment.")] = False
    limit: Annotated[int, Meta(ge=1, le=LIMIT_MAX, description="Most products to take.")] = 100


class CollectionTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be said of a collection. Its ``members`` come first, in their order; then what the
    rule finds, without the members and without what is ``excluded``. Without channels it is for
    all of them."""

    title: Line
    description: Prose = ""
    image: Picture | None = None
    members: Annotated[
        tuple[ProductId, ...],
        Meta(max_length=MEMBERS_MAX, description="Ids of products by hand, the first in front."),
    ] = ()
    excluded: Annotated[
        tuple[ProductId, ...],
        Meta(max_length=MEMBERS_MAX, description="Ids that the rule does not bring in."),
    ] = ()
    rule: CollectionRule | None = None
    channels: Annotated[
        tuple[Handle, ...], Meta(max_length=CHANNELS_MAX, description="Only for these channels.")
    ] = ()
    starts_at: Annotated[Moment | None, Meta(description="Shown from this moment on.")] = None
    ends_at: Annotated[Moment | None, Meta(description="Not shown any more from this moment.")] = (
        None
    )


class Collection(CollectionTerms, frozen=True, kw_only=True):
    """A collection as it is now. It is ``scheduled`` before its window, ``open`` in it and
    ``closed`` after it; ``broken`` where its rule can not be read any more, with the ``reason``:
    then it has its members alone."""

    id: Handle
    state: CollectionState
    reason: str | None
    version: int
    created_at: datetime.datetime
    updated_at: datetime.datetime

    def terms(self) -> CollectionTerms:
        """What was said of it."""
        return CollectionTerms(
            **{field: getattr(self, field) for field in CollectionTerms.__struct_fields__}
        )


def problems_of_terms(
    terms: CollectionTerms, known_products: SomeOf[str], known_channels: SomeOf[str]
) -> list[FieldProblem]:
    """What is wrong with a collection, apart from its rule: each field with its remedy."""
    problems = [
        *_of_ids("members", terms.members, known_products, "product"),
        *_of_ids("excluded", terms.excluded, known_products, "product"),
        *_of_ids("channels", terms.channels, known_channels, "channel"),
    ]
    members = {each: place for place, each in enumerate(terms.members)}
    problems += [
        FieldProblem(
            f"excluded[{place}]",
            f"{each!r} is a member, too (members[{members[each]}]); leave it in one of both",
        )
        for place, each in enumerate(terms.excluded)
        if each in members
    ]
    if terms.excluded and terms.rule is None:
        remedy = "give a rule, or leave nothing out"
        problems.append(FieldProblem("excluded", f"leaves out what no rule brings in; {remedy}"))
    return [*problems, *window_problems(terms.starts_at, terms.ends_at)]


def window_problems(
    starts_at: datetime.datetime | None, ends_at: datetime.datetime | None
) -> list[FieldProblem]:
    """What is wrong with a window."""
    if starts_at is None or ends_at is None or starts_at < ends_at:
        return []
    fact = f"is not after starts_at ({starts_at.isoformat()})"
    return [FieldProblem("ends_at", f"{fact}; choose a later moment, or leave one of both out")]


def in_order(terms: CollectionTerms, found: Iterable[str]) -> tuple[str, ...]:
    """The ids of a collection's products in its own order: members, then what the rule found, in
    its order, without members and what is excluded, and no more than the rule takes."""
    left_out = {*terms.members, *terms.excluded}
    by_rule = [each for each in found if each not in left_out]
    return (*terms.members, *by_rule[: terms.rule.limit if terms.rule else 0])


def place_after(ids: Sequence[str], place: int, last_id: str) -> int:
    """Where a list goes on after a product that stood at a place: behind it, wherever it is now; or
    at its place, if it is gone."""
    if place < len(ids) and ids[place] == last_id:
        return place + 1
    return ids.index(last_id) + 1 if last_id in ids else min(place, len(ids))


def differing(before: msgspec.Struct, after: msgspec.Struct) -> tuple[str, ...]:
    """The names of the fields in which two say something else."""
    return tuple(
        name for name in before.__struct_fields__ if getattr(before, name) != getattr(after, name)
    )


def _of_ids(
    field: str, ids: Sequence[str], known: SomeOf[str], what: str
) -> Iterable[FieldProblem]:
    seen: dict[str, int] = {}
    for place, each in enumerate(ids):
        path = f"{field}[{place}]"
        if each in seen:
            yield FieldProblem(path, f"{each!r} is {field}[{seen[each]}] already; take one out")
        elif each not in known:
            yield FieldProblem(path, f"there is no {what} {each!r}; add it first, or take it out")
        seen.setdefault(each, place)
