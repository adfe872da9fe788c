"""The manifest of search."""

from rackhouse.platform.module import Module
from rackhouse.search.http import ENDPOINTS
from rackhouse.search.jobs import JOBS
from rackhouse.search.rebuilding import keep_index

__all__ = ["MODULE"]

MODULE = Module(name="search", endpoints=ENDPOINTS, jobs=JOBS, servers=(keep_index,))
