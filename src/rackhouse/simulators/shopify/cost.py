"""What queries cost (https://shopify.dev/docs/api/usage/limits): an object is a point, a connection
as many as it may find, a mutation ten, a single query a thousand at most."""

from typing import Any

import graphql

__all__ = ["MUTATION_COST", "QUERY_LIMIT", "cost_of"]

MUTATION_COST = 10
QUERY_LIMIT = 1000


def cost_of(document: graphql.DocumentNode, variables: dict[str, Any]) -> int:
    """What a document costs at most."""
    fragments = {
        each.name.value: each.selection_set
        for each in document.definitions
        if isinstance(each, graphql.FragmentDefinitionNode)
    }

    def of(selections: graphql.SelectionSetNode | None) -> int:
        cost = 0
        for node in selections.selections if selections is not None else ():
            if isinstance(node, graphql.FragmentSpreadNode):
                cost += of(fragments[node.name.value])
            elif isinstance(node, graphql.InlineFragmentNode):
                cost += of(node.selection_set)
            elif isinstance(node, graphql.FieldNode):
                times = _times(node, variables)
                inner = of(node.selection_set)
                cost += inner if times is None else times * max(1, inner)
        return cost

    operation = next(
        each for each in document.definitions if isinstance(each, graphql.OperationDefinitionNode)
    )
    if operation.operation is graphql.OperationType.MUTATION:
        return MUTATION_COST
    return max(1, of(operation.selection_set))


def _times(node: graphql.FieldNode, variables: dict[str, Any]) -> int | None:
    """How many objects a field may find, if it is a list."""
    for argument in node.arguments or ():
        value = argument.value
        if argument.name.value == "first" and isinstance(value, graphql.IntValueNode):
            return int(value.value)
        if argument.name.value == "first" and isinstance(value, graphql.VariableNode):
            return int(variables[value.name.value])
        if argument.name.value == "ids" and isinstance(value, graphql.VariableNode):
            return len(variables[value.name.value])
    return None
