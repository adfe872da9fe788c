"""Client secrets: how they are made, kept as hashes, and checked, within limits."""

import asyncio
import re
import secrets
from concurrent.futures import ThreadPoolExecutor

import argon2

from rackhouse.identity.errors import TooManyFailures, TooManySecretsAtOnce
from rackhouse.platform.house import House

__all__ = ["ClientSecrets", "FailureWindow", "new_secret"]

SECRET_BYTES = 32
# OWASP's smallest recommended Argon2id: the secrets are random, so that more would only be slower.
ARGON2_MEMORY_KIBIBYTES = 19_456
ARGON2_PASSES = 2
ARGON2_LANES = 1
HASHES_AT_ONCE = 2
HASHES_WAITING_LIMIT = 64
FAILURES_LIMIT = 20
FAILURE_WINDOW_SECONDS = 60
FAILING_CLIENTS_LIMIT = 10_000

_SECRET = re.compile(r"rks_[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """A new client secret of 256 random bits; the prefix lets scanners find leaked ones."""
    return f"rks_{secrets.token_urlsafe(SECRET_BYTES)}"


class ClientSecrets:
    """Hashes and checks secrets in threads of their own, so that requests are not held up."""

    def __init__(self, _: House) -> None:
        self.failures = FailureWindow()
        self._hasher = argon2.PasswordHasher(
            time_cost=ARGON2_PASSES, memory_cost=ARGON2_MEMORY_KIBIBYTES, parallelism=ARGON2_LANES
        )
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="client-secrets")
        self._waiting = 0
        self._decoy = self._hasher.hash(new_secret())

    async def hash(self, secret: str) -> str:
        """The Argon2id hash of a secret; refuses with `TooManySecretsAtOnce`."""
        self._refuse_overload()
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._hasher.hash, secret)
        finally:
            self._waiting -= 1

    async def matches(self, secret_hash: str | None, secret: str) -> bool:
        """Whether a secret is the hashed one. Without a hash it takes as long and says no.

        Refuses with `TooManySecretsAtOnce`.
        """
        if _SECRET.fullmatch(secret) is None:
            return False
        self._refuse_overload()
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            kept = secret_hash or self._decoy
            matched = await loop.run_in_executor(self._threads, self._verify, kept, secret)
        finally:
            self._waiting -= 1
        return matched and secret_hash is not None

    async def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _refuse_overload(self) -> None:
        if self._waiting >= HASHES_WAITING_LIMIT:
            raise TooManySecretsAtOnce(waiting=self._waiting)

    def _verify(self, secret_hash: str, secret: str) -> bool:
        try:
            return self._hasher.verify(secret_hash, secret)
        except argon2.exceptions.VerifyMismatchError:
            return False


class FailureWindow:
    """Counts wrong secrets by client id, each within a window that begins with the first."""

    def __init__(self) -> None:
        self._failures: dict[str, tuple[int, float]] = {}

    def refuse_exceeded(self, client_id: str, *, now: float) -> None:
        """Refuse with `TooManyFailures` a client that failed `FAILURES_LIMIT` times."""
        count, ends_at = self._failures.get(client_id, (0, now))
        if count >= FAILURES_LIMIT and ends_at > now:
            raise TooManyFailures(
                client_id=client_id, retry_after_seconds=max(1, round(ends_at - now))
            )

    def note(self, client_id: str, *, now: float) -> None:
        """Count a failure."""
        count, ends_at = self._failures.get(client_id, (0, now))
        if ends_at <= now:
            count, ends_at = 0, now + FAILURE_WINDOW_SECONDS
        if client_id not in self._failures and len(self._failures) >= FAILING_CLIENTS_LIMIT:
            self._failures.pop(next(iter(self._failures)))
        self._failures[client_id] = (count + 1, ends_at)

    def clear(self, client_id: str) -> None:
        """Forget the failures of a client that showed the right secret."""
        self._failures.pop(client_id, None)
