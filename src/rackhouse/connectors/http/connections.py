"""Connections and adapters, over HTTP."""

from typing import Any

import msgspec

from rackhouse.channels import BoundToAnotherChannel, ChannelNotFound
from rackhouse.connectors import opening
from rackhouse.connectors.adapter import Adapter
from rackhouse.connectors.errors import (
    AdapterUnknown,
    ConnectionAlreadyOpen,
    ConnectionNotFound,
    InvalidConnection,
)
from rackhouse.connectors.http.bodies import (
    CONNECTION_ID,
    AdapterAnswer,
    AdaptersAnswer,
    ConnectionAnswer,
    ConnectionBody,
    ConnectionDetail,
    ConnectionTerms,
    SecretAnswer,
    SecretsBody,
)
from rackhouse.connectors.receiving import inbox_url
from rackhouse.connectors.rules import Connection
from rackhouse.connectors.store.connections import Progress
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)

__all__ = ["ENDPOINTS"]


async def get_adapters(call: Call) -> Answer:
    found = await opening.list_adapters(context=call.context)
    return Answer(200, AdaptersAnswer([_adapter(each) for each in found]))


async def get_connections(call: Call) -> Answer:
    query: PageQuery = call.query
    found = await opening.connection_page(
        context=call.context, after=query.after(str), limit=query.limit + 1
    )
    page = Page.of(found, query.limit, lambda last: last.id)
    return Answer(200, Page([_answer(each) for each in page.items], page.next_cursor))


async def post_connection(call: Call) -> Connection:
    """What the channel sells from now on is booked. Its catalog is learnt at once, and its figures
    are set as soon as that is done."""
    body: ConnectionBody = call.body
    return await opening.open_connection(
        context=call.context,
        connection_id=body.id,
        channel=body.channel,
        adapter=body.adapter,
        name=body.name,
        settings=body.settings,
        secrets=body.secrets,
        enabled=body.enabled,
    )


async def get_connection(call: Call) -> Answer:
    connection_id = call.path["connection_id"]
    found = await opening.read_connection(context=call.context, connection_id=connection_id)
    progress = await opening.progress_of(context=call.context, connection_id=connection_id)
    shown = msgspec.structs.asdict(_answer(found))
    return Answer(200, _detail(shown, progress), (entity_tag(found.version),))


async def put_connection(call: Call) -> Answer:
    body: ConnectionTerms = call.body
    changed = await opening.change_connection(
        context=call.context,
        connection_id=call.path["connection_id"],
        name=body.name,
        settings=body.settings,
        enabled=body.enabled,
        expected_version=version_matched(call),
    )
    return Answer(200, _answer(changed), (entity_tag(changed.version),))


async def put_connection_secrets(call: Call) -> Answer:
    body: SecretsBody = call.body
    changed = await opening.change_secrets(
        context=call.context, connection_id=call.path["connection_id"], secrets=body.secrets
    )
    return Answer(200, _answer(changed), (entity_tag(changed.version),))


async def delete_connection(call: Call) -> Answer:
    await opening.close_connection(
        context=call.context,
        connection_id=call.path["connection_id"],
        expected_version=version_matched(call),
    )
    return Answer(204)


def _adapter(adapter: Adapter) -> AdapterAnswer:
    return AdapterAnswer(
        name=adapter.name,
        title=adapter.title,
        settings=msgspec.json.schema(adapter.settings),
        secrets=[
            SecretAnswer(name, secret.description, secret.required)
            for name, secret in adapter.secrets.items()
        ],
        receives=adapter.receive is not None,
        polls=adapter.sales is not None,
        pushes=adapter.write is not None,
        compares=adapter.compares,
    )


def _answer(connection: Connection) -> ConnectionAnswer:
    return ConnectionAnswer(
        connection.id,
        connection.channel,
        connection.adapter,
        connection.name,
        msgspec.json.decode(connection.settings),
        connection.secrets,
        connection.enabled,
        inbox_url("", connection.id, None),
        connection.version,
    )


def _detail(shown: dict[str, Any], progress: Progress) -> ConnectionDetail:
    return ConnectionDetail(
        **shown,
        sales_from=progress.sales_from,
        sales_until=progress.sales_until,
        learning=progress.learning,
        learnt_at=progress.learnt_at,
        compared_at=progress.pushed_at,
        trouble=progress.trouble,
        trouble_at=progress.trouble_at,
    )


def _opened(connection: Connection) -> Answer:
    location = (b"location", f"/api/v1/connections/{connection.id}".encode())
    return Answer(201, _answer(connection), (entity_tag(connection.version), location))


ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/api/v1/adapters",
        handler=get_adapters,
        permission="connections:read",
        summary="What channels can be connected through",
        answers={200: AdaptersAnswer},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/connections",
        handler=get_connections,
        permission="connections:read",
        summary="List the connections",
        query=PageQuery,
        answers={200: Page[ConnectionAnswer]},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/connections",
        handler=post_connection,
        present=_opened,
        permission="connections:write",
        summary="Connect a channel to where it really sells",
        body=ConnectionBody,
        answers={201: ConnectionAnswer},
        refusals=(
            AdapterUnknown,
            BoundToAnotherChannel,
            ChannelNotFound,
            ConnectionAlreadyOpen,
            InvalidConnection,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/connections/{connection_id}",
        handler=get_connection,
        permission="connections:read",
        summary="A connection, how far it has come, and what stands in its way",
        answers={200: ConnectionDetail},
        refusals=(ConnectionNotFound,),
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/connections/{connection_id}",
        handler=put_connection,
        permission="connections:write",
        summary="Set a connection up anew, enable or disable it",
        body=ConnectionTerms,
        answers={200: ConnectionAnswer},
        refusals=(ConnectionNotFound, InvalidConnection),
        needs_if_match=True,
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/connections/{connection_id}",
        handler=delete_connection,
        permission="connections:write",
        summary="Use a connection no more, and forget its secrets",
        answers={204: None},
        refusals=(ConnectionNotFound,),
        needs_if_match=True,
        path_descriptions=CONNECTION_ID,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/connections/{connection_id}/secrets",
        handler=put_connection_secrets,
        permission="connections:write",
        summary="Give a connection other secrets",
        body=SecretsBody,
        answers={200: ConnectionAnswer},
        refusals=(ConnectionNotFound, InvalidConnection),
        path_descriptions=CONNECTION_ID,
    ),
]
