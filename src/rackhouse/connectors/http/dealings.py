"""What goes on between a connection and its channel, over HTTP."""

import msgspec

from rackhouse.channels import ChannelNotFound
from rackhouse.connectors import naming, tending
from rackhouse.connectors.adapter import Standing
from rackhouse.connectors.errors import (
    ChannelNotReached,
    ConnectionDisabled,
    ConnectionNotFound,
    DeliveryNotGenuine,
    InvalidConnection,
    NothingReceived,
    ProductFeedNotFound,
    TroubleNotFound,
)
from rackhouse.connectors.http.bodies import (
    CONNECTION_ID,
    Kept,
    MappedAnswer,
    MappingsBody,
    MappingsQuery,
    NothingBody,
    PolledAnswer,
    RetriedAnswer,
    RetryBody,
)
from rackhouse.connectors.naming import GivenMapping
from rackhouse.connectors.product_feeds import FeedReport, report_of_feed
from rackhouse.connectors.pushing import Pushed
from rackhouse.connectors.receiving import take_in
from rackhouse.connectors.store.mappings import Mapping
from rackhouse.connectors.tending import Trouble
from rackhouse.connectors.working import ConnectionBusy
from rackhouse.platform.http import (
    PUBLIC,
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
)

__all__ = ["ENDPOINTS"]


async def post_connection_check(call: Call) -> Standing:
    return await tending.check_connection(
        context=call.context, connection_id=call.path["connection_id"]
    )


async def post_connection_lesson(call: Call) -> None:
    await naming.learn_again(context=call.context, connection_id=call.path["connection_id"])


async def post_connection_poll(call: Call) -> int:
    return await tending.poll_connection(
        context=call.context, connection_id=call.path["connection_id"]
    )


async def post_connection_push(call: Call) -> Pushed:
    return await tending.push_connection(
        context=call.context, connection_id=call.path["connection_id"]
    )


async def get_connection_mappings(call: Call) -> Answer:
    query: MappingsQuery = call.query
    found = await naming.mapping_page(
        context=call.context,
        connection_id=call.path["connection_id"],
        kind=query.kind,
        mapped=query.mapped,
        after=query.after(tuple[str, str]) or ("", ""),
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, lambda last: (last.kind, last.remote_id)))


async def put_connection_mappings(call: Call) -> Answer:
    body: MappingsBody = call.body
    mapped = await naming.give_mappings(
        context=call.context,
        connection_id=call.path["connection_id"],
        given=[GivenMapping(**msgspec.structs.asdict(each)) for each in body.mappings],
    )
    return Answer(200, MappedAnswer(mapped))


async def get_connection_troubles(call: Call) -> Answer:
    query: PageQuery = call.query
    found = await tending.troubles(
        context=call.context,
        connection_id=call.path["connection_id"],
        after=query.after(tuple[str, str]) or ("", ""),
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, lambda last: (last.kind, last.id)))


async def post_connection_retry(call: Call) -> int:
    body: RetryBody = call.body
    return await tending.retry_troubles(
        context=call.context,
        connection_id=call.path["connection_id"],
        kind=body.kind,
        trouble_id=body.id,
    )


async def get_product_feed(call: Call) -> Answer:
    """What is left out is told by reasons, each with a SKU for which it holds."""
    found = await report_of_feed(context=call.context, connection_id=call.path["connection_id"])
    return Answer(200, found)


async def post_delivery(call: Call) -> Answer:
    """Where a channel tells what happened, in its own protocol. Kept once, whatever is repeated;
    what it means is seen to afterwards."""
    return await _kept(call, None)


async def post_delivery_on_topic(call: Call) -> Answer:
    """The same, for a channel that says in the address what it is about."""
    return await _kept(call, call.path["topic"])


async def _kept(call: Call, topic: str | None) -> Answer:
    new = await take_in(
        context=call.context,
        connection_id=call.path["connection_id"],
        topic=topic,
        body=call.body,
        headers=call.headers,
    )
    return Answer(200, Kept(repeated=not new))


