"""The formats of files of the catalog."""

from collections.abc import Mapping
from pathlib import PurePath

from rackhouse.exchange.errors import FormatUnknown
from rackhouse.exchange.formats.csv_rows import Csv
from rackhouse.exchange.formats.jsonl import Jsonl
from rackhouse.exchange.formats.parquet import Parquet
from rackhouse.exchange.formats.seam import Form, Reader, Writer

__all__ = ["FORMS", "Form", "Reader", "Writer", "form_of_name"]

FORMS: Mapping[str, Form] = {each.name: each for each in (Csv(), Jsonl(), Parquet())}


def form_of_name(name: str) -> Form:
    """The format that the name of a file says. Refuses with `FormatUnknown`."""
    plain = name.lower().removesuffix(".gz")
    for form in FORMS.values():
        if plain.endswith(tuple(form.suffixes)):
            return form
    raise FormatUnknown(file=PurePath(name).name)
