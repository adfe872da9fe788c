"""Every SQL statement of the console. It keeps no tables: its processes share one lock, and tell
each other how the demo drop goes."""

from rackhouse.platform.database import Transaction

__all__ = ["CHANNEL", "announce", "claim_stage"]

CHANNEL = "rackhouse_console"


async def claim_stage(session: Transaction) -> bool:
    """Take the lock that only one demo drop can have, for as long as the session lasts."""
    return await session.one(
        bool, "select pg_try_advisory_lock(hashtextextended('rackhouse console: demo drop', 0))"
    )


async def announce(session: Transaction, text: str) -> None:
    """Tell every process that listens."""
    await session.run("select pg_notify('rackhouse_console', %(text)s)", {"text": text})
