"""The columns of an index: what each text, value and order of a product is called in it."""

from collections.abc import Mapping

import msgspec
from tantivy import Schema, SchemaBuilder

from rackhouse.search.rules.documents import GROUPS
from rackhouse.search.rules.fields import Fields

__all__ = [
    "ANYWHERE",
    "ANY_PLAIN",
    "ANY_SHORT",
    "ANY_STEMMED",
    "HIDDEN",
    "SHOWN_FROM",
    "SHOWN_UNTIL",
    "Columns",
    "columns_of",
    "plain",
    "stemmed",
]

PLAIN, STEMMED, RAW = "rackhouse_plain", "rackhouse_stemmed", "raw"
ANYWHERE = "*"
"""Stands among a product's locations if there is any of it at all."""

ANY_PLAIN, ANY_STEMMED, ANY_SHORT = "any_plain", "any_stemmed", "any_short"
"""The words of all groups but codes, these in their forms, and those of all groups but long texts,
in one column each: enough to count what is found, which takes no weights."""

HIDDEN, SHOWN_FROM, SHOWN_UNTIL = "hidden", "shown_from", "shown_until"
"""What is not shown to all, and the moments from which and until which the others are."""

SHOWN = ("name", "brand", "facts", "prose")


class Columns(msgspec.Struct, frozen=True):
    """The columns of an index. A field has one for its texts and flags, and one for its numbers and
    days; an order has one."""

    schema: Schema
    texts: Mapping[str, str]
    numbers: Mapping[str, str]
    orders: Mapping[str, str]


def columns_of(fields: Fields) -> Columns:
    """The columns of an index of products with these fields."""
    builder = SchemaBuilder()
    builder.add_text_field("id", tokenizer_name=RAW, fast=True, index_option="basic")
    builder.add_bytes_field("card", stored=True)
    builder.add_bytes_field("shown", stored=True)
    builder.add_unsigned_field("tie", indexed=True, fast=True)
    builder.add_float_field("weight", fast=True)
    builder.add_text_field("place", tokenizer_name=RAW, index_option="basic")
    builder.add_text_field(HIDDEN, tokenizer_name=RAW, index_option="basic")
    for column in (SHOWN_FROM, SHOWN_UNTIL):
        builder.add_float_field(column, indexed=True, fast=True)
    for group in GROUPS:
        builder.add_text_field(plain(group), tokenizer_name=PLAIN)
        builder.add_text_field(stemmed(group), tokenizer_name=STEMMED, index_option="basic")
    texts: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for number, field in enumerate(fields.known.values()):
        if field.has_words:
            texts[field.name] = f"text_{number}"
            builder.add_text_field(
                f"text_{number}", tokenizer_name=RAW, fast=True, index_option="basic"
            )
        if field.has_ranges:
            numbers[field.name] = f"number_{number}"
            builder.add_float_field(f"number_{number}", indexed=True, fast=True)
    builder.add_text_field(ANY_PLAIN, tokenizer_name=PLAIN, index_option="basic")
    builder.add_text_field(ANY_STEMMED, tokenizer_name=STEMMED, index_option="basic")
    builder.add_text_field(ANY_SHORT, tokenizer_name=PLAIN, index_option="basic")
    orders = {name: f"order_{number}" for number, name in enumerate(fields.ordered_by)}
    for column in orders.values():
        builder.add_float_field(column, indexed=True, fast=True)
    return Columns(builder.build(), texts, numbers, orders)


def plain(group: str) -> str:
    """The column of a group's words as they are."""
    return f"plain_{group}"


def stemmed(group: str) -> str:
    """The column of a group's words without their endings."""
    return f"stemmed_{group}"
