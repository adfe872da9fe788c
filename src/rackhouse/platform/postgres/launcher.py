"""Becomes the server: gives up root, asks to be stopped with its parent, and executes the given
command.

Run as a program of its own, so that nothing has to happen between fork and exec
in a process with threads. The order matters: Linux forgets the request when
the user changes, so it is made after that; and the parent may have died before
it was made, so that is asked last.

Arguments: the parent's pid, then 'user:group' as numbers or '-' to stay, then 'signal' or
'stay', then the command.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, account, on_parent_death, *command = sys.argv[1:]
    if account != "-":
        user, group = map(int, account.split(":"))
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    if on_parent_death == "signal":
        ask = ctypes.CDLL(None, use_errno=True).prctl
        if ask(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGINT)) != 0:
            sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != int(parent):
        sys.exit("the program that asked for the server is gone")
    # Python ignores these two, and what is ignored stays so across exec.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
