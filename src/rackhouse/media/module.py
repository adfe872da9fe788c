"""The manifest of media."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rackhouse.media.assets import forget_changed
from rackhouse.media.events import EVENT_TYPES, LOG
from rackhouse.media.files import MediaFiles
from rackhouse.media.http import ENDPOINTS
from rackhouse.media.serving import ORIGINAL_PATH, PUBLIC_PATH, media_file, media_original
from rackhouse.media.sweeping import JOBS
from rackhouse.platform.house import House
from rackhouse.platform.module import Listener, Module

__all__ = ["MODULE"]


@asynccontextmanager
async def _with_files(house: House, _: Any) -> AsyncIterator[None]:
    """Open what keeps the files at the start, where a setting that can not be used is noticed."""
    house.the(MediaFiles)
    yield


MODULE = Module(
    name="media",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    mounts={PUBLIC_PATH: media_file, ORIGINAL_PATH: media_original},
    servers=(_with_files,),
    jobs=JOBS,
    listeners=(Listener(log="media", hear=forget_changed),),
)
