"""What the files of a marketplace say: pure functions of their bytes."""

import csv
import datetime
import io
from collections.abc import Iterable, Sequence

import msgspec

from rackhouse.connectors.facts import RemoteItem, RemoteLine, RemoteSale

__all__ = [
    "BadRow",
    "Form",
    "Orders",
    "UnreadableFile",
    "items_of",
    "orders_of",
    "table",
    "written",
]

ORDER_COLUMNS = ("order", "line", "sku", "quantity", "status", "sold_at")
ITEM_COLUMNS = ("item", "sku", "name")
STATUSES = ("open", "shipped", "cancelled")
QUANTITY_LIMIT = 100_000


class UnreadableFile(Exception):
    """A file can not be read at all; the message says why."""


class Form(msgspec.Struct, frozen=True):
    """How files are written."""

    encoding: str
    delimiter: str


class BadRow(msgspec.Struct, frozen=True):
    """A row that can not be read, by its line in the file."""

    line: int
    order: str
    problem: str


class Orders(msgspec.Struct, frozen=True):
    """What an order file says. Of an order with a bad row nothing is taken."""

    sales: tuple[RemoteSale, ...]
    bad: tuple[BadRow, ...]


def orders_of(content: bytes, form: Form) -> Orders:
    """The orders of a file; raises `UnreadableFile`."""
    rows: dict[str, list[tuple[RemoteLine, str, datetime.datetime]]] = {}
    bad: list[BadRow] = []
    for number, row in table(content, form, ORDER_COLUMNS):
        order = row["order"].strip()
        try:
            line = _line(row)
            if not order:
                raise ValueError("order is empty")
            if line.id in {each.id for each, _, _ in rows.get(order, ())}:
                raise ValueError(f"line {line.id} comes twice")
            status = row["status"].strip().lower()
            if status not in STATUSES:
                raise ValueError(f"status {status!r} is none of {', '.join(STATUSES)}")
            rows.setdefault(order, []).append((line, status, _moment(row["sold_at"])))
        except ValueError as problem:
            bad.append(BadRow(number, order, str(problem)))
    spoilt = {each.order for each in bad}
    sales = [_sale(order, lines) for order, lines in rows.items() if order not in spoilt]
    return Orders(tuple(sales), tuple(bad))


def items_of(content: bytes, form: Form) -> list[RemoteItem]:
    """What the marketplace sells; raises `UnreadableFile`."""
    return [
        RemoteItem(id=row["item"], sku=row["sku"] or None, name=row["name"] or row["item"])
        for _, row in table(content, form, ITEM_COLUMNS)
        if row["item"]
    ]


def table(
    content: bytes, form: Form, columns: Sequence[str]
) -> Iterable[tuple[int, dict[str, str]]]:
    """The rows of a file below its header, by line; raises `UnreadableFile`."""
    try:
        text = content.decode(form.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"it is not in {form.encoding}: {error.reason}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=form.delimiter, strict=True)
    found = []
    try:
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise UnreadableFile(f"its header lacks {', '.join(missing)}")
        for row in reader:
            found.append((reader.line_num, {name: row.get(name) or "" for name in columns}))
    except csv.Error as error:
        raise UnreadableFile(f"line {reader.line_num}: {error}") from error
    return found


def written(columns: Sequence[str], rows: Iterable[Sequence[object]], form: Form) -> bytes:
    """A file of some rows (RFC 4180), under a header."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=form.delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode(form.encoding, "replace")


def _line(row: dict[str, str]) -> RemoteLine:
    told = row["quantity"].strip()
    if not (told.isascii() and told.isdigit() and 0 < int(told) <= QUANTITY_LIMIT):
        raise ValueError(f"quantity {told[:20]!r} is not 1 to {QUANTITY_LIMIT}")
    if not row["sku"].strip() or not row["line"].strip():
        raise ValueError("line and sku are both needed")
    quantity = int(told)
    return RemoteLine(
        id=row["line"].strip(),
        item=row["sku"].strip(),
        sku=row["sku"].strip(),
        quantity=quantity,
        shipped=quantity if row["status"].strip().lower() == "shipped" else 0,
    )


def _moment(told: str) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(told.strip())
    except ValueError:
        raise ValueError(f"sold_at {told[:40]!r} is not a time as of ISO 8601") from None
    if found.tzinfo is None:
        raise ValueError(f"sold_at {told[:40]!r} does not say its offset from UTC")
    return found


def _sale(order: str, rows: Sequence[tuple[RemoteLine, str, datetime.datetime]]) -> RemoteSale:
    return RemoteSale(
        id=order,
        sold_at=min(at for _, _, at in rows),
        lines=tuple(line for line, _, _ in rows),
        cancelled=all(status == "cancelled" for _, status, _ in rows),
    )
