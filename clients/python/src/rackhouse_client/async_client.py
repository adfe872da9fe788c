"""The client for code that goes on with other things meanwhile (asyncio)."""

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, Generic, ParamSpec, TypeVar

import httpx

from rackhouse_client import calls
from rackhouse_client.answers import Page
from rackhouse_client.attempts import Attempts
from rackhouse_client.calls import Request
from rackhouse_client.following import STREAM_PATH, Follower, GapFound, Message, Values, filter_of
from rackhouse_client.problems import NotAuthenticated, Problem, Unanswered, problem_of
from rackhouse_client.retries import Retries
from rackhouse_client.tokens import TOKEN_PATH, TokenKeeper

__all__ = ["AsyncClient"]

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
Item = TypeVar("Item")


class _Method(Generic[Given, Answer]):
    """A method that sends the request which a function describes, and answers what is told."""

    def __init__(self, describe: Callable[Given, Request[Answer]]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__

    def __get__(
        self, client: "AsyncClient", _: type["AsyncClient"]
    ) -> Callable[Given, Awaitable[Answer]]:
        @functools.wraps(self._describe)
        def send(*args: Given.args, **kwargs: Given.kwargs) -> Awaitable[Answer]:
            return client.send(self._describe(*args, **kwargs))

        return send


class AsyncClient:
    """A client of one Rackhouse: with a ``token``, or with a ``client_id`` and a ``client_secret``
    for which it gets tokens by itself. Use it in an ``async with`` block, or
    close it."""

    products = _Method(calls.products)
    product = _Method(calls.product)
    create_product = _Method(calls.create_product)
    replace_product = _Method(calls.replace_product)
    remove_product = _Method(calls.remove_product)
    availability = _Method(calls.availability)
    inventory = _Method(calls.inventory)
    stock = _Method(calls.stock)
    receive = _Method(calls.receive)
    adjust = _Method(calls.adjust)
    movements = _Method(calls.movements)
    lots = _Method(calls.lots)
    locations = _Method(calls.locations)
    open_location = _Method(calls.open_location)
    channels = _Method(calls.channels)
    place_hold = _Method(calls.place_hold)
    hold = _Method(calls.hold)
    holds = _Method(calls.holds)
    extend_hold = _Method(calls.extend_hold)
    confirm_hold = _Method(calls.confirm_hold)
    release_hold = _Method(calls.release_hold)
    place_order = _Method(calls.place_order)
    order = _Method(calls.order)
    orders = _Method(calls.orders)
    confirm_order = _Method(calls.confirm_order)
    ship_order = _Method(calls.ship_order)
    deliver_order = _Method(calls.deliver_order)
    cancel_order = _Method(calls.cancel_order)
    return_order = _Method(calls.return_order)
    report_sales = _Method(calls.report_sales)
    report_returns = _Method(calls.report_returns)

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        scope: str | None = None,
        retries: Retries | None = None,
        timeout_seconds: float = 20.0,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._tokens = TokenKeeper(
            token=token, client_id=client_id, client_secret=client_secret, scope=scope
        )
        self._retries = retries or Retries()
        self._sleep = sleep
        self._http = httpx.AsyncClient(base_url=url, timeout=timeout_seconds, transport=transport)

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def send(self, request: Request[Answer]) -> Answer:
        """Send a request, again and with the same key where no answer came; raises `Problem` and
        `Unanswered`."""
        attempts = Attempts(request, self._retries)
        while True:
            try:
                token = await self._token()
                answer = await self._http.request(
                    request.method,
                    request.target,
                    params=dict(request.query),
                    content=request.content(),
                    headers={**request.headers(), "authorization": f"Bearer {token}"},
                )
            except httpx.TransportError as error:
                await self._sleep(attempts.lost(error))
                continue
            except Problem as problem:  # of the token that it would be sent with
                await self._sleep(attempts.refused(problem, renews=False))
                continue
            if answer.is_success:
                told: Answer = request.read(answer.content)
                return told
            refused = problem_of(answer.status_code, answer.content, answer.headers)
            seconds = attempts.refused(refused, renews=self._tokens.renews)
            if isinstance(refused, NotAuthenticated):
                self._tokens.forget(token)
            await self._sleep(seconds)

    async def every(
        self, pages: Callable[..., Awaitable[Page[Item]]], *args: Any, **asked: Any
    ) -> AsyncIterator[Item]:
        """Every item of a list, page by page: ``async for order in client.every(
        client.orders, channel="web")``."""
        cursor: str | None = None
        while True:
            page = await pages(*args, **asked, **({"cursor": cursor} if cursor else {}))
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def follow(
        self,
        *,
        sku: Values = None,
        product: Values = None,
        location: Values = None,
        channel: Values = None,
        type: Values = None,  # noqa: A002
        cursor: str | None = None,
        snapshot: bool = True,
        silence_seconds: float = 60.0,
        patience_seconds: float | None = None,
    ) -> AsyncGenerator[Message, None]:
        """The stock that is asked for as it is, then every change, for as long as it is read; after
        a ``cursor`` what was missed instead.

        It connects anew when the connection breaks, or is silent for ``silence_seconds`` (longer
        than the server's heartbeat), and goes on where it was; after ``patience_seconds`` without
        an answer it raises `Unanswered`. Refusals are raised as `Problem`.
        """
        asked = filter_of(sku=sku, product=product, location=location, channel=channel, type=type)
        follower = Follower(asked, cursor=cursor, snapshot=snapshot)
        failures, since = 0, time.monotonic()
        while True:
            told_seconds: float | None = None
            try:
                connected = self._connected(follower, silence_seconds)
                async with contextlib.aclosing(connected) as messages:
                    async for message in messages:
                        yield message
            except GapFound:
                pass
            except httpx.TransportError as error:
                if patience_seconds is not None and not follower.was_heard:
                    _refuse_beyond(since + patience_seconds, failures, error)
            except Problem as problem:
                if not self._may_follow_again(follower, problem, failures):
                    raise
                told_seconds = problem.retry_after_seconds
            if follower.was_heard:
                failures, since = 0, time.monotonic()
            failures += 1
            follower.resumed += 1
            await self._sleep(self._retries.wait_seconds(failures, told_seconds))

    async def _connected(
        self, follower: Follower, silence_seconds: float
    ) -> AsyncGenerator[Message, None]:
        follower.begin()
        token = await self._token()
        headers = {**follower.headers(), "authorization": f"Bearer {token}"}
        timeout = httpx.Timeout(self._http.timeout.connect, read=silence_seconds)
        async with self._http.stream(
            "GET", STREAM_PATH, params=follower.query(), headers=headers, timeout=timeout
        ) as answer:
            if not answer.is_success:
                raise problem_of(answer.status_code, await answer.aread(), answer.headers)
            async for line in answer.aiter_lines():
                for message in follower.take(line):
                    yield message
        if follower.closed == "token_refused":
            self._tokens.forget(token)

    def _may_follow_again(self, follower: Follower, problem: Problem, failures: int) -> bool:
        if isinstance(problem, NotAuthenticated) and self._tokens.renews and failures < 2:
            self._tokens.forget()
            return True
        return follower.refused(problem) or self._retries.again(problem)

    async def _token(self) -> str:
        known = self._tokens.current()
        if known is not None:
            return known
        headers, form = self._tokens.question()
        answer = await self._http.post(TOKEN_PATH, data=dict(form), headers=dict(headers))
        if not answer.is_success:
            raise problem_of(answer.status_code, answer.content, answer.headers)
        self._tokens.keep(answer.content)
        return await self._token()


def _refuse_beyond(until: float, failures: int, error: Exception) -> None:
    if time.monotonic() > until:
        raise Unanswered("GET", STREAM_PATH, None, failures + 1) from error
