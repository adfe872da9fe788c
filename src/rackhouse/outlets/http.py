"""Outlets, their dead letters and the lag of channels over HTTP."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.channels import ChannelNotFound
from rackhouse.feeds import CursorAhead, CursorUnreadable
from rackhouse.outlets import figures, lag_rules, letters, opening
from rackhouse.outlets.errors import (
    DeadLetterNotFound,
    InvalidOutlet,
    LagRuleNotFound,
    OutletNotFound,
)
from rackhouse.outlets.figures import ChannelLag, OutletStatus
from rackhouse.outlets.kinds import Outlet, State
from rackhouse.outlets.letter import DeadLetter
from rackhouse.outlets.letters import DeadLetterPlace, Queued
from rackhouse.outlets.opening import Place
from rackhouse.outlets.rules import LagRule
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]

_OUTLET_ID = {"outlet_id": "The id of the outlet, which is also that of its webhook."}
_LETTER_ID = {**_OUTLET_ID, "letter_id": "The id of the dead letter."}
_CHANNEL = {"channel": "The channel's handle, such as `web` or `pos-3`."}


class OutletsQuery(PageQuery, frozen=True, kw_only=True):
    """Which outlets to list."""

    channel: Annotated[
        Annotated[str, Meta(max_length=64)] | None, Meta(description="Only of this channel.")
    ] = None
    kind: Annotated[
        Annotated[str, Meta(max_length=64)] | None,
        Meta(description="Only of this kind, such as `webhook`."),
    ] = None


class PauseBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an outlet is paused."""

    reason: Annotated[str, Meta(max_length=500)] = ""


class MoveBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an outlet goes on: after a `cursor`, at a `time`, or with a `snapshot` of the stock;
    with none of them at the end of the logs."""

    cursor: Annotated[
        Annotated[str, Meta(max_length=500)] | None, Meta(description="As a message carries it.")
    ] = None
    time: Annotated[
        datetime.datetime | None,
        Meta(description="What was recorded since is sent, and up to a minute before."),
    ] = None
    snapshot: Annotated[bool, Meta(description="Send the stock as it is, then what comes.")] = False


class OutletAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet as it was asked for."""

    id: str
    kind: str
    name: str
    channel: str | None
    state: State
    reason: str
    version: int


class Discarded(msgspec.Struct, frozen=True):
    """How many dead letters were forgotten."""

    discarded: int


async def get_outlets(call: Call) -> Answer:
    """Outlets and how they do. A caller bound to a channel sees that channel's."""
    query: OutletsQuery = call.query
    found = await figures.outlet_statuses(
        context=call.context,
        after=query.after(str),
        channel=query.channel,
        kind=query.kind,
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, lambda last: last.id))


async def get_outlet(call: Call) -> Answer:
    found = await figures.outlet_status(context=call.context, outlet_id=call.path["outlet_id"])
    return Answer(200, found)


async def post_outlet_pause(call: Call) -> Outlet:
    """Send nothing until it is resumed. The outlet keeps its place, so nothing is lost."""
    return await opening.pause_outlet(
        context=call.context, outlet_id=call.path["outlet_id"], reason=call.body.reason
    )


async def post_outlet_resume(call: Call) -> Outlet:
    """Go on at once, whether the outlet was paused, disabled or waits to try again."""
    return await opening.resume_outlet(context=call.context, outlet_id=call.path["outlet_id"])


async def post_outlet_move(call: Call) -> Outlet:
    """Go on from another place in the logs, to send the past anew or to leave some of it out. What
    is sent twice has the same id both times."""
    body: MoveBody = call.body
    return await opening.move_outlet(
        context=call.context,
        outlet_id=call.path["outlet_id"],
        place=Place(cursor=body.cursor, time=body.time, snapshot=body.snapshot),
    )


async def get_dead_letters(call: Call) -> Answer:
    """Messages that were given up, the oldest first."""
    query: PageQuery = call.query
    found = await letters.dead_letter_page(
        context=call.context,
        outlet_id=call.path["outlet_id"],
        after=query.after(DeadLetterPlace),
        limit=query.limit + 1,
    )
    return Answer(
        200, Page.of(found, query.limit, lambda last: DeadLetterPlace(last.died_at, last.id))
    )


async def get_dead_letter(call: Call) -> Answer:
    found = await letters.dead_letter_of(context=call.context, **call.path)
    return Answer(200, found)


async def post_dead_letters_replay(call: Call) -> Queued:
    """Send every dead letter anew, in the order in which they were recorded."""
    return await letters.replay_dead_letters(context=call.context, outlet_id=call.path["outlet_id"])


async def post_dead_letter_replay(call: Call) -> Queued:
    """Send a dead letter anew. It is gone once it was taken."""
    return await letters.replay_dead_letter(context=call.context, **call.path)


async def delete_dead_letters(call: Call) -> Answer:
    """Forget every dead letter of an outlet for good."""
    discarded = await letters.discard_dead_letters(
        context=call.context, outlet_id=call.path["outlet_id"]
    )
    return Answer(200, Discarded(discarded))


async def delete_dead_letter(call: Call) -> Answer:
    """Forget a dead letter for good."""
    await letters.discard_dead_letter(context=call.context, **call.path)
    return Answer(204)


