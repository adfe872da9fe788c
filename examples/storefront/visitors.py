"""Visitors: who is at the browser, as far as the shop knows. It knows a made-up name, whether they
said that they are an adult, and which holds to ask the house for."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from examples.storefront.sealed import new_id, seal, token_for, unsealed
from examples.storefront.settings import Settings
from rackhouse_client import Hold

__all__ = ["Visitor", "adult_cookie", "forgotten_hold", "hold_cookie", "visitor_cookie"]

VISITOR, AGE, HOLD = "shop_visitor", "shop_age", "shop_hold_"
AGE_SECONDS = 30 * 86_400
VISITOR_SECONDS = 180 * 86_400
TOLD_SECONDS = 3600

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Whoever sent a request. ``ends_at`` are when their holds end, in seconds since 1970; it is
    only shown, so it need not be sealed."""

    id: str
    is_new: bool
    is_adult: bool
    ends_at: dict[str, int]
    form_token: str

    @staticmethod
    def of(request: AnyRequest, settings: Settings) -> "Visitor":
        """The visitor whose cookies a request carries; a new one where it has none that is good."""
        cookies = request.cookies
        known = unsealed(settings.secret, "visitor", cookies.get(VISITOR, ""))
        until = unsealed(settings.secret, "adult", cookies.get(AGE, ""))
        visitor = known or new_id()
        return Visitor(
            id=visitor,
            is_new=known is None,
            is_adult=until is not None and int(until) > time.time(),
            ends_at={
                name.removeprefix(HOLD): int(value)
                for name, value in cookies.items()
                if name.startswith(HOLD) and value.isdigit()
            },
            form_token=token_for(settings.secret, visitor),
        )

    @property
    def hold_ids(self) -> Iterable[str]:
        """The holds to ask for."""
        return self.ends_at.keys()

    @property
    def in_bag(self) -> int:
        """How many holds are running, as far as the browser knows."""
        return sum(each > time.time() for each in self.ends_at.values())

    @property
    def first_end(self) -> int | None:
        """When the first of them ends."""
        return min((each for each in self.ends_at.values() if each > time.time()), default=None)


def visitor_cookie(settings: Settings, visitor: Visitor) -> Cookie:
    """Who it is."""
    sealed = seal(settings.secret, "visitor", visitor.id)
    return _cookie(settings, VISITOR, sealed, VISITOR_SECONDS)


def adult_cookie(settings: Settings) -> Cookie:
    """That they said that they are an adult; never when they were born."""
    sealed = seal(settings.secret, "adult", str(int(time.time()) + AGE_SECONDS))
    return _cookie(settings, AGE, sealed, AGE_SECONDS)


def hold_cookie(settings: Settings, hold: Hold) -> Cookie:
    """A hold to ask for, a while beyond its end, so that its end can be told. Each has a cookie of
    its own: two windows that put something into the bag at once do not undo each other."""
    ends = int(hold.expires_at.timestamp())
    return _cookie(
        settings, HOLD + hold.id, str(ends), max(1, ends - int(time.time()) + TOLD_SECONDS)
    )


def forgotten_hold(settings: Settings, hold_id: str) -> Cookie:
    """A hold that need not be asked for any more."""
    return _cookie(settings, HOLD + hold_id, "", 0)


def _cookie(settings: Settings, name: str, value: str, seconds: int) -> Cookie:
    return Cookie(
        name,
        value=value,
        path="/",
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=settings.https,
    )
