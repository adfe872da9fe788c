"""Judging what is said of a collection: by what there is in the catalog, and by its types."""

import datetime

import msgspec

from rackhouse.catalog import listed_products
from rackhouse.channels import ChannelNotFound, locations_assigned_to
from rackhouse.curation.errors import InvalidCollection
from rackhouse.curation.rules.collections import (
    Collection,
    CollectionRule,
    CollectionState,
    CollectionTerms,
    problems_of_terms,
)
from rackhouse.curation.rules.windows import CLOSED, OPEN, phase_at
from rackhouse.curation.store import StoredCollection
from rackhouse.platform.context import Context
from rackhouse.platform.errors import FieldProblem, Invalid
from rackhouse.search import Search, refuse_unreadable_search

__all__ = ["own_context", "problem_of_rule", "refuse_unfit_terms", "search_of", "state_of"]


async def refuse_unfit_terms(context: Context, terms: CollectionTerms) -> None:
    """Refuse with `InvalidCollection` terms that name what there is not, contradict themselves, or
    have a rule that can not be read; with every problem at once."""
    ids = [*terms.members, *terms.excluded]
    products = await listed_products(context=context, product_ids=ids)
    channels = {each for each in terms.channels if await _is_channel(context, each)}
    problems = problems_of_terms(terms, products, channels)
    if terms.rule is not None:
        problem = await problem_of_rule(context, terms.rule)
        problems += [problem] if problem else []
    if problems:
        raise InvalidCollection(tuple(problems))


async def problem_of_rule(
    context: Context, rule: CollectionRule, path: str = "rule"
) -> FieldProblem | None:
    """Why a rule can not be read as the product types are now, if that is so."""
    try:
        await refuse_unreadable_search(context=own_context(context), search=search_of(rule))
    except Invalid as refusal:
        field, _, problem = str(refusal).partition(": ")
        return FieldProblem(f"{path}.{field}", problem)
    return None


async def state_of(
    context: Context, stored: StoredCollection, now: datetime.datetime
) -> Collection:
    """A collection as it is at a time."""
    terms = stored.terms
    problem = await problem_of_rule(context, terms.rule) if terms.rule else None
    phase = phase_at(terms.starts_at, terms.ends_at, now)
    states: dict[str, CollectionState] = {OPEN: "open", CLOSED: "closed"}
    return Collection(
        **{field: getattr(terms, field) for field in CollectionTerms.__struct_fields__},
        id=stored.id,
        state="broken" if problem else states.get(phase, "scheduled"),
        reason=f"{problem.field}: {problem.problem}" if problem else None,
        version=stored.version,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


def search_of(rule: CollectionRule) -> Search:
    """What a rule looks for, as a search."""
    return Search(
        q=rule.q, filter=rule.filter, sort=rule.sort, available=rule.available, limit=rule.limit
    )


def own_context(context: Context) -> Context:
    """The context of what curation looks up itself for a request: what belongs to a collection does
    not depend on who asks."""
    own = Context.of_service(
        context.house, "curation", frozenset({"catalog:read", "inventory:read"})
    )
    return msgspec.structs.replace(
        own, deadline=context.deadline, correlation_id=context.correlation_id
    )


async def _is_channel(context: Context, channel: str) -> bool:
    try:
        await locations_assigned_to(house=context.house, channel=channel)
    except ChannelNotFound:
        return False
    return True
