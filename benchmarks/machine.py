"""The machine that a figure was measured on; without it a figure says nothing."""

import os
import platform
from pathlib import Path

import msgspec

__all__ = ["Machine", "this_machine"]

BYTES_IN_A_GIB = 1024**3


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """A machine and how busy it was when the run began."""

    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    load_average: float


def this_machine() -> Machine:
    """The machine that this process runs on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(
        processor=_processor(),
        cores=_cores(),
        memory_gib=round(memory / BYTES_IN_A_GIB, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        load_average=round(os.getloadavg()[0], 2),
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
