"""Files of any shape as products: a small TOML file says which column becomes which field.

``load_mapping`` reads that file, ``read_rows`` the rows, ``drafts`` turns rows into drafts and
``products_of`` validates them; a bad row is named with its reason, and the rest goes on.
"""

from .definition import RowMapping
from .drafting import Draft, drafts
from .loading import load_mapping
from .outcome import Counts, ReadProduct, Tally, products_of
from .reading import BadRow, Row, read_rows

__all__ = [
    "BadRow",
    "Counts",
    "Draft",
    "ReadProduct",
    "Row",
    "RowMapping",
    "Tally",
    "drafts",
    "load_mapping",
    "products_of",
    "read_rows",
]
