"""Reading a mapping file: every mistake in it names the file, the key and the remedy."""

import codecs
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..errors import InvalidMapping
from ..rules.problems import show
from .definition import (
    EACH,
    Entry,
    FileShape,
    Listing,
    Records,
    RefusedRows,
    RowMapping,
    VariantShape,
)
from .field_settings import Mistake, check_keys, field_from, items_in, pattern_in, table_in, text_in
from .fields import Field

MAPPING_BYTES_MAX = 1_000_000

FORMS = ("csv", "jsonl")

_SECTIONS = ("file", "lookups", "refuse", "group", "product")
_TEXT_FIELDS = ("id", "type", "name", "brand", "description", "currency")
_PRODUCT_FIELDS = (*_TEXT_FIELDS, "price_minor", "release_date")
_PRODUCT_KEYS = (
    *_PRODUCT_FIELDS,
    "categories",
    "tags",
    "attributes",
    "attributes_of",
    "media",
    "variants",
)
_VARIANT_FIELDS = ("sku", "name", "barcode", "price_minor")
_VARIANT_KEYS = (*_VARIANT_FIELDS, "options", "components", EACH)
_MEDIA_FIELDS = ("url", "kind", "alt", "role")
_COMPONENT_FIELDS = ("sku", "quantity")


def load_mapping(path: Path) -> RowMapping:
    """The mapping that the TOML file at ``path`` describes (see ``examples/README.md``).

    Refuses with ``InvalidMapping``: the file, the key, what is wrong and what would mend it.
    """
    try:
        with path.open("rb") as file:
            written = file.read(MAPPING_BYTES_MAX + 1)
        if len(written) > MAPPING_BYTES_MAX:
            raise Mistake("the file", f"is larger than {MAPPING_BYTES_MAX} bytes; shorten it")
        return _mapping_from(tomllib.loads(written.decode()), str(path))
    except OSError as error:
        raise InvalidMapping(str(path), "the file", f"can not be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidMapping(str(path), "the file", f"is not TOML: {error}") from None
    except Mistake as mistake:
        raise InvalidMapping(str(path), mistake.key, mistake.problem) from None


def _mapping_from(written: Mapping[str, Any], file: str) -> RowMapping:
    check_keys(written, "", _SECTIONS)
    lookups = _lookups_from(table_in(written, "lookups", ""))
    product = table_in(written, "product", "")
    check_keys(product, "product", _PRODUCT_KEYS)
    for needed in ("id", "type", "name"):
        if needed not in product:
            raise Mistake(f"product.{needed}", 'is missing; write it such as "{Column}"')
    mapping = RowMapping(
        file=file,
        shape=_shape_from(table_in(written, "file", "")),
        refused=_refused_from(items_in(written, "refuse", "")),
        entries=_product_entries(product, lookups),
        variants=tuple(
            _variant_from(item, f"product.variants[{index}]", lookups)
            for index, item in enumerate(items_in(product, "variants", "product"))
        ),
        group=_group_from(written, lookups),
    )
    _check_choices_have_rows_to_choose_from(mapping)
    return msgspec.structs.replace(mapping, columns=_columns_of(mapping))


def _shape_from(table: Mapping[str, Any]) -> FileShape:
    check_keys(table, "file", ("form", "encoding", "delimiter", "quote", "columns"))
    form = text_in(table, "form", "file", None)
    if form is not None and form not in FORMS:
        raise Mistake("file.form", f"{form!r} is not known; use one of: {', '.join(FORMS)}")
    encoding = text_in(table, "encoding", "file", "utf-8-sig")
    try:
        codecs.lookup(str(encoding))
    except LookupError:
        raise Mistake(
            "file.encoding", f"{encoding!r} is not known; write one such as utf-8"
        ) from None
    columns = items_in(table, "columns", "file")
    if not all(isinstance(column, str) and column for column in columns):
        raise Mistake("file.columns", "holds something that is not text; put each name in quotes")
    return FileShape(
        form=form,
        encoding=str(encoding),
        delimiter=_one_letter(table, "delimiter", ",") if "delimiter" in table else None,
        quote=_one_letter(table, "quote", '"'),
        columns=tuple(columns),
    )


def _one_letter(table: Mapping[str, Any], key: str, usual: str) -> str:
    letter = table.get(key, usual)
    if not isinstance(letter, str) or len(letter) != 1 or letter in "\r\n":
        raise Mistake(
            f"file.{key}", f"{show(letter)} is not one character; write one such as {usual!r}"
        )
    return letter


def _lookups_from(table: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    for name, lookup in table.items():
        if not isinstance(lookup, dict):
            raise Mistake(f"lookups.{name}", "is not a table; write it as [lookups." + name + "]")
        for key, value in lookup.items():
            if not isinstance(value, (str, int, float, bool)):
                raise Mistake(
                    f"lookups.{name}.{key}", "is not a text, number, true or false; write one"
                )
    return table


def _refused_from(items: list[Any]) -> tuple[RefusedRows, ...]:
    refused = []
    for index, item in enumerate(items):
        key = f"refuse[{index}]"
        check_keys(item, key, ("value", "matches", "reason"))
        for needed in ("value", "matches", "reason"):
            if needed not in item:
                raise Mistake(
                    f"{key}.{needed}", "is missing; a refused row has value, matches and reason"
                )
        field = field_from(item["value"], (), f"{key}.value", {})
        if field.template is None:
            raise Mistake(f"{key}.value", 'names no column; write it such as "{Column}"')
        pattern, reason = pattern_in(item, "matches", key), text_in(item, "reason", key, "")
        refused.append(
            RefusedRows(template=field.template, pattern=re.compile(pattern), reason=str(reason))
        )
    return tuple(refused)


def _group_from(written: Mapping[str, Any], lookups: Mapping[str, Any]) -> Field | None:
    if "group" not in written:
        return None
    table = table_in(written, "group", "")
    check_keys(table, "group", ("by",))
    if "by" not in table:
        raise Mistake("group.by", 'is missing; write it such as "{Column}"')
    return field_from(table["by"], ("group",), "group.by", lookups)


def _product_entries(product: Mapping[str, Any], lookups: Mapping[str, Any]) -> tuple[Entry, ...]:
    entries: list[Entry] = [
        field_from(product[name], (name,), f"product.{name}", lookups)
        for name in _PRODUCT_FIELDS
        if name in product
    ]
    for name in ("categories", "tags"):
        items = items_in(product, name, "product")
        key = f"product.{name}"
        fields = [
            field_from(item, (name,), f"{key}[{index}]", lookups)
            for index, item in enumerate(items)
        ]
        if fields:
            entries.append(Listing(path=(name,), fields=tuple(fields)))
    entries += _attribute_fields(
        table_in(product, "attributes", "product"), "product.attributes", lookups, None
    )
    for only_for, table in table_in(product, "attributes_of", "product").items():
        key = f"product.attributes_of.{only_for}"
        if not isinstance(table, dict):
            raise Mistake(key, f"is not a table; write it as [{key}]")
        entries += _attribute_fields(table, key, lookups, only_for)
    entries += _records_from(product, "media", "product", _MEDIA_FIELDS, lookups)
    return tuple(entries)


def _attribute_fields(
    table: Mapping[str, Any], key: str, lookups: Mapping[str, Any], only_for: str | None
) -> list[Field]:
    return [
        field_from(value, ("attributes", name), f"{key}.{name}", lookups, only_for=only_for)
        for name, value in table.items()
    ]


def _variant_from(table: Any, key: str, lookups: Mapping[str, Any]) -> VariantShape:
    check_keys(table, key, _VARIANT_KEYS)
    if "sku" not in table:
        raise Mistake(f"{key}.sku", 'is missing; write it such as "{Column}"')
    entries: list[Entry] = [
        field_from(table[name], (name,), f"{key}.{name}", lookups)
        for name in _VARIANT_FIELDS
        if name in table
    ]
    for name, value in table_in(table, "options", key).items():
        entries.append(field_from(value, ("options", name), f"{key}.options.{name}", lookups))
    entries += _records_from(table, "components", key, _COMPONENT_FIELDS, lookups)
    each = field_from(table[EACH], (EACH,), f"{key}.each", lookups) if EACH in table else None
    return VariantShape(entries=tuple(entries), each=each)


def _records_from(
    table: Mapping[str, Any],
    name: str,
    key: str,
    fields: tuple[str, ...],
    lookups: Mapping[str, Any],
) -> list[Records]:
    blocks = []
    for index, item in enumerate(items_in(table, name, key)):
        place = f"{key}.{name}[{index}]"
        check_keys(item, place, fields)
        if fields[0] not in item:
            raise Mistake(f"{place}.{fields[0]}", 'is missing; write it such as "{Column}"')
        present = [field for field in fields if field in item]
        blocks.append(
            tuple(
                field_from(item[field], (name, field), f"{place}.{field}", lookups)
                for field in present
            )
        )
    return [Records(path=(name,), blocks=tuple(blocks))] if blocks else []


def _columns_of(mapping: RowMapping) -> Mapping[str, str]:
    columns: dict[str, str] = {}
    for index, rule in enumerate(mapping.refused):
        columns.update(dict.fromkeys(rule.template.columns, f"refuse[{index}].value"))
    for field, own_names in _all_fields(mapping):
        for column in field.template.columns if field.template else ():
            if column not in own_names:
                columns.setdefault(column, field.key)
    return columns


def _check_choices_have_rows_to_choose_from(mapping: RowMapping) -> None:
    for field, _ in _all_fields(mapping):
        if mapping.group is None and field.choose != "first":
            raise Mistake(f"{field.key}.choose", "chooses among rows; add [group] or leave it out")


def _all_fields(mapping: RowMapping) -> Iterator[tuple[Field, tuple[str, ...]]]:
    """Every field, with the names in its templates that are no columns."""
    if mapping.group is not None:
        yield mapping.group, ()
    for entry in mapping.entries:
        yield from ((field, ()) for field in _fields_in(entry))
    for variant in mapping.variants:
        own_names: tuple[str, ...] = ()
        if variant.each is not None:
            yield variant.each, ()
            own_names = (EACH,)
        for entry in variant.entries:
            yield from ((field, own_names) for field in _fields_in(entry))


def _fields_in(entry: Entry) -> tuple[Field, ...]:
    if isinstance(entry, Field):
        return (entry,)
    if isinstance(entry, Listing):
        return entry.fields
    return tuple(field for block in entry.blocks for field in block)
