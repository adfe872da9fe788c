"""Commands: endpoints that a connection which stays open carries by name."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rackhouse.platform.errors import NotFound
from rackhouse.platform.http.problems import render_refusal
from rackhouse.platform.telemetry import REFUSALS

if TYPE_CHECKING:
    from rackhouse.platform.house import House

__all__ = ["CarryOut", "Command", "CommandAnswer", "Commands"]

ID_LIMIT = 100


@dataclass(eq=False)
class CommandUnknown(NotFound):
    """There is no command {command}; the commands are {commands}."""

    command: str
    commands: list[str]


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="command"):
    """A request to an endpoint, named, over a connection that carries many."""

    id: Annotated[
        str,
        Meta(min_length=1, max_length=ID_LIMIT, description="The client's own; the result has it."),
    ]
    name: Annotated[str, Meta(description="The operation id of the endpoint.")]
    path: Annotated[dict[str, str], Meta(description="What stands in the endpoint's path.")] = {}
    key: Annotated[
        str | None, Meta(description="The idempotency key: a retry gets the first answer.")
    ] = None
    body: Annotated[msgspec.Raw, Meta(description="The endpoint's body.")] | UnsetType = UNSET


class CommandAnswer(msgspec.Struct, frozen=True, gc=False):
    """What a command is answered: status and body as over HTTP; whether it was answered before."""

    status: int
    body: bytes
    replayed: bool


CarryOut = Callable[[dict[str, Any], Mapping[bytes, bytes], Command], Awaitable[CommandAnswer]]
"""Carries a command of a connection out, given its scope and the headers that it began with."""


class Commands:
    """The commands that this process serves; the API offers them, transports carry them."""

    def __init__(self, house: "House") -> None:
        self._carrying: dict[str, CarryOut] = {}

    def offer(self, name: str, carry_out: CarryOut) -> None:
        """Serve a command."""
        self._carrying[name] = carry_out

    async def carry_out(
        self, scope: dict[str, Any], headers: Mapping[bytes, bytes], command: Command
    ) -> CommandAnswer:
        """The answer to a command; a refusal is one, too."""
        carry_out = self._carrying.get(command.name)
        if carry_out is not None:
            return await carry_out(scope, headers, command)
        unknown = CommandUnknown(command=command.name, commands=sorted(self._carrying))
        REFUSALS.labels(unknown.type_name()).inc()
        rendered = render_refusal(unknown)
        return CommandAnswer(rendered.status, rendered.body.encode(), replayed=False)
