"""What files of the catalog look like, and in which order what they hold is written. Pure."""

from .differences import Difference, FieldChange, difference
from .heads import HEAD_KEY, Head
from .ordering import Step, steps_of
from .records import Broken, Found

__all__ = [
    "HEAD_KEY",
    "Broken",
    "Difference",
    "FieldChange",
    "Found",
    "Head",
    "Step",
    "difference",
    "steps_of",
]
