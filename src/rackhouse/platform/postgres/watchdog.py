"""Stops the server when the program that started it is gone, for systems without PR_SET_PDEATHSIG.

Standard input is a pipe whose other end only that program holds. One byte
means that the server has ended by itself; the end of the pipe means that the program died.

Arguments: the server's pid and the path of its postmaster.pid.
"""

import os
import signal
import sys
from pathlib import Path


def main() -> None:
    pid, postmaster_file = sys.argv[1:]
    if sys.stdin.buffer.read(1):
        return
    try:
        with Path(postmaster_file).open(encoding="utf-8", errors="replace") as file:
            still_named = file.readline().strip() == pid
    except OSError:
        return
    if still_named:
        os.kill(int(pid), signal.SIGINT)


if __name__ == "__main__":
    main()
