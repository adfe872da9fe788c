"""Context: who asks, how long they wait, and what the answer belongs to."""

import functools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import msgspec

from rackhouse.platform.errors import NotAllowed
from rackhouse.platform.ids import new_id

if TYPE_CHECKING:
    from rackhouse.platform.house import House
    from rackhouse.platform.idempotency import IdempotencyKey

__all__ = ["Caller", "Context", "PermissionMissing", "operation", "permissions_in_use"]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_PERMISSIONS: dict[str, set[str]] = {}


@dataclass(eq=False)
class PermissionMissing(NotAllowed):
    """This needs the permission {permission}, which {subject} does not have."""

    permission: str
    subject: str


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: a person, a channel or a service.

    ``channel`` and ``customer_id`` bind the caller: one with a channel acts for that channel
    only, one with a customer reaches only what is that customer's.
    """

    subject: str
    permissions: frozenset[str]
    roles: frozenset[str] = frozenset()
    channel: str | None = None
    customer_id: str | None = None

    def require(self, permission: str) -> None:
        """Refuse with `PermissionMissing` unless the caller has the permission."""
        if permission not in self.permissions:
            raise PermissionMissing(permission=permission, subject=self.subject)


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation knows of the request that it serves."""

    house: "House"
    caller: Caller
    correlation_id: str
    traceparent: str | None = None
    deadline: float | None = None
    idempotency: "IdempotencyKey | None" = None

    def seconds_left(self) -> float | None:
        """Seconds until nobody waits for the answer any more, or None for no deadline."""
        return None if self.deadline is None else self.deadline - time.monotonic()

    @staticmethod
    def of_service(house: "House", name: str, permissions: frozenset[str]) -> "Context":
        """The context of work that Rackhouse does on its own account."""
        caller = Caller(subject=f"service:{name}", permissions=permissions)
        return Context(house=house, caller=caller, correlation_id=new_id())


def operation(
    permission: str,
) -> Callable[[Callable[Parameters, Awaitable[Result]]], Callable[Parameters, Awaitable[Result]]]:
    """Declare a door function that needs a permission of the caller in its ``context``.

    An operation without this declaration can not be reached: the test of the doors says so.
    """

    def declare(
        function: Callable[Parameters, Awaitable[Result]],
    ) -> Callable[Parameters, Awaitable[Result]]:
        _PERMISSIONS.setdefault(permission, set()).add(f"{function.__module__}.{function.__name__}")

        @functools.wraps(function)
        def checked(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Awaitable[Result]:
            context: Any = kwargs["context"]
            context.caller.require(permission)
            return function(*args, **kwargs)

        checked.permission = permission  # type: ignore[attr-defined]
        return checked

    return declare


def permissions_in_use() -> dict[str, set[str]]:
    """Every permission that an operation loaded so far asks for, with those operations."""
    return {permission: set(names) for permission, names in _PERMISSIONS.items()}
