"""Tokens: fetched with a client's id and secret, kept until shortly before they expire."""

import base64
import time
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

__all__ = ["TOKEN_PATH", "TokenKeeper"]

TOKEN_PATH = "/oauth/token"  # noqa: S105
EARLY_SECONDS = 30.0
EARLY_SHARE = 0.2


class _Granted(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = 300.0


class TokenKeeper:
    """One token and until when it is good: given once and for all, or fetched (RFC 6749 section
    4.4) when it is asked for."""

    def __init__(
        self,
        *,
        token: str | None,
        client_id: str | None,
        client_secret: str | None,
        scope: str | None,
    ) -> None:
        if (token is None) == (client_id is None or client_secret is None):
            raise ValueError("give either a token, or a client_id and a client_secret")
        self._token = token
        self._good_until = float("inf")
        self._scope = scope
        self._basic = ""
        if client_id is not None and client_secret is not None:
            pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
            self._basic = base64.b64encode(pair.encode()).decode()

    @property
    def renews(self) -> bool:
        """Whether it can get another token."""
        return bool(self._basic)

    def current(self) -> str | None:
        """The token, unless it is to be fetched first."""
        return self._token if time.monotonic() < self._good_until else None

    def question(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The headers and the form with which a token is fetched."""
        form = {"grant_type": "client_credentials"}
        if self._scope is not None:
            form["scope"] = self._scope
        return {"authorization": f"Basic {self._basic}"}, form

    def keep(self, body: bytes) -> None:
        """Take the token that was granted."""
        granted = msgspec.json.decode(body, type=_Granted)
        early = min(EARLY_SECONDS, granted.expires_in * EARLY_SHARE)
        self._token = granted.access_token
        self._good_until = time.monotonic() + granted.expires_in - early

    def forget(self, refused: str | None = None) -> None:
        """Fetch another token next time, unless that was done since this one was refused."""
        if self.renews and refused in (None, self._token):
            self._good_until = 0.0