def _told(standing: Standing) -> Answer:
    return Answer(200, standing)


def _begun(_: None) -> Answer:
    return Answer(202)


def _polled(sales: int) -> Answer:
    return Answer(200, PolledAnswer(sales))


def _pushed(pushed: Pushed) -> Answer:
    return Answer(200, pushed)


def _retried(retried: int) -> Answer:
    return Answer(200, RetriedAnswer(retried))


_REACHING = (ConnectionNotFound, ConnectionDisabled, ChannelNotReached, ConnectionBusy)

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/connections/{connection_id}/check",
        handler=post_connection_check,
        present=_told,
        permission="connections:write",
        summary="Ask whether the channel can be reached, and lets us in",
        body=NothingBody,
        body_optional=True,
        answers={200: Standing},
        refusals=(ConnectionNotFound, ChannelNotReached),
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/connections/{connection_id}/lessons",
        handler=post_connection_lesson,
        present=_begun,
        permission="connections:write",
        summary="Have the channel's catalog read anew",
        body=NothingBody,
        body_optional=True,
        answers={202: None},
        refusals=(ConnectionNotFound,),
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/connections/{connection_id}/polls",
        handler=post_connection_poll,
        present=_polled,
        permission="connections:write",
        summary="Ask the channel for its sales now",
        body=NothingBody,
        body_optional=True,
        answers={200: PolledAnswer},
        refusals=_REACHING,
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/connections/{connection_id}/pushes",
        handler=post_connection_push,
        present=_pushed,
        permission="connections:write",
        summary="Set the channel's figures now",
        body=NothingBody,
        body_optional=True,
        answers={200: Pushed},
        refusals=_REACHING,
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/connections/{connection_id}/mappings",
        handler=get_connection_mappings,
        permission="connections:read",
        summary="What the channel calls our SKUs and locations",
        query=MappingsQuery,
        answers={200: Page[Mapping]},
        refusals=(ConnectionNotFound,),
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/connections/{connection_id}/mappings",
        handler=put_connection_mappings,
        permission="connections:write",
        summary="Say by hand what the channel calls our SKUs and locations",
        body=MappingsBody,
        answers={200: MappedAnswer},
        refusals=(ConnectionNotFound, InvalidConnection, ChannelNotFound),
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/connections/{connection_id}/troubles",
        handler=get_connection_troubles,
        permission="connections:read",
        summary="What the channel told and could not be carried out",
        query=PageQuery,
        answers={200: Page[Trouble]},
        refusals=(ConnectionNotFound,),
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/connections/{connection_id}/retries",
        handler=post_connection_retry,
        present=_retried,
        permission="connections:write",
        summary="Try again what could not be carried out",
        body=RetryBody,
        body_optional=True,
        answers={200: RetriedAnswer},
        refusals=(ConnectionNotFound, TroubleNotFound),
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/connections/{connection_id}/product-feed",
        handler=get_product_feed,
        permission="connections:read",
        summary="What is in a connection's product feed, and what is left out of it",
        answers={200: FeedReport},
        refusals=(ConnectionNotFound, ConnectionDisabled, ProductFeedNotFound),
        path_descriptions=CONNECTION_ID,
    ),
    *(
        Endpoint(
            method="POST",
            path=f"/api/v1/connections/{{connection_id}}/inbox{rest}",
            handler=handler,
            permission=PUBLIC,
            summary=summary,
            raw_body=True,
            answers={200: Kept},
            refusals=(ConnectionNotFound, NothingReceived, DeliveryNotGenuine),
            path_descriptions=CONNECTION_ID,
        )
        for handler, rest, summary in (
            (post_delivery, "", "Deliver what happened in a channel"),
            (post_delivery_on_topic, "/{topic}", "Deliver what happened in a channel, by topic"),
        )
    ),
]
