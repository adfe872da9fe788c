"""Every SQL statement of the worker."""

from rackhouse.platform.database import Transaction

__all__ = ["try_lock"]


async def try_lock(tx: Transaction, name: str) -> bool:
    """Hold a name until the end of the transaction, unless somebody else does."""
    return await tx.one(
        bool,
        "select pg_try_advisory_xact_lock(hashtextextended(%(name)s::text, 1))",
        {"name": name},
    )
