"""Relaying: messages go to the broker, each once in effect, and in order for each stream."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import structlog

from rackhouse.broker.bus import Bus, BusUnusable, Unfit, bus_of
from rackhouse.broker.parcels import Parcel, parcels_of
from rackhouse.outlets import Kind, Message, NotTaken, Outlet, Rejected
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.tasks import ended
from rackhouse.platform.telemetry import BUS_MESSAGES

__all__ = ["KIND", "Relay", "send"]

BATCH_LIMIT = 200
SEND_SECONDS = 60.0
# An election at a cluster of NATS pauses writes for 5 to 8 s: patience saves the outlet's back-off.
PATIENCE_SECONDS = 20.0
RETRY_SECONDS = 0.25
RECONNECT_SECONDS = 1.0

_log = structlog.get_logger(__name__)


async def send(context: Context, outlet: Outlet, batch: Sequence[Message]) -> int:
    """Relay messages to the broker; says how many were taken."""
    house = context.house
    parcels = parcels_of(
        batch, after=outlet.cursor, source=house.settings.issuer, name=house.settings.bus_name
    )
    return await house.the(Relay).relay(parcels)


class Relay:
    """This process's way to the broker. ``_ahead`` are the ids of messages which were taken while
    one before them was not: those come again, and are not sent again."""

    def __init__(self, house: House) -> None:
        self._settings = house.settings
        self._connecting: asyncio.Task[Bus] | None = None
        self._ahead: set[str] = set()

    async def relay(self, parcels: Sequence[Parcel]) -> int:
        """Hand parcels over, and say how many were taken from the front. Streams go side by side,
        the messages of one wait for each other."""
        taken: set[str] = set(self._ahead)
        lanes: dict[str, list[Parcel]] = {}
        for parcel in parcels:
            lanes.setdefault(parcel.key, []).append(parcel)
        until = time.monotonic() + PATIENCE_SECONDS
        count = 0
        try:
            troubles = await asyncio.gather(
                *(self._send_lane(lane, taken, until) for lane in lanes.values())
            )
        finally:
            while count < len(parcels) and parcels[count].id in taken:
                count += 1
            self._ahead = taken - {each.id for each in parcels[:count]}
        return _judged(parcels, count, dict(zip(lanes, troubles, strict=True)))

    async def close(self) -> None:
        """End the connection."""
        connecting, self._connecting = self._connecting, None
        if connecting is None:
            return
        with contextlib.suppress(Exception):
            await ended(connecting)
        if not _failed(connecting):
            await connecting.result().close()

    async def _send_lane(
        self, lane: Sequence[Parcel], taken: set[str], until: float
    ) -> Exception | None:
        """Send one after the other, for as long as there is time; says what kept it from that."""
        for parcel in lane:
            if parcel.id in taken:
                continue
            try:
                await self._send_patiently(parcel, until)
            except (NotTaken, Rejected) as trouble:
                return trouble
            taken.add(parcel.id)
            if time.monotonic() > until:
                return None
        return None

    async def _send_patiently(self, parcel: Parcel, until: float) -> None:
        while True:
            bus = None
            try:
                bus = await self._connected()
                new = await bus.publish(parcel)
            except Unfit as error:
                BUS_MESSAGES.labels("unfit").inc()
                raise Rejected(str(error)) from error
            except BusUnusable as error:
                raise NotTaken(str(error)) from error
            except Exception as error:
                problem = f"the broker does not take it ({type(error).__name__})"
                if time.monotonic() > until:
                    raise NotTaken(problem) from error
                BUS_MESSAGES.labels("tried_again").inc()
                _log.info("bus_tried_again", message=parcel.id, reason=str(error))
                await self._forget_broken(bus)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                BUS_MESSAGES.labels("taken" if new else "known").inc()
                return

    async def _connected(self) -> Bus:
        """The connection, or what came of the attempt that all lanes make together."""
        connecting = self._connecting
        if connecting is None or (connecting.done() and _failed(connecting)):
            connecting = self._connecting = asyncio.create_task(self._connect())
        return await asyncio.shield(connecting)

    async def _connect(self) -> Bus:
        try:
            return await bus_of(self._settings)
        except Exception:
            await asyncio.sleep(RECONNECT_SECONDS)
            raise

    async def _forget_broken(self, bus: Bus | None) -> None:
        """Let another connection be made in place of one that broke."""
        connecting = self._connecting
        if bus is None or connecting is None or bus.connected():
            return
        if connecting.done() and not _failed(connecting) and connecting.result() is bus:
            self._connecting = None
            await bus.close()


def _failed(connecting: "asyncio.Task[Bus]") -> bool:
    return connecting.cancelled() or connecting.exception() is not None


def _judged(parcels: Sequence[Parcel], count: int, troubles: dict[str, Exception | None]) -> int:
    """How many were taken; raises what keeps the first from being taken that was not."""
    if count == len(parcels):
        return count
    trouble = troubles[parcels[count].key]
    if isinstance(trouble, Rejected):
        raise Rejected(trouble.problem, taken=count) from trouble
    if trouble is None and count:
        return count
    problem = trouble.problem if isinstance(trouble, NotTaken) else "the broker takes its time"
    raise NotTaken(problem, taken=count) from trouble


KIND = Kind(name="broker", send=send, batch_limit=BATCH_LIMIT, send_seconds=SEND_SECONDS)
