"""A wall clock that goes wrong, for a process that has this folder on its PYTHONPATH: what Python
says of the time of day is off by ``ISOLATION_CLOCK_SKEW_SECONDS``. The monotonic clock is right."""

import ctypes
import datetime
import gc
import os
import time

SKEW_SECONDS = float(os.environ.get("ISOLATION_CLOCK_SKEW_SECONDS", "0"))


def _shift(skew_seconds: float) -> None:
    seconds, nanoseconds, now = time.time, time.time_ns, datetime.datetime.now
    skew = datetime.timedelta(seconds=skew_seconds)

    def shifted_now(
        cls: type[datetime.datetime], tz: datetime.tzinfo | None = None
    ) -> datetime.datetime:
        return now(tz) + skew

    time.time = lambda: seconds() + skew_seconds
    time.time_ns = lambda: nanoseconds() + int(skew_seconds * 1e9)
    # The type itself must stay the same object, because extension modules know it by its address.
    (methods,) = gc.get_referents(datetime.datetime.__dict__)
    methods["now"] = classmethod(shifted_now)
    methods["utcnow"] = classmethod(lambda cls: shifted_now(cls, datetime.UTC).replace(tzinfo=None))
    methods["today"] = classmethod(lambda cls: shifted_now(cls))
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))


if SKEW_SECONDS:
    _shift(SKEW_SECONDS)
