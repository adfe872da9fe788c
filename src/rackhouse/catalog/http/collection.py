"""A path under which products are: what is asked of it, and how it answers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.catalog.draft_schemas import draft_schema, patch_schema
from rackhouse.catalog.editing import KEPT_FIELDS
from rackhouse.catalog.errors import InvalidProduct
from rackhouse.catalog.paging import ORDERS, Sought, products_page
from rackhouse.catalog.products import (
    create_product,
    patch_product,
    product_of,
    remove_product,
    replace_product,
)
from rackhouse.catalog.rules import ProductType
from rackhouse.catalog.rules.life import State
from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.platform.errors import FieldProblem
from rackhouse.platform.http import (
    Answer,
    Call,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)

__all__ = ["Collection", "CollectionQuery", "ProductsQuery", "named"]

FILTER_LENGTH_MAX = 200
CONDITIONS_LENGTH_MAX = 2000

_Filter = Annotated[str, Meta(min_length=1, max_length=FILTER_LENGTH_MAX, pattern="^[^\\x00]*$")]


class CollectionQuery(PageQuery, frozen=True, kw_only=True):
    """Which products of a collection to list, and in which order."""

    brand: Annotated[_Filter | None, Meta(description="Only of this brand.")] = None
    category: Annotated[
        _Filter | None, Meta(description="Only in this category or below it: whisky/single-malt.")
    ] = None
    tag: Annotated[_Filter | None, Meta(description="Only with this tag.")] = None
    q: Annotated[_Filter | None, Meta(description="Only with this text in the name.")] = None
    filter: Annotated[
        Annotated[str, Meta(max_length=CONDITIONS_LENGTH_MAX, pattern="^[^\\x00]*$")] | None,
        Meta(
            description="Conditions with semicolons between them, each of which has to hold, as in "
            "search: `country:Scotland,Japan;abv:40..46;peated:true`."
        ),
    ] = None
    state: Annotated[
        State | None,
        Meta(description="Only what is so at the moment. Who sees no drafts sees what is live."),
    ] = None
    sort: Annotated[
        str,
        Meta(
            pattern=f"^({'|'.join(ORDERS)})$",
            description=f"The order: {', '.join(ORDERS)}. What has no price or date comes last.",
        ),
    ] = "name"


class ProductsQuery(CollectionQuery, frozen=True, kw_only=True):
    """Which products to list, and in which order."""

    type: Annotated[_Filter | None, Meta(description="Only of this product type.")] = None


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """One path under which products are: all of them, or those of one type. ``one`` and ``many``
    are what they are called; the operation ids come from these words."""

    path: str
    one: str
    many: str
    only_type: str | None

    def schema(self, types: Mapping[str, ProductType]) -> dict[str, Any]:
        """What a draft looks like here."""
        only = None if self.only_type is None else types[self.only_type]
        return draft_schema(only, types)

    def patch_schema(self, types: Mapping[str, ProductType]) -> dict[str, Any]:
        """What a merge patch looks like here."""
        only = None if self.only_type is None else types[self.only_type]
        return patch_schema(only, types)

    async def get_many(self, call: Call) -> Answer:
        query: CollectionQuery = call.query
        order = ORDERS[query.sort]
        found = await products_page(
            context=call.context,
            sought=Sought(
                type=self.only_type or getattr(query, "type", None),
                brand=query.brand,
                category=query.category,
                tag=query.tag,
                q=query.q,
                filter=query.filter,
                state=query.state,
            ),
            order=order,
            after=query.after(order.place_type),
            limit=query.limit + 1,
        )
        return Answer(200, Page.of(found, query.limit, order.place_of))

    async def post(self, call: Call) -> ListedProduct:
        return await create_product(context=call.context, draft=self._draft(call))

    async def get_one(self, call: Call) -> Answer:
        found = await product_of(
            context=call.context, product_id=call.path["product_id"], only_type=self.only_type
        )
        return _listed(found)

    async def put(self, call: Call) -> Answer:
        listed = await replace_product(
            context=call.context,
            product_id=call.path["product_id"],
            only_type=self.only_type,
            draft=self._draft(call),
            expected_version=version_matched(call),
        )
        return _listed(listed)

    async def patch(self, call: Call) -> Answer:
        listed = await patch_product(
            context=call.context,
            product_id=call.path["product_id"],
            only_type=self.only_type,
            patch=self._patch(call),
            expected_version=version_matched(call),
        )
        return _listed(listed)

    async def delete(self, call: Call) -> Answer:
        await remove_product(
            context=call.context,
            product_id=call.path["product_id"],
            only_type=self.only_type,
            expected_version=version_matched(call),
        )
        return Answer(204)

    def present(self, listed: ListedProduct) -> Answer:
        location = (b"location", f"{self.path}/{listed.id}".encode())
        return Answer(201, listed, (entity_tag(listed.version), location))

    def _draft(self, call: Call) -> dict[str, Any]:
        draft = {field: said for field, said in call.body.items() if field not in KEPT_FIELDS}
        if self.only_type is not None:
            _check_type(draft.setdefault("type", self.only_type), self.only_type)
        return draft

    def _patch(self, call: Call) -> dict[str, Any]:
        patch: dict[str, Any] = call.body
        if self.only_type is not None:
            _check_type(patch.get("type", self.only_type), self.only_type)
        return patch


def _listed(product: ListedProduct) -> Answer:
    return Answer(200, product, (entity_tag(product.version),))


def _check_type(said: object, only_type: str) -> None:
    if said != only_type:
        remedy = f"is not {only_type!r}, the type of this collection; leave it out"
        raise InvalidProduct((FieldProblem(field="type", problem=remedy),))


def named(name: str, handle: Callable[[Call], Awaitable[Any]]) -> Callable[[Call], Awaitable[Any]]:
    """A handler of a name, from which its operation id comes."""

    async def handler(call: Call) -> Any:
        return await handle(call)

    handler.__name__ = name
    return handler
