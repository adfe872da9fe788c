"""Products as they stand in the index."""

import msgspec
import tantivy

from rackhouse.search.engine.tantivy.columns import (
    ANY_PLAIN,
    ANY_SHORT,
    ANY_STEMMED,
    ANYWHERE,
    HIDDEN,
    SHOWN,
    SHOWN_FROM,
    SHOWN_UNTIL,
    Columns,
    plain,
    stemmed,
)
from rackhouse.search.rules.documents import GROUPS, Document
from rackhouse.search.rules.filters import Value

__all__ = ["flag_text", "row_of", "weight_of"]

WEIGHTS = 1024
STEP = 2.0**-22


def row_of(document: Document, columns: Columns) -> tantivy.Document:
    """A product as a row of the index."""
    row = tantivy.Document()
    row.add_text("id", document.id)
    row.add_bytes("card", msgspec.json.encode(document.card))
    shown = {group: document.texts[group] for group in SHOWN if document.texts.get(group)}
    row.add_bytes("shown", msgspec.json.encode(shown))
    row.add_unsigned("tie", document.tie)
    row.add_float("weight", weight_of(document.tie))
    for place in document.places:
        row.add_text("place", place)
    if document.places:
        row.add_text("place", ANYWHERE)
    _add_life(row, document)
    _add_texts(row, document)
    for name, values in document.values.items():
        for value in values:
            _add_value(row, columns, name, value)
    for name, column in columns.orders.items():
        if name in document.orders:
            row.add_float(column, document.orders[name])
    return row


def flag_text(value: bool) -> str:
    """True and false in a column of texts, told from the words."""
    return "\x01true" if value else "\x01false"


def weight_of(tie: int) -> float:
    """What lets tantivy put products of the same relevance in the order of their ties: it
    multiplies relevance by log2(2 + weight), which here is 1 for the last ones and grows in
    `WEIGHTS` steps too small to make up for a whole point of relevance."""
    return float(2.0 ** (1 + (WEIGHTS - 1 - (tie >> 53)) * STEP) - 2)


def _add_life(row: tantivy.Document, document: Document) -> None:
    if document.hidden:
        row.add_text(HIDDEN, flag_text(True))
    if document.shown_from is not None:
        row.add_float(SHOWN_FROM, document.shown_from)
    if document.shown_until is not None:
        row.add_float(SHOWN_UNTIL, document.shown_until)


def _add_texts(row: tantivy.Document, document: Document) -> None:
    for group in GROUPS:
        for text in document.texts.get(group, ()):
            row.add_text(plain(group), text)
            row.add_text(stemmed(group), text)
            if group != "code":
                row.add_text(ANY_PLAIN, text)
                row.add_text(ANY_STEMMED, text)
            if group != "prose":
                row.add_text(ANY_SHORT, text)


def _add_value(row: tantivy.Document, columns: Columns, name: str, value: Value) -> None:
    if isinstance(value, bool):
        row.add_text(columns.texts[name], flag_text(value))
    elif isinstance(value, str):
        row.add_text(columns.texts[name], value)
    else:
        row.add_float(columns.numbers[name], value)
