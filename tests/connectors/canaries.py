"""Connections whose secrets are canaries, one kind for each adapter that comes with the house."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
from connected import settings_of, simulated

from rackhouse.simulators import Faults, SftpMarketSimulator, serving, serving_sftp
from rackhouse.simulators.serving import Asked, Said

__all__ = ["KINDS", "Canary", "marks_of"]

MARK_LENGTH = 12
PLAIN = {"accept", "accept-encoding", "connection", "content-length", "content-type", "host"}
FAULTS = Faults(failures=0.3, throttled=0.1, duplicates=0.2, seed=5)
KINDS = (
    "google",
    "marketplace",
    "meta",
    "sftp with a key",
    "sftp with a password",
    "shopify",
    "square",
    "woocommerce",
)
NAMES = {
    "marketplace": ("token", "signing_key"),
    "shopify": ("access_token", "client_secret"),
    "square": ("access_token", "signature_key"),
    "woocommerce": ("consumer_key", "consumer_secret", "webhook_secret"),
    "google": ("address_key",),
    "meta": ("address_key",),
    "sftp with a password": ("password",),
}


@dataclass
class Canary:
    """An adapter, what a connection of it is opened with, and what makes its channel repeat
    whatever it is sent."""

    adapter: str
    settings: dict[str, Any]
    secrets: dict[str, str]
    simulator: Any = None

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, kind: str, folder: Path, inbox: str) -> AsyncIterator["Canary"]:
        """One of a kind, while its channel is served."""
        made = drawn(kind)
        if kind in ("google", "meta"):
            yield cls(kind, {"link": "https://shop.example/{sku}", "refresh_seconds": 0}, made)
        elif kind.startswith("sftp"):
            files = SftpMarketSimulator(folder, password=made.get("password", ""), faults=FAULTS)
            if "private_key" in made:
                files.lets_in = asyncssh.import_private_key(made["private_key"]).convert_to_public()
            async with serving_sftp(files) as port:
                where = {"host": "127.0.0.1", "port": port, "user": files.user}
                yield cls("sftp", {**where, "host_key": files.public_key}, made, files)
        else:
            simulator = simulated(kind, FAULTS, **made)
            async with serving(simulator) as url:
                yield cls(kind, settings_of(kind, url, inbox), made, simulator)

    def repeat_what_is_sent(self) -> None:
        """Let the channel answer with all that it was sent, after some text, so that what is cut
        off is cut in the midst of it."""
        if self.simulator is None:
            return
        self.simulator.password = "another"
        self.simulator.lets_in = None
        self.simulator.answer = self._repeated

    def _repeated(self, asked: Asked) -> Said:
        """Refused, with what was sent in confidence at the end of what is read of an answer."""
        number = len(self.simulator.asked)
        confidential = [
            each for name, each in asked.headers.items() if name not in {*PLAIN, "user-agent"}
        ]
        text = " ".join(["x" * (440 + number * 7 % 40), *confidential])
        return Said(status=(401, 403, 400, 500)[number % 4], body=text)


def drawn(kind: str) -> dict[str, str]:
    """Secrets of a kind, as long as real ones."""
    if kind == "sftp with a key":
        key = asyncssh.generate_private_key("ssh-ed25519")
        return {"private_key": key.export_private_key().decode()}
    # What stands in a URL is made of letters and digits; other secrets may have signs in them.
    signs = "" if kind in ("google", "meta") else "/+"
    return {
        name: f"{secrets.token_urlsafe(24)}{signs}{secrets.token_urlsafe(8)}"
        for name in NAMES[kind]
    }


def marks_of(made: Mapping[str, str]) -> list[str]:
    """What tells a secret, or a good part of it: its beginning, or that of each line of a key."""
    marks = []
    for text in made.values():
        lines = [line for line in text.splitlines() if not line.startswith("-----")]
        # All keys of OpenSSH begin alike.
        lines = lines[1:] if len(lines) > 1 else lines
        marks += [line[:MARK_LENGTH] for line in lines]
    return marks
