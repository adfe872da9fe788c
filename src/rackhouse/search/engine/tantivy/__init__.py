"""The engine in this process: an index by tantivy, in memory."""

from rackhouse.search.engine.tantivy.engine import TantivyEngine

__all__ = ["TantivyEngine"]
