"""The one refusal of this package."""


class PostgresWouldNotStart(Exception):
    """PostgreSQL did not start: {cause} {remedy}"""

    def __init__(self, cause: str, *, remedy: str, log_tail: str = "") -> None:
        self.cause = cause
        self.remedy = remedy
        self.log_tail = log_tail
        message = f"PostgreSQL did not start: {cause} {remedy}"
        if log_tail:
            message += f"\nThe end of the server's log:\n{log_tail}"
        super().__init__(message)
