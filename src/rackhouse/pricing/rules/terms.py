"""What price lists, promotions and tax rates say."""

import datetime
from typing import Annotated, Generic, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

__all__ = [
    "ALL_BASIS_POINTS",
    "AMOUNT_LIMIT",
    "QUANTITY_LIMIT",
    "BundlePrice",
    "BuyGet",
    "Country",
    "Currency",
    "Discount",
    "FixedOff",
    "FixedPrice",
    "Handle",
    "Listing",
    "Minor",
    "Percentage",
    "Price",
    "PriceListTerms",
    "PromotionTerms",
    "Quantity",
    "Region",
    "Rule",
    "Said",
    "Sku",
    "Targets",
    "TaxRateTerms",
    "Terms",
    "Time",
]

AMOUNT_LIMIT = 10**12
QUANTITY_LIMIT = 1_000_000
TITLE_LENGTH_LIMIT = 200
TARGETS_LIMIT = 1_000
FACTOR_LIMIT = 1_000_000
PRIORITY_LIMIT = 1_000_000
ALL_BASIS_POINTS = 10_000

_PRINTED = "^[^\\x00-\\x1f\\x7f]+$"

Handle = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9._-]*$")]
Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=_PRINTED, description="The SKU.")]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="Three letters: `EUR`.")]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1: `DE`.")]
Region = Annotated[
    str, Meta(pattern="^[A-Z0-9]{1,3}$", description="ISO 3166-2 without the country: `CA`.")
]
TaxCategory = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9._-]*$")]
Time = Annotated[datetime.datetime, Meta(tz=True)]
Title = Annotated[str, Meta(min_length=1, max_length=TITLE_LENGTH_LIMIT, pattern=_PRINTED)]
Minor = Annotated[int, Meta(ge=0, le=AMOUNT_LIMIT, description="In minor units of the currency.")]
SomeMinor = Annotated[int, Meta(ge=1, le=AMOUNT_LIMIT, description="In minor units.")]
Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_LIMIT)]
_Word = Annotated[str, Meta(min_length=1, max_length=200, pattern=_PRINTED)]
_Words = Annotated[tuple[_Word, ...], Meta(max_length=TARGETS_LIMIT)]

StartsAt = Annotated[Time | None, Meta(description="When it begins to count; null is at once.")]
EndsAt = Annotated[Time | None, Meta(description="When it counts no more; null is never.")]
OfChannel = Annotated[Handle | None, Meta(description="The one channel; null is every channel.")]
OfGroup = Annotated[Handle | None, Meta(description="The one customer group; null is everybody.")]


class PriceListTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be said of a price list."""

    title: Title
    currency: Currency
    channel: OfChannel = None
    customer_group: OfGroup = None
    includes_tax: Annotated[bool, Meta(description="Whether tax is in its prices already.")] = True
    shows_tax: Annotated[bool, Meta(description="Whether answers say the tax in its prices.")] = (
        True
    )
    country: Annotated[
        Country | None, Meta(description="Whose taxes are meant where a question says none.")
    ] = None
    region: Annotated[Region | None, Meta(description="The part of that country.")] = None
    starts_at: StartsAt = None
    ends_at: EndsAt = None
    priority: Annotated[
        int,
        Meta(ge=0, le=PRIORITY_LIMIT, description="The list with the highest is asked first."),
    ] = 0
    base: Annotated[
        Handle | None,
        Meta(
            description="Where a price comes from that is not in the list: `catalog`, or the id of "
            "another list."
        ),
    ] = None
    base_factor_basis_points: Annotated[
        int,
        Meta(ge=1, le=FACTOR_LIMIT, description="What of the base's price: 10,000 is all of it."),
    ] = ALL_BASIS_POINTS
    base_adjustment_minor: Annotated[
        int,
        Meta(ge=-AMOUNT_LIMIT, le=AMOUNT_LIMIT, description="What is then added, or taken off."),
    ] = 0


class Percentage(msgspec.Struct, frozen=True, tag_field="kind", tag="percentage"):
    """A share off each piece."""

    off_basis_points: Annotated[
        int, Meta(ge=1, le=ALL_BASIS_POINTS, description="1,000 is ten percent.")
    ]


class FixedOff(msgspec.Struct, frozen=True, tag_field="kind", tag="fixed_off"):
    """An amount off each piece, down to nothing."""

    off_minor: SomeMinor


class FixedPrice(msgspec.Struct, frozen=True, tag_field="kind", tag="fixed_price"):
    """A price of each piece, where it is lower than without."""

    price_minor: Minor


class BuyGet(msgspec.Struct, frozen=True, tag_field="kind", tag="buy_get"):
    """Of every ``buy`` and ``get`` pieces of one SKU, ``get`` cost nothing."""

    buy: Quantity
    get: Quantity


class BundlePrice(msgspec.Struct, frozen=True, tag_field="kind", tag="bundle_price"):
    """So many pieces of one SKU at one price together."""

    pieces: Annotated[int, Meta(ge=2, le=QUANTITY_LIMIT)]
    price_minor: Minor


Discount: TypeAlias = Percentage | FixedOff | FixedPrice | BuyGet | BundlePrice


class Targets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a promotion is for: whatever is named by any of these; with none of them, everything.
    A category means those below it, too."""

    skus: _Words = ()
    products: _Words = ()
    tags: _Words = ()
    categories: _Words = ()
    brands: _Words = ()


class PromotionTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be said of a promotion."""

    title: Title
    discount: Discount
    position: Annotated[
        int,
        Meta(
            ge=1,
            le=PRIORITY_LIMIT,
            description="Its place in the order in which promotions apply, the lowest first.",
        ),
    ]
    targets: Targets = Targets()
    channel: OfChannel = None
    currency: Annotated[Currency | None, Meta(description="Null is any; amounts need one.")] = None
    customer_group: OfGroup = None
    starts_at: StartsAt = None
    ends_at: EndsAt = None
    stackable: Annotated[
        bool, Meta(description="Whether it applies together with others; if not, it is alone.")
    ] = False


class TaxRateTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be said of a tax rate. Those of a country and of its region are added up."""

    title: Title
    country: Country
    region: Annotated[Region | None, Meta(description="Null is the whole country.")] = None
    category: Annotated[
        TaxCategory, Meta(description="What it is for: the `tax_category` of a product.")
    ] = "standard"
    rate_ppm: Annotated[
        int, Meta(ge=0, le=1_000_000, description="In millionths: 190,000 is 19 percent.")
    ]
    starts_at: StartsAt = None
    ends_at: EndsAt = None


Terms: TypeAlias = PriceListTerms | PromotionTerms | TaxRateTerms
Said = TypeVar("Said", bound=PriceListTerms | PromotionTerms | TaxRateTerms)
Said_co = TypeVar("Said_co", bound=PriceListTerms | PromotionTerms | TaxRateTerms, covariant=True)


class Rule(msgspec.Struct, Generic[Said_co], frozen=True):
    """One version of what a rule says, from when to when it was on record."""

    id: str
    version: int
    terms: Said_co
    recorded_at: datetime.datetime
    closed_at: datetime.datetime | None = None


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What a list says of a SKU from a quantity on, within its own time."""

    list_id: str
    sku: str
    min_quantity: int
    price_minor: int
    starts_at: datetime.datetime | None
    ends_at: datetime.datetime | None
    recorded_at: datetime.datetime
    closed_at: datetime.datetime | None = None


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog said of a SKU, as far as its price depends on it."""

    sku: str
    product_id: str
    price_minor: int | None
    currency: str | None
    brand: str | None
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    tax_category: str
    recorded_at: datetime.datetime
    closed_at: datetime.datetime | None = None
