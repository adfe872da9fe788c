"""Limits: how deep a question goes, how many aliases it gives and what it may cost. Pure.

What a question costs is the number of objects that it may answer: each object is one, a list with
`first` counts that many times, and any other list `LIST_ASSUMED` times. Each fragment is measured
once, so that fragments in fragments do not take longer than they are long.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_list_type,
)
from graphql.type import GraphQLNonNull

from rackhouse.api.graphql.errors import QueryTooCostly, QueryTooDeep, TooManyAliases
from rackhouse.api.graphql.paging import FIRST_LIMIT
from rackhouse.platform.settings import Settings

__all__ = ["LIST_ASSUMED", "Measure", "measure_of", "refuse_beyond"]

LIST_ASSUMED = 5
PAGE_FIELDS = frozenset({"edges", "nodes"})
"""The lists of a connection, which counts them already."""


class Measure(msgspec.Struct, frozen=True):
    """How large a question is."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0


def refuse_beyond(measure: Measure, settings: Settings) -> None:
    """Refuse with `QueryTooDeep`, `TooManyAliases` and `QueryTooCostly`."""
    if measure.depth > settings.graphql_depth_limit:
        raise QueryTooDeep(depth=measure.depth, limit=settings.graphql_depth_limit)
    if measure.aliases > settings.graphql_alias_limit:
        raise TooManyAliases(aliases=measure.aliases, limit=settings.graphql_alias_limit)
    if measure.cost > settings.graphql_cost_limit:
        raise QueryTooCostly(cost=measure.cost, limit=settings.graphql_cost_limit)


def measure_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Measure:
    """How large an operation of a valid document is. What introspection asks for is not counted:
    it is as large as the schema, and how deep it goes is limited by itself."""
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    root = schema.get_root_type(operation.operation)
    asked = _Asked(schema, fragments, {**_defaults(operation), **variables}, {})
    return asked.measured(operation.selection_set, root)


@dataclass
class _Asked:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    known: dict[str, Measure]

    def measured(self, selections: SelectionSetNode, of: Any) -> Measure:
        depth = aliases = cost = 0
        for each in selections.selections:
            if isinstance(each, FieldNode):
                found = self._field(each, of)
            elif isinstance(each, InlineFragmentNode):
                found = self.measured(each.selection_set, self._type(each.type_condition, of))
            else:
                assert isinstance(each, FragmentSpreadNode)
                found = self._fragment(each.name.value)
            depth = max(depth, found.depth)
            aliases += found.aliases
            cost += found.cost
        return Measure(depth, aliases, cost)

    def _fragment(self, name: str) -> Measure:
        if name not in self.known:
            fragment = self.fragments[name]
            of = self._type(fragment.type_condition, None)
            self.known[name] = self.measured(fragment.selection_set, of)
        return self.known[name]

    def _field(self, asked: FieldNode, of: Any) -> Measure:
        alias = 0 if asked.alias is None else 1
        field: GraphQLField | None = getattr(of, "fields", {}).get(asked.name.value)
        if field is None or asked.selection_set is None:  # introspection, or a plain value
            return Measure(1, alias, 0)
        inner = self.measured(asked.selection_set, get_named_type(field.type))
        times = self._times(asked, field, of)
        return Measure(1 + inner.depth, alias + inner.aliases, times * (1 + inner.cost))

    def _times(self, asked: FieldNode, field: GraphQLField, of: Any) -> int:
        """How often what is in a field may be answered."""
        if "first" in field.args:
            return self._first(asked, field)
        is_page = isinstance(of, GraphQLObjectType) and "pageInfo" in of.fields
        if not _is_list(field.type) or (is_page and asked.name.value in PAGE_FIELDS):
            return 1
        return LIST_ASSUMED

    def _first(self, asked: FieldNode, field: GraphQLField) -> int:
        given: Any = field.args["first"].default_value
        for argument in asked.arguments or ():
            if argument.name.value != "first":
                continue
            if isinstance(argument.value, VariableNode):
                given = self.variables.get(argument.value.name.value, given)
            elif isinstance(argument.value, IntValueNode):
                given = int(argument.value.value)
        return min(max(given, 0), FIRST_LIMIT) if isinstance(given, int) else FIRST_LIMIT

    def _type(self, condition: Any, otherwise: Any) -> Any:
        return otherwise if condition is None else self.schema.get_type(condition.name.value)


def _defaults(operation: OperationDefinitionNode) -> dict[str, int]:
    return {
        each.variable.name.value: int(each.default_value.value)
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode)
    }


def _is_list(of: Any) -> bool:
    return is_list_type(of.of_type if isinstance(of, GraphQLNonNull) else of)
