"""GraphQL: catalog, stock, holds and orders in one nested question, and changes as they come.

It translates questions into those of the modules' doors, and decides nothing.
"""

from rackhouse.api.graphql.http import GRAPHQL_PATH, graphql_endpoint, is_served
from rackhouse.api.graphql.schema import schema_text
from rackhouse.api.graphql.socket import graphql_route

__all__ = ["GRAPHQL_PATH", "graphql_endpoint", "graphql_route", "is_served", "schema_text"]
