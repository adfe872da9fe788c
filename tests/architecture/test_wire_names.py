"""Names on the wire: what is told side by side in one JSON object never has the same name."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import msgspec

from rackhouse.inventory.levels import Levels
from rackhouse.modules import MODULES
from rackhouse.orders.lane import OrderState
from rackhouse.platform.errors import NotFound, Refusal, refusal_types

# The state that is recorded beside the events of a module, in the same object.
RECORDED_BESIDE = {"inventory": Levels, "orders": OrderState}
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "instance"}


def hidden_facts(events: Iterable[type[msgspec.Struct]], state: type[msgspec.Struct]) -> list[str]:
    """Fields of events that the state recorded beside them would overwrite."""
    return [
        f"{event.__name__}.{field}"
        for event in events
        for field in event.__struct_fields__
        if field in state.__struct_fields__
    ]


def hidden_members(refusals: Iterable[type[Refusal]]) -> list[str]:
    """Fields of refusals that would overwrite a member of the problem document (RFC 9457)."""
    return [
        f"{refusal.__module__}.{refusal.__name__}.{field.name}"
        for refusal in refusals
        for field in fields(refusal)  # type: ignore[arg-type]
        if field.name in PROBLEM_MEMBERS
    ]


def test_no_state_overwrites_the_facts_of_an_event() -> None:
    found = [
        f"{module.name}: {problem}"
        for module in MODULES
        if module.name in RECORDED_BESIDE
        for problem in hidden_facts(module.event_types.values(), RECORDED_BESIDE[module.name])
    ]
    assert found == []


def test_no_refusal_overwrites_what_a_problem_says() -> None:
    assert hidden_members(refusal_types()) == []


def test_a_name_that_comes_twice_is_found() -> None:
    freed = msgspec.defstruct("Freed", [("held", int), ("hold_id", str)], frozen=True)
    assert hidden_facts([freed], Levels) == ["Freed.held"]

    @dataclass(eq=False)
    class Gone(NotFound):
        """It is {status}."""

        status: str

    assert [each.rpartition(".")[2] for each in hidden_members([Gone])] == ["status"]
