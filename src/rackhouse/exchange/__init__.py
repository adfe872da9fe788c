"""Exchange: the whole catalog to a file, and from one."""

from rackhouse.exchange.errors import (
    ExchangeFileUnreadable,
    FormatUnknown,
    ParquetLibraryMissing,
    PartOfCatalog,
)
from rackhouse.exchange.exporting import Exported, export_catalog
from rackhouse.exchange.formats import FORMS, Form, form_of_name
from rackhouse.exchange.importing import import_catalog
from rackhouse.exchange.reports import (
    CatalogReport,
    ImportCancelled,
    ImportTerms,
    Progress,
)
from rackhouse.exchange.rules import Broken, Difference, FieldChange, Head

__all__ = [
    "FORMS",
    "Broken",
    "CatalogReport",
    "Difference",
    "ExchangeFileUnreadable",
    "Exported",
    "FieldChange",
    "Form",
    "FormatUnknown",
    "Head",
    "ImportCancelled",
    "ImportTerms",
    "ParquetLibraryMissing",
    "PartOfCatalog",
    "Progress",
    "export_catalog",
    "form_of_name",
    "import_catalog",
]
