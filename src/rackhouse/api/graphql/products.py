"""Products as GraphQL shows them: with their variants, and what there is of each."""

import datetime
from typing import Annotated, Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from rackhouse.api.graphql.asking import Info
from rackhouse.api.graphql.paging import (
    FIRST_DEFAULT,
    After,
    BigInt,
    Connection,
    First,
    asked_page,
    described,
    field,
    page_of,
)
from rackhouse.api.graphql.stock import Lot, LotStatus, SkuAvailability, lots_page
from rackhouse.catalog import ORDERS, Component, ListedProduct, Media, Sought, products_page
from rackhouse.catalog import Variant as CatalogVariant
from rackhouse.platform.errors import MalformedRequest

__all__ = ["Product", "Variant", "products_found", "variant_of"]

VARIANTS_DEFAULT = 10

ChannelSeen = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="As this channel sees it: where it sells from, with its own allotment."
    ),
]


@described
class MediaItem:
    """A picture, a film or a model in three dimensions. `alt` says what it shows, `role` what it is
    for: main, gallery, packaging or poster."""

    kind: str
    url: str
    alt: str
    role: str

    @staticmethod
    def of(media: Media) -> "MediaItem":
        return MediaItem(**msgspec.structs.asdict(media))


@described
class BundleComponent:
    """How many of another SKU one bundle takes."""

    sku: strawberry.ID
    quantity: int

    @field("The variant of this SKU.")
    async def variant(
        self, info: Info
    ) -> Annotated["Variant", strawberry.lazy("rackhouse.api.graphql.products")] | None:
        return await variant_of(info, self.sku)

    @staticmethod
    def of(component: Component) -> "BundleComponent":
        return BundleComponent(sku=strawberry.ID(component.sku), quantity=component.quantity)


@described
class Variant:
    """One sellable form of a product. With components it is a bundle: it takes their stock. Its
    price is its own or else its product's, in minor units of `currency`."""

    sku: strawberry.ID
    name: str | None
    options: JSON
    barcode: str | None
    price_minor: BigInt | None
    currency: str | None
    is_bundle: bool
    components: list[BundleComponent]
    listed: strawberry.Private[ListedProduct]

    @field("The product that it is a form of.")
    def product(
        self,
    ) -> Annotated["Product", strawberry.lazy("rackhouse.api.graphql.products")]:
        return Product.of(self.listed)

    @field("What there is of it as of now, everywhere or as a channel.")
    async def availability(self, info: Info, channel: ChannelSeen = None) -> SkuAvailability | None:
        found = await info.context.availability.load((self.listed.id, channel))
        of_sku = (
            next((each for each in found.skus if each.sku == self.sku), None) if found else None
        )
        return None if of_sku is None else SkuAvailability.of(of_sku)

    @field("Its lots, in order of their ids.")
    async def lots(
        self,
        info: Info,
        first: First = FIRST_DEFAULT,
        after: After = None,
        status: Annotated[
            LotStatus | None, strawberry.argument(description="Only in this status.")
        ] = None,
    ) -> Connection[Lot] | None:
        page: Connection[Lot] = await lots_page(info, self.sku, first, after, status)
        return page

    @staticmethod
    def of(variant: CatalogVariant, product: ListedProduct) -> "Variant":
        own = variant.price_minor
        price = product.price_minor if own is None else own
        return Variant(
            sku=strawberry.ID(variant.sku),
            name=variant.name,
            options=JSON(variant.options),
            barcode=variant.barcode,
            price_minor=None if price is None else BigInt(price),
            currency=product.currency,
            is_bundle=variant.is_bundle,
            components=[BundleComponent.of(each) for each in variant.components],
            listed=product,
        )


@described
class Product:
    """What is described and admired. Its price is in minor units of `currency`; `attributes` are
    as its type says. `state` is what it is at the moment by the clock: draft, scheduled, live or
    archived; `availability` whether any of it can be had."""

    id: strawberry.ID
    type: str
    name: str
    brand: str | None
    description: str
    categories: list[str]
    tags: list[str]
    price_minor: BigInt | None
    currency: str | None
    release_date: datetime.date | None
    attributes: JSON
    media: list[MediaItem]
    variant_count: int
    version: BigInt
    created_at: datetime.datetime
    updated_at: datetime.datetime
    stage: str
    state: str
    goes_live_at: datetime.datetime | None
    archives_at: datetime.datetime | None
    availability: str
    listed: strawberry.Private[ListedProduct]

    @field("Its variants: the first so many, or those of some SKUs.")
    def variants(
        self,
        first: First = VARIANTS_DEFAULT,
        skus: Annotated[
            list[strawberry.ID] | None, strawberry.argument(description="Only of these SKUs.")
        ] = None,
    ) -> list[Variant]:
        asked_page(first, None, str)
        found = [each for each in self.listed.variants if skus is None or each.sku in skus]
        return [Variant.of(each, self.listed) for each in found[:first]]

    @staticmethod
    def of(product: ListedProduct) -> "Product":
        return Product(
            id=strawberry.ID(product.id),
            type=product.type,
            name=product.name,
            brand=product.brand,
            description=product.description,
            categories=list(product.categories),
            tags=list(product.tags),
            price_minor=None if product.price_minor is None else BigInt(product.price_minor),
            currency=product.currency,
            release_date=product.release_date,
            attributes=JSON(msgspec.to_builtins(product.attributes)),
            media=[MediaItem.of(each) for each in product.media],
            variant_count=len(product.variants),
            version=BigInt(product.version),
            created_at=product.created_at,
            updated_at=product.updated_at,
            stage=product.stage,
            state=product.state,
            goes_live_at=product.goes_live_at,
            archives_at=product.archives_at,
            availability=product.availability,
            listed=product,
        )


async def variant_of(info: Info, sku: str) -> Variant | None:
    """The variant of a SKU, or None where the catalog has none (any more)."""
    product = await info.context.products_by_sku.load(sku)
    found = [each for each in product.variants if each.sku == sku] if product else []
    return Variant.of(found[0], product) if found and product else None


async def products_found(
    info: Info, *, sought: Sought, sort: str, first: int, after: str | None
) -> Any:
    """A page of the products that are as sought; refuses an order that there is not."""
    order = ORDERS.get(sort)
    if order is None:
        raise MalformedRequest(field="sort", problem=f"is none of {', '.join(ORDERS)}")
    place: Any = asked_page(first, after, order.place_type)
    found = await products_page(
        context=info.context.context, sought=sought, order=order, after=place, limit=first + 1
    )
    return page_of(found, first, after, order.place_of, Product.of)
