"""What an import came to: products that are valid, rows that are bad, and the count of both."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ..errors import InvalidProduct
from ..rules import Product, ProductType, suggestion, validate_product
from .drafting import Draft
from .reading import BadRow

REASONS_MAX = 1_000
OTHER_REASONS = "other reasons"


class ReadProduct(msgspec.Struct, frozen=True):
    """A valid product, and the rows it was made of."""

    row_number: int
    product: Product
    rows: int = 1


class Counts(msgspec.Struct, frozen=True):
    """Where all rows went: ``rows == rows_in_products + rows_bad``."""

    rows: int
    products: int
    rows_in_products: int
    rows_bad: int
    reasons: dict[str, int]


def products_of(
    found: Iterable[Draft | BadRow], product_types: Mapping[str, ProductType]
) -> Iterator[ReadProduct | BadRow]:
    """The valid products among the drafts. A draft is bad where its type is not known, where it
    breaks a rule, or where an earlier one of the same file has its id or one of its SKUs."""
    seen_at: dict[str, int] = {}
    for draft in found:
        if isinstance(draft, BadRow):
            yield draft
            continue
        product_type = product_types.get(str(draft.product.get("type")))
        if product_type is None:
            remedy = suggestion(draft.product.get("type"), product_types)
            yield BadRow(draft.row_number, f"type: is not known; {remedy}", draft.rows)
            continue
        try:
            product = validate_product(draft.product, product_type)
        except InvalidProduct as refusal:
            yield BadRow(draft.row_number, refusal.summary, draft.rows)
            continue
        if (reason := _clash_of(product, seen_at, draft.row_number)) is not None:
            yield BadRow(draft.row_number, reason, draft.rows)
        else:
            yield ReadProduct(draft.row_number, product, draft.rows)


def _clash_of(product: Product, seen_at: dict[str, int], row_number: int) -> str | None:
    names = [("id", product.id)]
    names += [
        (f"variants[{index}].sku", variant.sku) for index, variant in enumerate(product.variants)
    ]
    keys = [f"{field.partition('[')[0]}:{value}" for field, value in names]
    for (field, value), key in zip(names, keys, strict=True):
        if key in seen_at:
            return f"{field}: {value!r} is that of row {seen_at[key]}"
    seen_at.update(dict.fromkeys(keys, row_number))
    return None


class Tally:
    """Counts where rows went, while they pass."""

    def __init__(self) -> None:
        self._products = 0
        self._rows_in_products = 0
        self._reasons: Counter[str] = Counter()

    def counted(self, found: Iterable[ReadProduct | BadRow]) -> Iterator[ReadProduct | BadRow]:
        """Pass each product and bad row on, counted."""
        for outcome in found:
            if isinstance(outcome, BadRow):
                known = outcome.reason in self._reasons or len(self._reasons) < REASONS_MAX
                self._reasons[outcome.reason if known else OTHER_REASONS] += outcome.rows
            else:
                self._products += 1
                self._rows_in_products += outcome.rows
            yield outcome

    def counts(self) -> Counts:
        """The counts so far, the commonest reasons first."""
        bad = self._reasons.total()
        return Counts(
            rows=self._rows_in_products + bad,
            products=self._products,
            rows_in_products=self._rows_in_products,
            rows_bad=bad,
            reasons=dict(self._reasons.most_common()),
        )
