"""Endpoints about the service itself: health, metrics, and what the API is."""

from collections.abc import Iterator
from typing import Any

import msgspec

from rackhouse import __version__
from rackhouse.api.graphql import GRAPHQL_PATH, graphql_endpoint, is_served
from rackhouse.feeds import asyncapi_document, proto_text
from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.house import House
from rackhouse.platform.http import PUBLIC, Answer, Call, Endpoint, openapi_document
from rackhouse.platform.store import server_time
from rackhouse.platform.telemetry import metrics_text

__all__ = ["introspection_endpoints"]


class Health(msgspec.Struct, frozen=True):
    """Whether the service works."""

    status: str
    version: str


async def get_liveness(call: Call) -> Answer:
    """Says that the process runs and answers."""
    return Answer(200, Health("live", __version__))


async def get_readiness(call: Call) -> Answer:
    """Says that every database answers."""
    for database in {id(each): each for each in call.context.house.databases().values()}.values():
        async with database.transaction() as tx:
            await server_time(tx)
    return Answer(200, Health("ready", __version__))


async def get_metrics(call: Call) -> Answer:
    """Metrics of all processes in Prometheus' text format."""
    house = call.context.house
    figures = [await module.figures(house) for module in house.modules if module.figures]
    text = b"".join([metrics_text(), *figures])
    return Answer(200, text, (), b"text/plain; version=0.0.4; charset=utf-8")


async def get_openapi(call: Call) -> Answer:
    """This document."""
    house = call.context.house
    endpoints = [each for module in house.modules for each in module.endpoints]
    document = openapi_document(
        endpoints + [each for each in introspection_endpoints() if _is_here(house, each)],
        title="Rackhouse",
        version=__version__,
        server=house.settings.issuer,
    )
    return Answer(200, document)


def _is_here(house: House, endpoint: Endpoint) -> bool:
    """GraphQL is where all the modules that it asks are."""
    return endpoint.path != GRAPHQL_PATH or is_served(house)


async def get_asyncapi(call: Call) -> Answer:
    """The document of the streams."""
    house = call.context.house
    document = asyncapi_document(
        modules=house.modules,
        title="Rackhouse",
        version=__version__,
        server=house.settings.issuer,
    )
    return Answer(200, document)


async def get_proto(call: Call) -> Answer:
    """The gRPC messages and service, as protobuf."""
    return Answer(200, proto_text(), (), b"text/plain; charset=utf-8")


async def get_nothing(call: Call) -> Answer:
    """Does nothing for an authenticated caller: what the service costs by itself."""
    return Answer(200, Health("idle", __version__))


async def post_nothing(call: Call) -> Answer:
    """Does nothing with a body for an authenticated caller."""
    return Answer(200, Health("idle", __version__))


def introspection_endpoints() -> list[Endpoint]:
    """The endpoints that belong to no module: those about the service itself, and GraphQL."""
    return [*_state(), *_documents(), *_nothing(), graphql_endpoint()]


def _state() -> Iterator[Endpoint]:
    yield Endpoint(
        method="GET",
        path="/health/live",
        handler=get_liveness,
        permission=PUBLIC,
        summary="Whether the process runs",
        answers={200: Health},
    )
    yield Endpoint(
        method="GET",
        path="/health/ready",
        handler=get_readiness,
        permission=PUBLIC,
        summary="Whether requests can be served",
        answers={200: Health},
        refusals=(DatabaseUnavailable,),
    )
    yield Endpoint(
        method="GET",
        path="/metrics",
        handler=get_metrics,
        permission="metrics:read",
        summary="Metrics in Prometheus' text format",
        answers={200: str},
        answer_media_type="text/plain",
    )


def _documents() -> Iterator[Endpoint]:
    for path, handler, summary in (
        ("/openapi.json", get_openapi, "The OpenAPI document"),
        ("/asyncapi.json", get_asyncapi, "The AsyncAPI document of the streams and commands"),
    ):
        yield Endpoint(
            method="GET",
            path=path,
            handler=handler,
            permission=PUBLIC,
            summary=summary,
            answers={200: dict[str, Any]},
        )
    yield Endpoint(
        method="GET",
        path="/rackhouse.proto",
        handler=get_proto,
        permission=PUBLIC,
        summary="The gRPC messages and service",
        answers={200: str},
        answer_media_type="text/plain",
    )


def _nothing() -> Iterator[Endpoint]:
    yield Endpoint(
        method="GET",
        path="/api/v1/nothing",
        handler=get_nothing,
        permission="inventory:read",
        summary="Nothing, to measure what a request costs by itself",
        answers={200: Health},
    )
    yield Endpoint(
        method="POST",
        path="/api/v1/nothing",
        handler=post_nothing,
        permission="holds:write",
        summary="Nothing with a body, to measure what a request costs by itself",
        body=dict[str, Any],
        answers={200: Health},
    )