async def get_channel_lag(call: Call) -> Answer:
    """How late a channel is told, and what is promised."""
    found = await figures.channel_lag(context=call.context, channel=call.path["channel"])
    return Answer(200, found)


async def put_channel_lag_rule(call: Call) -> Answer:
    """Say what is promised of telling a channel, and what is done when it is told too late."""
    rule = await lag_rules.set_lag_rule(
        context=call.context, channel=call.path["channel"], rule=call.body
    )
    return Answer(200, rule)


async def delete_channel_lag_rule(call: Call) -> Answer:
    """Let the settings say again what is promised. A measure that is in force is undone."""
    await lag_rules.remove_lag_rule(context=call.context, channel=call.path["channel"])
    return Answer(204)


def _outlet(outlet: Outlet) -> Answer:
    fields = {field: getattr(outlet, field) for field in OutletAnswer.__struct_fields__}
    return Answer(200, OutletAnswer(**fields))


def _queued(queued: Queued) -> Answer:
    return Answer(202, queued)


OUTLET_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/outlets",
        handler=get_outlets,
        permission="outlets:read",
        summary="List the outlets and how they do",
        query=OutletsQuery,
        answers={200: Page[OutletStatus]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/outlets/{outlet_id}",
        handler=get_outlet,
        permission="outlets:read",
        summary="Read an outlet and how it does",
        answers={200: OutletStatus},
        refusals=(OutletNotFound,),
        path_descriptions=_OUTLET_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/outlets/{outlet_id}/pause",
        handler=post_outlet_pause,
        present=_outlet,
        permission="outlets:write",
        summary="Pause an outlet",
        body=PauseBody,
        body_optional=True,
        answers={200: OutletAnswer},
        refusals=(OutletNotFound, InvalidOutlet),
        path_descriptions=_OUTLET_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/outlets/{outlet_id}/resume",
        handler=post_outlet_resume,
        present=_outlet,
        permission="outlets:write",
        summary="Resume an outlet",
        answers={200: OutletAnswer},
        refusals=(OutletNotFound,),
        path_descriptions=_OUTLET_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/outlets/{outlet_id}/move",
        handler=post_outlet_move,
        present=_outlet,
        permission="outlets:write",
        summary="Let an outlet go on from another place in the logs",
        body=MoveBody,
        answers={200: OutletAnswer},
        refusals=(OutletNotFound, InvalidOutlet, CursorUnreadable, CursorAhead),
        path_descriptions=_OUTLET_ID,
    ),
)
LETTER_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/outlets/{outlet_id}/dead-letters",
        handler=get_dead_letters,
        permission="outlets:read",
        summary="List the dead letters of an outlet",
        query=PageQuery,
        answers={200: Page[DeadLetter]},
        refusals=(OutletNotFound,),
        path_descriptions=_OUTLET_ID,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/outlets/{outlet_id}/dead-letters",
        handler=delete_dead_letters,
        permission="outlets:write",
        summary="Discard every dead letter of an outlet",
        answers={200: Discarded},
        refusals=(OutletNotFound,),
        path_descriptions=_OUTLET_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/outlets/{outlet_id}/dead-letters/replay",
        handler=post_dead_letters_replay,
        present=_queued,
        permission="outlets:write",
        summary="Send every dead letter of an outlet anew",
        answers={202: Queued},
        refusals=(OutletNotFound,),
        path_descriptions=_OUTLET_ID,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/outlets/{outlet_id}/dead-letters/{letter_id}",
        handler=get_dead_letter,
        permission="outlets:read",
        summary="Read a dead letter",
        answers={200: DeadLetter},
        refusals=(OutletNotFound, DeadLetterNotFound),
        path_descriptions=_LETTER_ID,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/outlets/{outlet_id}/dead-letters/{letter_id}",
        handler=delete_dead_letter,
        permission="outlets:write",
        summary="Discard a dead letter",
        answers={204: None},
        refusals=(OutletNotFound, DeadLetterNotFound),
        path_descriptions=_LETTER_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/outlets/{outlet_id}/dead-letters/{letter_id}/replay",
        handler=post_dead_letter_replay,
        present=_queued,
        permission="outlets:write",
        summary="Send a dead letter anew",
        answers={202: Queued},
        refusals=(OutletNotFound, DeadLetterNotFound),
        path_descriptions=_LETTER_ID,
    ),
)
LAG_ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/channels/{channel}/lag",
        handler=get_channel_lag,
        permission="outlets:read",
        summary="How late a channel is told",
        answers={200: ChannelLag},
        refusals=(ChannelNotFound,),
        path_descriptions=_CHANNEL,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/channels/{channel}/lag-rule",
        handler=put_channel_lag_rule,
        permission="channels:write",
        summary="Promise within what time a channel is told",
        body=LagRule,
        answers={200: LagRule},
        refusals=(ChannelNotFound, InvalidOutlet),
        path_descriptions=_CHANNEL,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/channels/{channel}/lag-rule",
        handler=delete_channel_lag_rule,
        permission="channels:write",
        summary="Let the settings say again what is promised to a channel",
        answers={204: None},
        refusals=(ChannelNotFound, LagRuleNotFound),
        path_descriptions=_CHANNEL,
    ),
)
ENDPOINTS = (*OUTLET_ENDPOINTS, *LETTER_ENDPOINTS, *LAG_ENDPOINTS)
