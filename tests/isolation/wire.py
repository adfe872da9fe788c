"""What goes over the wire: one attempt at one process, written down with what became of it."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from isolation.history import OK, REFUSED, UNKNOWN, Answered, Asked, Recorder
from isolation.site import ApiProcess
from rackhouse.rehearsal.http_client import (
    AnswerUnknown,
    HttpAnswer,
    HttpConnection,
    ServiceUnreachable,
)
from rackhouse.rehearsal.shop import problem_of

__all__ = ["HUNG_UP", "Wire"]

ANSWER_SECONDS = 20.0
IN_FLIGHT = "/problems/request-in-flight"
HUNG_UP = "hung up"
NO_SERVICE = (401, 408, 425, 429)
"""Refusals that say nothing about the request."""


class Wire:
    """Connections to every API process, and the recorder of what passes over them."""

    def __init__(self, processes: Sequence[ApiProcess], recorder: Recorder) -> None:
        self.recorder = recorder
        self._ports = [process.port for process in processes]
        self._idle: list[list[HttpConnection]] = [[] for _ in processes]
        self._listening: list[tuple[int, asyncio.Event]] = []

    @property
    def processes(self) -> range:
        """The numbers of the processes."""
        return range(len(self._ports))

    def after(self, answers: int) -> asyncio.Event:
        """Set when so many attempts of this round have ended."""
        event = asyncio.Event()
        self._listening.append((answers, event))
        self._tell()
        return event

    async def attempt(
        self,
        *,
        request: str,
        client: str,
        token: str,
        process: int,
        operation: str,
        method: str,
        target: str,
        body: Any,
        key: str | None,
        if_match: str | None,
        hang_up_after_seconds: float | None,
    ) -> Answered:
        """Send a request once; what became of it is known, or known to be unknown."""
        number = self.recorder.number()
        self.recorder.add(
            Asked(
                number=number,
                request=request,
                client=client,
                process=process,
                operation=operation,
                method=method,
                target=target,
                body=body,
                key=key,
                at=time.monotonic(),
            )
        )
        named = {
            "authorization": f"Bearer {token}",
            "x-correlation-id": self.recorder.cause(number),
            "idempotency-key": key,
            "if-match": if_match,
        }
        text = _text(method, target, named, body)
        answered = await self._sent(number, process, text, hang_up_after_seconds)
        self.recorder.add(answered)
        self._tell()
        return answered

    def close(self) -> None:
        """End every connection."""
        for connections in self._idle:
            for connection in connections:
                connection.close()
            connections.clear()

    async def _sent(
        self, number: int, process: int, text: bytes, hang_up_after_seconds: float | None
    ) -> Answered:
        seconds = hang_up_after_seconds or ANSWER_SECONDS
        try:
            connection = await self._connection(process)
            try:
                answer = await connection.ask(text, timeout_seconds=seconds)
            finally:
                if connection.usable:
                    self._idle[process].append(connection)
                else:
                    connection.close()
        except (AnswerUnknown, ServiceUnreachable) as reason:
            why = HUNG_UP if hang_up_after_seconds else str(reason) or type(reason).__name__
            return Answered(number=number, outcome=UNKNOWN, at=time.monotonic(), why=why)
        return _judged(number, answer)

    async def _connection(self, process: int) -> HttpConnection:
        idle = self._idle[process]
        while idle:
            connection = idle.pop()
            if connection.usable:
                return connection
        return await HttpConnection.open("127.0.0.1", self._ports[process])

    def _tell(self) -> None:
        for answers, event in self._listening:
            if self.recorder.answers >= answers:
                event.set()


def _judged(number: int, answer: HttpAnswer) -> Answered:
    outcome, why = OK, ""
    if answer.status >= 500 or answer.status in NO_SERVICE:
        outcome, why = UNKNOWN, f"{answer.status} {problem_of(answer)}"
    elif answer.status >= 400:
        outcome = REFUSED
        if problem_of(answer) == IN_FLIGHT:
            outcome, why = UNKNOWN, "in flight"
    return Answered(
        number=number,
        outcome=outcome,
        at=time.monotonic(),
        status=answer.status,
        answer=msgspec.Raw(answer.body or b"null"),
        replayed=answer.header(b"idempotency-replayed") == b"true",
        why=why,
    )


def _text(method: str, target: str, named: dict[str, str | None], body: Any) -> bytes:
    content = b"" if body is None else msgspec.json.encode(body)
    head = [
        f"{method} {target} HTTP/1.1",
        "host: isolation",
        f"content-length: {len(content)}",
        "content-type: application/json",
        *(f"{name}: {value}" for name, value in named.items() if value is not None),
    ]
    return "\r\n".join((*head, "", "")).encode() + content
