"""When what has failed is tried again."""

import datetime

__all__ = ["ATTEMPTS_LIMIT", "next_try"]

ATTEMPTS_LIMIT = 30
FIRST_SECONDS = 1.0
LONGEST_SECONDS = 3600.0


def next_try(
    now: datetime.datetime, attempts: int, asked_to_wait_seconds: float | None
) -> datetime.datetime | None:
    """When to try again after ``attempts`` failures and one more: twice as late each time, an hour
    at most, and not before the channel wants. None: it has been tried often enough; about a day
    has gone by."""
    if attempts + 1 >= ATTEMPTS_LIMIT:
        return None
    seconds = min(FIRST_SECONDS * 2.0 ** min(attempts, 20), LONGEST_SECONDS)
    seconds = max(seconds, min(asked_to_wait_seconds or 0.0, LONGEST_SECONDS))
    return now + datetime.timedelta(seconds=seconds)
