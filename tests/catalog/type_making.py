"""Product types with fresh names, products of them, and what is recorded of both."""

from typing import Any

from making import a_draft, fresh

from rackhouse.catalog import (
    ChangedType,
    Conversion,
    ListedProduct,
    ListedType,
    TriedChange,
    change_product_type,
    create_product,
    define_product_type,
    product_of,
    try_type_change,
)
from rackhouse.catalog.log import LOG
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event

LEAF = {"name": "leaf", "title": "Leaf", "kind": "text"}


def a_tea(*attributes: dict[str, Any], **said: Any) -> dict[str, Any]:
    """A sound definition of a type of a fresh name, with an attribute or some."""
    name = fresh("tea")
    listed = [{"title": "Leaf"} | each for each in attributes or (LEAF,)]
    return {"name": name, "title": "Teas", "collection": name, "attributes": listed} | said


async def defined(context: Context, *attributes: dict[str, Any], **said: Any) -> ListedType:
    """A type that is in force."""
    return await define_product_type(context=context, draft=a_tea(*attributes, **said))


def redefined(tea: ListedType, *attributes: dict[str, Any], **said: Any) -> dict[str, Any]:
    """The definition of a type with other attributes."""
    return a_tea(*attributes, name=tea.name, collection=tea.collection) | said


async def put_in(context: Context, tea: ListedType, **attributes: Any) -> ListedProduct:
    """A product of a type that is in the catalog."""
    return await create_product(
        context=context, draft=a_draft(type=tea.name, attributes=attributes)
    )


async def changed(
    context: Context, draft: dict[str, Any], *conversions: dict[str, Any], **said: Any
) -> ChangedType:
    """A type that was changed."""
    return await change_product_type(
        context=context,
        name=draft["name"],
        draft=draft,
        conversions=[Conversion(**each) for each in conversions],
        **{"on_misfit": None, "expected_version": None} | said,
    )


async def tried(
    context: Context, draft: dict[str, Any], *conversions: dict[str, Any], **said: Any
) -> TriedChange:
    """What a change would do."""
    return await try_type_change(
        context=context,
        name=draft["name"],
        draft=draft,
        conversions=[Conversion(**each) for each in conversions],
        **{"on_misfit": None, "only": None, "after_id": "", "limit": 50} | said,
    )


async def said_of(context: Context, product_id: str) -> dict[str, Any]:
    """What is said of a product now."""
    found = await product_of(context=context, product_id=product_id, only_type=None)
    return found.attributes


async def events_in(context: Context, stream: str) -> list[Event]:
    """The events of a stream, the oldest in front."""
    async with context.house.database("catalog").transaction() as tx:
        found = await LOG.read_streams(
            tx, streams=[stream], recorded_before=None, position_before=None, limit=50
        )
    return found[::-1]
