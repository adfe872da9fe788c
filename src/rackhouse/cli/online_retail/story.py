"""What the file tells, before anything is done: sales, goods that come back, and corrections.

Every line of the file belongs to exactly one of them, or is not about goods at all. Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

__all__ = ["Found", "GoodsBack", "Return", "Sale", "Step", "Story", "WrittenOff", "story_of"]

CANCELLATION_MARK = "C"
CHANNELS = {
    "United Kingdom": "retail-uk",
    "Germany": "retail-de",
    "France": "retail-fr",
    "EIRE": "retail-ie",
}
OTHER_CHANNEL = "retail-abroad"


class Sale(msgspec.Struct, frozen=True, eq=False):
    """An invoice: what was asked for, and how many lines of the file asked for each SKU."""

    invoice: str
    channel: str
    customer_id: str | None
    wanted: dict[str, int]
    lines: Counter[str]


class Return(msgspec.Struct, frozen=True, eq=False):
    """One line that came back, and the earlier sales of that SKU that explain it, the latest
    first."""

    sku: str
    quantity: int
    sales: tuple[tuple[Sale, int], ...]


class GoodsBack(msgspec.Struct, frozen=True, eq=False):
    """A credit note: goods that came back from a customer."""

    invoice: str
    returns: tuple[Return, ...]


class Found(msgspec.Struct, frozen=True, eq=False):
    """Pieces that turned up: a line without price and customer, on an invoice without any."""

    invoice: str
    sku: str
    quantity: int


class WrittenOff(msgspec.Struct, frozen=True, eq=False):
    """Pieces that are gone: damaged, lost or miscounted."""

    invoice: str
    sku: str
    quantity: int


Step = Sale | GoodsBack | Found | WrittenOff


class Story(msgspec.Struct, frozen=True):
    """The steps in the order of the file, and how many of its lines are not about goods."""

    steps: list[Step]
    lines: int
    lines_not_goods: int

    def demand(self) -> Counter[str]:
        """How many pieces of each SKU are asked for altogether."""
        demand: Counter[str] = Counter()
        for step in self.steps:
            if isinstance(step, Sale):
                demand.update(step.wanted)
        return demand


class _Line(msgspec.Struct, frozen=True):
    invoice: str
    sku: str
    quantity: int
    priced: bool
    customer_id: str | None
    country: str


def story_of(
    rows: Iterable[Mapping[str, Any]], *, skus: Collection[str], invoices_limit: int | None
) -> Story:
    """Tell the story of the rows whose stock code is one of ``skus``, as far as
    ``invoices_limit`` invoices."""
    told = _Telling()
    lines, not_goods = 0, 0
    invoices: dict[str, list[_Line]] = {}
    for row in rows:
        line = _line(row)
        if line.invoice not in invoices:
            if invoices_limit is not None and len(invoices) == invoices_limit:
                continue
            invoices[line.invoice] = []
        lines += 1
        if line.sku in skus:
            invoices[line.invoice].append(line)
        else:
            not_goods += 1
    for invoice, found in invoices.items():
        if found:
            told.invoice(invoice, found)
    return Story(told.steps, lines, not_goods)


class _Telling:
    """The steps so far, and what of the sales has not come back."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._sold: dict[tuple[str, str], list[list[Any]]] = defaultdict(list)

    def invoice(self, invoice: str, lines: list[_Line]) -> None:
        """Add an invoice's steps."""
        if invoice.startswith(CANCELLATION_MARK):
            self.steps.append(GoodsBack(invoice, tuple(self._return(line) for line in lines)))
            return
        is_sale = any(line.priced or line.customer_id for line in lines)
        bought = []
        for line in lines:
            if line.quantity < 0:
                self.steps.append(WrittenOff(invoice, line.sku, -line.quantity))
            elif is_sale:
                bought.append(line)
            else:
                self.steps.append(Found(invoice, line.sku, line.quantity))
        if bought:
            self._sell(invoice, bought)

    def _sell(self, invoice: str, lines: list[_Line]) -> None:
        wanted: Counter[str] = Counter()
        for line in lines:
            wanted[line.sku] += line.quantity
        channel = CHANNELS.get(lines[0].country, OTHER_CHANNEL)
        counted = Counter(line.sku for line in lines)
        sale = Sale(invoice, channel, lines[0].customer_id, dict(wanted), counted)
        self.steps.append(sale)
        for sku, quantity in wanted.items():
            self._sold[(_buyer(lines[0]), sku)].append([sale, quantity])

    def _return(self, line: _Line) -> Return:
        """Match a line with that buyer's latest sales of the SKU."""
        missing = -line.quantity
        sold = self._sold[(_buyer(line), line.sku)]
        sales = []
        while missing and sold:
            latest = sold[-1]
            part = min(missing, latest[1])
            sales.append((latest[0], part))
            latest[1] -= part
            missing -= part
            if not latest[1]:
                sold.pop()
        return Return(line.sku, -line.quantity, tuple(sales))


def _line(row: Mapping[str, Any]) -> _Line:
    return _Line(
        row["InvoiceNo"],
        row["StockCode"].upper(),
        int(row["Quantity"]),
        float(row["UnitPrice"]) > 0,
        row["CustomerID"] or None,
        row["Country"],
    )


def _buyer(line: _Line) -> str:
    """Who bought: the customer, or whoever of a country gave no name."""
    return line.customer_id or f"somebody in {line.country}"
