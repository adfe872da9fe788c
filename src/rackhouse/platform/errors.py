"""Refusals: the foreseen ways in which Rackhouse says no.

A refusal is a small dataclass in a module's ``errors.py``. Its docstring is its message, with
the fields filled in; its class name is its stable type (``NotEnoughStock`` is
``not-enough-stock``). Which status code or wire error a kind becomes is decided by the entry
points, in one table each.
"""

import re
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

import msgspec

__all__ = [
    "Busy",
    "Conflict",
    "FieldProblem",
    "Invalid",
    "MalformedRequest",
    "MissingPrecondition",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "PayloadTooLarge",
    "RateLimited",
    "Refusal",
    "StaleVersion",
    "UnsupportedMediaType",
    "refusal_types",
]


class Refusal(Exception):
    """A foreseen no. Never raised itself: one of its kinds is."""

    @classmethod
    def type_name(cls) -> str:
        """The stable name of this refusal, as in a problem's ``type`` URI."""
        return _words(cls.__name__).replace(" ", "-")

    @classmethod
    def title(cls) -> str:
        """What kind of no this is, without the particulars."""
        return _words(cls.__name__).capitalize()

    def facts(self) -> dict[str, Any]:
        """The fields that a caller needs in order to act."""
        cls: Any = type(self)
        return {name: getattr(self, name) for name in _field_names(cls)}

    def __str__(self) -> str:
        return " ".join((type(self).__doc__ or "").split()).format_map(self.facts())


class NotFound(Refusal):
    """What was asked for does not exist, or not for this caller."""


class Conflict(Refusal):
    """The request is sound, but the present state forbids it."""


class NotAllowed(Refusal):
    """The caller may not do this."""


class Invalid(Refusal):
    """The request can not be understood or is out of bounds."""


class Busy(Refusal):
    """Too much at once; the same request may be sent again."""


class NotAuthenticated(NotAllowed):
    """The caller did not show who they are."""


class StaleVersion(Conflict):
    """The caller edits a version that is no longer the current one."""


class MissingPrecondition(Invalid):
    """The request must say which version it edits."""


class PayloadTooLarge(Invalid):
    """The request is larger than is accepted."""


class UnsupportedMediaType(Invalid):
    """The request's body is of a type that is not understood here."""


class RateLimited(Busy):
    """The caller sends more requests than they may."""


class FieldProblem(msgspec.Struct, frozen=True):
    """One thing wrong with one field, and what would mend it."""

    field: str
    problem: str


@dataclass(eq=False)
class MalformedRequest(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


def refusal_types() -> list[type[Refusal]]:
    """Every refusal that can be raised by the code loaded so far: the classes with a message of
    their own, by type name."""

    def below(cls: type[Refusal]) -> list[type[Refusal]]:
        children = cls.__subclasses__()
        return [cls, *(found for child in children for found in below(child))]

    raised = {found for found in below(Refusal) if "__dataclass_fields__" in found.__dict__}
    return sorted(raised, key=lambda found: found.type_name())


@cache
def _words(class_name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", class_name).lower()


@cache
def _field_names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls)) if is_dataclass(cls) else ()
