"""What kinds of product there are, which attributes each has, and what a definition must be."""

import datetime
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ..errors import InvalidProductType
from .attributes import TITLE_LENGTH_MAX, Attribute, attribute_of, name_of
from .plain_values import items_of, table_of, text_of
from .problems import Problems, at

ATTRIBUTES_MAX = 100

_TYPE_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


class ProductType(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of product: its name, the collection it is shown in, and its attributes."""

    name: str
    title: str
    collection: str
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of this name, or None."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


class ListedType(ProductType, frozen=True, kw_only=True):
    """A product type as it is in force. ``version`` grows with each change; what comes with
    Rackhouse and was not changed is ``built_in``, has version 0 and no times."""

    version: int
    built_in: bool
    created_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None

    @staticmethod
    def shipped(product_type: ProductType) -> "ListedType":
        """A type as it comes with Rackhouse."""
        return ListedType(**_said(product_type), version=0, built_in=True)

    @staticmethod
    def own(
        product_type: ProductType,
        version: int,
        created_at: datetime.datetime,
        updated_at: datetime.datetime,
    ) -> "ListedType":
        """A type of the seller's own."""
        return ListedType(
            **_said(product_type),
            version=version,
            built_in=False,
            created_at=created_at,
            updated_at=updated_at,
        )

    def definition(self) -> ProductType:
        """What the type says, without what the catalog keeps of it."""
        return ProductType(**_said(self))


def validate_product_type(draft: Mapping[str, Any]) -> ProductType:
    """The product type that ``draft`` (as read from JSON) describes.

    Refuses with ``InvalidProductType``, which names every problem at once.
    """
    problems = Problems("product type")
    draft = table_of(draft, "", problems)
    problems.note_unknown("", draft, ProductType.__struct_fields__)
    product_type = ProductType(
        name=name_of(draft.get("name"), "name", _TYPE_NAME, problems),
        title=text_of(draft.get("title"), "title", problems, max_length=TITLE_LENGTH_MAX),
        collection=name_of(draft.get("collection"), "collection", _TYPE_NAME, problems),
        attributes=_attributes_of(draft.get("attributes"), problems),
    )
    if told := problems.told():
        raise InvalidProductType(told)
    return product_type


def _said(product_type: ProductType) -> dict[str, Any]:
    return {field: getattr(product_type, field) for field in ProductType.__struct_fields__}


def _attributes_of(value: Any, problems: Problems) -> tuple[Attribute, ...]:
    attributes: list[Attribute] = []
    for index, item in enumerate(items_of(value, "attributes", problems, most=ATTRIBUTES_MAX)):
        path = f"attributes[{index}]"
        attribute = attribute_of(table_of(item, path, problems), path, problems)
        if any(earlier.name == attribute.name for earlier in attributes):
            problems.note(at(path, "name"), f"{attribute.name!r} is used twice; rename one of them")
        attributes.append(attribute)
    return tuple(attributes)
