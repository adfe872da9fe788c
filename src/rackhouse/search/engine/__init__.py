"""Engines: what finds products. Each answers the same questions in the same way, which one suite
of tests holds them to."""

from rackhouse.search.engine.questions import Found, FoundFacet, Hit, InStock, Place, Question
from rackhouse.search.engine.seam import Engine
from rackhouse.search.engine.tantivy import TantivyEngine

__all__ = [
    "Engine",
    "Found",
    "FoundFacet",
    "Hit",
    "InStock",
    "Place",
    "Question",
    "TantivyEngine",
]
