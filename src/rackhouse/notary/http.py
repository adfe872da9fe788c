"""Checkpoints and verifications over HTTP."""

import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.identity import StatementNotOurs
from rackhouse.notary import archives, reading, signing, verifying
from rackhouse.notary.archives import ArchivePlace
from rackhouse.notary.errors import CheckpointNotFound, LogUnknown, VerificationUnderWay
from rackhouse.notary.reading import CheckpointPlace
from rackhouse.notary.rules import Checkpoint, Head, Verification
from rackhouse.platform.archive import ArchivedFile, ArchiveLibraryMissing
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]

VERIFICATION_SECONDS_LIMIT = 10.0

LogName = Annotated[
    Annotated[str, Meta(max_length=64, pattern="^[a-z_]+$")] | None,
    Meta(description="Only this log, such as `inventory`."),
]


class CheckpointsQuery(PageQuery, frozen=True, kw_only=True):
    """Which checkpoints to list."""

    log: LogName = None


class ArchiveQuery(PageQuery, frozen=True, kw_only=True):
    """Which archived files to list."""

    log: LogName = None


class ArchivedFileAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A file of events that have left their log and remain answerable.

    ``sha256`` is that of the file, in hexadecimal; ``first_at`` and ``last_at`` are when the first
    and the last of its events were recorded. ``emptied_at`` is when the last of them was deleted
    from the log, null while that goes on.
    """

    log: str
    name: str
    month: Annotated[str, Meta(description="In UTC, such as `2026-03`.")]
    events: int
    size_bytes: int
    sha256: str
    first_at: datetime.datetime
    last_at: datetime.datetime
    archived_at: datetime.datetime
    emptied_at: datetime.datetime | None


class LogBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of which log; without one, of all."""

    log: LogName = None


class CheckpointAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint. Hashes are in hexadecimal.

    Up to ``position`` its log had ``events`` events, and ``streams`` of its streams had grown
    since the checkpoint before, whose root is ``previous_root``. ``jws`` is the signed statement.
    """

    id: str
    log: str
    number: int
    signed_at: datetime.datetime
    position: str
    events: int
    streams: int
    previous_root: str
    root: str
    jws: str


class HeadAnswer(msgspec.Struct, frozen=True):
    """The newest event of a stream when the checkpoint was signed."""

    stream: str
    version: int
    hash: str


class CheckpointDocument(CheckpointAnswer, frozen=True, kw_only=True):
    """A checkpoint with heads that it names, in the order of their streams, and the public key
    (RFC 7517) that verifies its signature."""

    key: dict[str, Any]
    heads: list[HeadAnswer]
    next_cursor: Annotated[
        str | None, Meta(description="Ask with it for further heads; null after the last one.")
    ]


class CheckpointsAnswer(msgspec.Struct, frozen=True):
    """Checkpoints, one a log."""

    items: list[CheckpointAnswer]


async def get_checkpoints(call: Call) -> Answer:
    query: CheckpointsQuery = call.query
    found = await reading.checkpoint_page(
        context=call.context,
        log=query.log,
        before=query.after(CheckpointPlace),
        limit=query.limit + 1,
    )
    page = Page.of(found, query.limit, _place)
    return Answer(200, Page([_answer(each) for each in page.items], page.next_cursor))


async def get_latest_checkpoints(call: Call) -> Answer:
    found = await reading.latest_checkpoints(context=call.context)
    return Answer(200, _answers(found))


async def get_archive(call: Call) -> Answer:
    query: ArchiveQuery = call.query
    found = await archives.archived_page(
        context=call.context,
        log=query.log,
        after=query.after(ArchivePlace),
        limit=query.limit + 1,
    )
    files = Page.of(found, query.limit, lambda each: ArchivePlace(each.log, each.number))
    return Answer(200, Page([_file(each) for each in files.items], files.next_cursor))


async def get_checkpoint(call: Call) -> Answer:
    """One checkpoint. Keep this answer, with all its heads, where whoever keeps the database can
    not reach it: `rackhouse verify --checkpoint` compares the log with it."""
    query: PageQuery = call.query
    found = await reading.checkpoint_of(
        context=call.context,
        checkpoint_id=call.path["checkpoint_id"],
        after=query.after(str) or "",
        limit=query.limit + 1,
    )
    heads = Page.of(found.heads, query.limit, lambda head: head.stream)
    return Answer(
        200,
        CheckpointDocument(
            **msgspec.structs.asdict(_answer(found.checkpoint)),
            key=found.key,
            heads=[_head(each) for each in heads.items],
            next_cursor=heads.next_cursor,
        ),
    )


async def post_checkpoint(call: Call) -> list[Checkpoint]:
    """Sign what the logs have grown by, without waiting for the time at which it is done anyway.
    Answers the newest checkpoint of each log; one that has not grown keeps the one it has."""
    return await signing.sign_checkpoints(context=call.context, log=call.body.log)


async def post_verification(call: Call) -> Verification:
    """Check every event against its chain and every checkpoint against its events, for at most
    ten seconds. `rackhouse verify` on the machine itself takes the time that it needs."""
    return await verifying.verify_logs(
        context=call.context,
        log=call.body.log,
        saved=(),
        seconds_limit=VERIFICATION_SECONDS_LIMIT,
    )


def _place(checkpoint: Checkpoint) -> CheckpointPlace:
    return CheckpointPlace(checkpoint.signed_at, checkpoint.log, checkpoint.number)


def _answer(checkpoint: Checkpoint) -> CheckpointAnswer:
    return CheckpointAnswer(
        id=checkpoint.id,
        log=checkpoint.log,
        number=checkpoint.number,
        signed_at=checkpoint.signed_at,
        position=str(checkpoint.position),
        events=checkpoint.events,
        streams=checkpoint.streams,
        previous_root=checkpoint.previous_root.hex(),
        root=checkpoint.root.hex(),
        jws=checkpoint.jws,
    )


def _file(file: ArchivedFile) -> ArchivedFileAnswer:
    return ArchivedFileAnswer(
        log=file.log,
        name=file.name,
        month=f"{file.month:%Y-%m}",
        events=file.events,
        size_bytes=file.size_bytes,
        sha256=file.sha256.hex(),
        first_at=file.first_at,
        last_at=file.last_at,
        archived_at=file.archived_at,
        emptied_at=file.emptied_at,
    )


def _head(head: Head) -> HeadAnswer:
    return HeadAnswer(head.stream, head.version, head.hash.hex())


def _answers(checkpoints: list[Checkpoint]) -> CheckpointsAnswer:
    return CheckpointsAnswer([_answer(each) for each in checkpoints])


def _signed(checkpoints: list[Checkpoint]) -> Answer:
    return Answer(200, _answers(checkpoints))


def _verified(verification: Verification) -> Answer:
    return Answer(200, verification)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/archive",
        handler=get_archive,
        permission="checkpoints:read",
        summary="Files of events that have left their logs, log by log, the oldest first",
        query=ArchiveQuery,
        answers={200: Page[ArchivedFileAnswer]},
        refusals=(LogUnknown,),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/checkpoints",
        handler=get_checkpoints,
        permission="checkpoints:read",
        summary="Checkpoints of the logs, the newest first",
        query=CheckpointsQuery,
        answers={200: Page[CheckpointAnswer]},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/checkpoints",
        handler=post_checkpoint,
        present=_signed,
        permission="checkpoints:write",
        summary="Sign a checkpoint of each log now",
        body=LogBody,
        body_optional=True,
        answers={200: CheckpointsAnswer},
        refusals=(LogUnknown,),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/checkpoints/latest",
        handler=get_latest_checkpoints,
        permission="checkpoints:read",
        summary="The newest checkpoint of each log",
        answers={200: CheckpointsAnswer},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/checkpoints/{checkpoint_id}",
        handler=get_checkpoint,
        permission="checkpoints:read",
        summary="A checkpoint with the heads that it names",
        query=PageQuery,
        answers={200: CheckpointDocument},
        refusals=(CheckpointNotFound, StatementNotOurs),
        path_descriptions={"checkpoint_id": "Log and number, such as `inventory-7`."},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/verifications",
        handler=post_verification,
        present=_verified,
        permission="logs:verify",
        summary="Find what was altered, removed or reordered in the logs",
        body=LogBody,
        body_optional=True,
        answers={200: Verification},
        refusals=(ArchiveLibraryMissing, LogUnknown, VerificationUnderWay),
    ),
)
