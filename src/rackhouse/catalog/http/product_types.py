"""Product types over HTTP: read, defined, changed with their products, and removed."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.catalog.errors import (
    CollectionTaken,
    InvalidProductType,
    InvalidTypeChange,
    ProductsDoNotFit,
    ProductTypeBuiltIn,
    ProductTypeExists,
    ProductTypeInUse,
    ProductTypeNotFound,
    TooManyProductTypes,
    TooManyToConvert,
)
from rackhouse.catalog.product_types import (
    define_product_type,
    product_type_of,
    product_types,
    remove_product_type,
)
from rackhouse.catalog.rules import ListedType
from rackhouse.catalog.rules.type_changes import (
    CONVERSIONS_MAX,
    Conversion,
    Fate,
    Policy,
    ProductOutcome,
)
from rackhouse.catalog.type_changes import (
    ChangedType,
    TriedChange,
    change_product_type,
    try_type_change,
)
from rackhouse.catalog.type_schemas import KEPT_TYPE_FIELDS, type_schema
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    cursor_of,
    entity_tag,
    version_matched,
)

__all__ = ["ENDPOINTS"]

PATH = "/api/v1/product-types"
_NAME = {"name": "The name of the product type, such as `spirit`."}

_Definition = Annotated[
    dict[str, Any], Meta(title="product type", extra_json_schema=type_schema(named=True))
]
_Redefinition = Annotated[
    dict[str, Any], Meta(title="product type", extra_json_schema=type_schema(named=False))
]
_Id = Annotated[str, Meta(max_length=64, pattern="^[a-z0-9][a-z0-9._-]*$")]


class TypeChangeDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product type as it is to be, and how its products get there. Without ``on_misfit``, for
    an attribute or for all of them, a change that loses what a product says is refused."""

    definition: _Redefinition
    conversions: Annotated[tuple[Conversion, ...], Meta(max_length=CONVERSIONS_MAX)] = ()
    on_misfit: Policy | None = None


class TriedChangeQuery(PageQuery, frozen=True, kw_only=True):
    """Which products to tell of."""

    outcome: Annotated[
        Fate | None, Meta(description="Only products that this would become of.")
    ] = None


class TriedChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would do: all products of the type counted, and a page of them told.
    ``version`` is that of the type as it is, for If-Match."""

    version: int
    products: int
    fitting: int
    converted: int
    not_fitting: int
    items: list[ProductOutcome]
    next_cursor: str | None


async def get_product_types(call: Call) -> Answer:
    return Answer(200, Page(await product_types(context=call.context), None))


async def get_product_type(call: Call) -> Answer:
    return _listed(await product_type_of(context=call.context, name=call.path["name"]))


async def post_product_type(call: Call) -> ListedType:
    """The type is in force at once: products of it can be put into the catalog, and its collection
    is served under `/api/v1/`. The answer says in `Location` where the type is."""
    return await define_product_type(context=call.context, draft=_draft(call.body))


async def put_product_type(call: Call) -> Answer:
    """Refused where a product of the type would lose what it says; a change with conversions says
    how it is kept. A type that comes with Rackhouse has the version 0."""
    changed = await change_product_type(
        context=call.context,
        name=call.path["name"],
        draft=_draft(call.body),
        conversions=(),
        on_misfit=None,
        expected_version=version_matched(call),
    )
    return _listed(changed.product_type)


async def delete_product_type(call: Call) -> Answer:
    """One that comes with Rackhouse is in force again where it was changed."""
    await remove_product_type(
        context=call.context,
        name=call.path["name"],
        expected_version=version_matched(call),
    )
    return Answer(204)


async def try_product_type_change(call: Call) -> Answer:
    """Each product of the type fits as it is, is converted, or does not fit, with the field and
    the reason. Nothing is changed."""
    asked: TypeChangeDraft = call.body
    query: TriedChangeQuery = call.query
    tried = await try_type_change(
        context=call.context,
        name=call.path["name"],
        draft=_draft(asked.definition),
        conversions=asked.conversions,
        on_misfit=asked.on_misfit,
        only=query.outcome,
        after_id=query.after(_Id) or "",
        limit=query.limit + 1,
    )
    return Answer(200, _page(tried, query.limit))


async def post_product_type_change(call: Call) -> ChangedType:
    """All in one: the type is changed and each product that has to be is converted, or nothing is.
    Each changed product has an event of its own."""
    asked: TypeChangeDraft = call.body
    return await change_product_type(
        context=call.context,
        name=call.path["name"],
        draft=_draft(asked.definition),
        conversions=asked.conversions,
        on_misfit=asked.on_misfit,
        expected_version=version_matched(call),
    )


def present_product_type(listed: ListedType) -> Answer:
    location = (b"location", f"{PATH}/{listed.name}".encode())
    return Answer(201, listed, (entity_tag(listed.version), location))


def present_changed_type(changed: ChangedType) -> Answer:
    return Answer(200, changed, (entity_tag(changed.product_type.version),))


def _listed(listed: ListedType) -> Answer:
    return Answer(200, listed, (entity_tag(listed.version),))


def _draft(body: dict[str, Any]) -> dict[str, Any]:
    return {field: said for field, said in body.items() if field not in KEPT_TYPE_FIELDS}


def _page(tried: TriedChange, limit: int) -> TriedChangePage:
    items = tried.outcomes[:limit]
    more = len(tried.outcomes) > limit
    return TriedChangePage(
        version=tried.version,
        products=tried.products,
        fitting=tried.fitting,
        converted=tried.converted,
        not_fitting=tried.not_fitting,
        items=items,
        next_cursor=cursor_of(items[-1].product_id) if more else None,
    )


ENDPOINTS = [
    Endpoint(
        method="GET",
        path=PATH,
        handler=get_product_types,
        permission="catalog:read",
        summary="What kinds of product there are, and the attributes of each",
        answers={200: Page[ListedType]},
    ),
    Endpoint(
        method="POST",
        path=PATH,
        handler=post_product_type,
        present=present_product_type,
        permission="catalog:write",
        summary="Define a product type of your own",
        body=_Definition,
        answers={201: ListedType},
        refusals=(InvalidProductType, ProductTypeExists, CollectionTaken, TooManyProductTypes),
    ),
    Endpoint(
        method="GET",
        path=f"{PATH}/{{name}}",
        handler=get_product_type,
        permission="catalog:read",
        summary="A product type with its attributes",
        answers={200: ListedType},
        refusals=(ProductTypeNotFound,),
        path_descriptions=_NAME,
    ),
    Endpoint(
        method="PUT",
        path=f"{PATH}/{{name}}",
        handler=put_product_type,
        permission="catalog:write",
        summary="Define a product type anew, wholly, where all its products fit",
        body=_Redefinition,
        answers={200: ListedType},
        refusals=(
            ProductTypeNotFound,
            InvalidProductType,
            InvalidTypeChange,
            CollectionTaken,
            ProductsDoNotFit,
            TooManyToConvert,
        ),
        needs_if_match=True,
        path_descriptions=_NAME,
    ),
    Endpoint(
        method="DELETE",
        path=f"{PATH}/{{name}}",
        handler=delete_product_type,
        permission="catalog:write",
        summary="Remove a product type of your own",
        answers={204: None},
        refusals=(
            ProductTypeNotFound,
            ProductTypeBuiltIn,
            ProductTypeInUse,
            ProductsDoNotFit,
            TooManyToConvert,
        ),
        needs_if_match=True,
        path_descriptions=_NAME,
    ),
    Endpoint(
        method="POST",
        path=f"{PATH}/{{name}}/changes/try",
        handler=try_product_type_change,
        permission="catalog:read",
        summary="What a change of a product type would do to each of its products",
        query=TriedChangeQuery,
        body=TypeChangeDraft,
        answers={200: TriedChangePage},
        refusals=(ProductTypeNotFound, InvalidProductType, InvalidTypeChange, CollectionTaken),
        only_reads=True,
        path_descriptions=_NAME,
    ),
    Endpoint(
        method="POST",
        path=f"{PATH}/{{name}}/changes",
        handler=post_product_type_change,
        present=present_changed_type,
        permission="catalog:write",
        summary="Change a product type and convert its products",
        body=TypeChangeDraft,
        answers={200: ChangedType},
        refusals=(
            ProductTypeNotFound,
            InvalidProductType,
            InvalidTypeChange,
            CollectionTaken,
            ProductsDoNotFit,
            TooManyToConvert,
        ),
        needs_if_match=True,
        path_descriptions=_NAME,
    ),
]
