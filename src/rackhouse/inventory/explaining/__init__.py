"""Events of stock in words."""

from rackhouse.inventory.explaining.phrases import (
    frozen_in_words,
    in_words,
    lapsed_in_words,
    moment,
    opening_in_words,
    place_in_words,
    sentence,
    told,
    verdict_in_words,
)
from rackhouse.inventory.explaining.tellings import Told
from rackhouse.inventory.explaining.wordings import WORDINGS

__all__ = [
    "WORDINGS",
    "Told",
    "frozen_in_words",
    "in_words",
    "lapsed_in_words",
    "moment",
    "opening_in_words",
    "place_in_words",
    "sentence",
    "told",
    "verdict_in_words",
]
