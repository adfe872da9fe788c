"""Commands: the same endpoints as over HTTP, asked by name over a connection that stays open."""

import re
import time
from collections.abc import Mapping
from typing import Any

from msgspec import UnsetType

from rackhouse.api.served import (
    REPLAYED,
    Headers,
    Request,
    ServedEndpoint,
    correlation_id_of,
    encoded,
)
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Command, CommandAnswer

__all__ = ["ServedCommand"]

NO_QUERY = NOTHING = b""


class ServedCommand:
    """An endpoint as a command. What its path and header say elsewhere, the command says."""

    def __init__(self, served: ServedEndpoint) -> None:
        endpoint = served.endpoint
        assert endpoint.query is None and not endpoint.needs_if_match and not endpoint.form
        self._served = served
        self._path = endpoint.path
        self._parameters = frozenset(re.findall(r"{(\w+)}", endpoint.path))

    async def __call__(
        self, scope: dict[str, Any], headers: Headers, command: Command
    ) -> CommandAnswer:
        """The answer to one command."""
        started = time.perf_counter()
        correlation_id = correlation_id_of(headers)
        answer = await self._served.settled(
            self._answer(scope, headers, command, correlation_id), correlation_id
        )
        self._served.count(answer.status, time.perf_counter() - started)
        return CommandAnswer(answer.status, encoded(answer.body), REPLAYED in answer.headers)

    async def _answer(
        self, scope: dict[str, Any], headers: Headers, command: Command, correlation_id: str
    ) -> Answer:
        caller = await self._served.admit(scope, headers, [])
        request = Request(
            path=self._path_of(command.path),
            path_params=command.path,
            query=NO_QUERY,
            raw=NOTHING if isinstance(command.body, UnsetType) else bytes(command.body),
            key=_storable(command.key),
            headers=headers,
        )
        return await self._served.carry_out(caller, request, correlation_id)

    def _path_of(self, given: Mapping[str, str]) -> str:
        if not self._parameters and not given:
            return self._path
        for name in given.keys() ^ self._parameters:
            problem = "is missing" if name in self._parameters else "is not in this command's path"
            raise MalformedRequest(field=f"path.{name}", problem=problem)
        for name, value in given.items():
            if not value or "/" in value:
                raise MalformedRequest(field=f"path.{name}", problem="is empty or has a slash")
        return self._path.format(**given)


def _storable(key: str | None) -> str | None:
    if key is not None and not key.isprintable():
        raise MalformedRequest(field="key", problem="has characters that can not be printed")
    return key
