"""The manifest of exchange."""

from rackhouse.exchange.carrying_out import forget_imports, keep_importing
from rackhouse.exchange.http import ENDPOINTS
from rackhouse.platform.module import Job, Module

__all__ = ["MODULE"]

DAY_SECONDS = 86_400

MODULE = Module(
    name="exchange",
    endpoints=ENDPOINTS,
    jobs=[
        Job(
            name="exchange.forget_imports",
            every_seconds=DAY_SECONDS,
            permissions=frozenset({"catalog:import"}),
            run=forget_imports,
        )
    ],
    keepers=(keep_importing,),
)
