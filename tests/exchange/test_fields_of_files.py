"""Files follow the structs of the catalog: what may be left unsaid, and what is cleared."""

import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from rackhouse.catalog import Product
from rackhouse.exchange.rules import difference
from rackhouse.exchange.rules.fields import clearable_fields, plain_fields


class Later(msgspec.Struct):
    """A struct with fields of every sort that may come."""

    name: str
    stage: Literal["draft", "live"] | UnsetType = UNSET
    until: datetime.datetime | UnsetType | None = UNSET
    attributes: dict[str, str] = {}


def test_a_field_has_its_type_without_what_says_nothing():
    assert plain_fields(Later) == {"name": str, "stage": str, "until": datetime.datetime}


def test_an_empty_place_clears_what_can_also_be_left_as_it_is():
    assert clearable_fields(Later) == {"until"}


def test_what_is_not_said_makes_no_difference():
    before = Product(id="a", type="goods", name="A", brand="Quay")
    unsaid = msgspec.structs.replace(before, brand=UNSET)
    assert difference(before, unsaid).fields == ()
    cleared = msgspec.structs.replace(before, brand=None)
    assert [each.field for each in difference(before, cleared).fields] == ["brand"]
