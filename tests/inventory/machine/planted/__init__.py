"""Bugs planted in the product, each of which the machine must find. Every one is small, and of the
kind that a hurried change makes."""

from machine.planted import coming, figures, limits, of_holds, selling
from machine.planted.planting import AIMS, BUGS, planted

__all__ = ["AIMS", "BUGS", "coming", "figures", "limits", "of_holds", "planted", "selling"]
