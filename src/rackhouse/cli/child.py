"""What a child process of `rackhouse up` runs: the API, or the jobs.

Arguments: the lifeline's descriptor, then ``work``, or ``api`` with the descriptor of the
listening socket and the names of the modules to serve, separated by commas.
"""

import logging
import socket
import sys

from rackhouse.cli.processes import end_with_parent
from rackhouse.platform.environment import read_settings
from rackhouse.platform.telemetry import configure_logs

# When the database is gone these two say so many times over, with tracebacks; we say it once.
TALKATIVE = ("procrastinate", "psycopg.pool")


def main() -> None:
    """Be the child that the arguments describe."""
    lifeline, kind, *rest = sys.argv[1:]
    end_with_parent(int(lifeline))
    settings = read_settings()
    configure_logs(settings)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if kind == "api":
        from rackhouse.cli.server import serve

        descriptor, modules = rest
        serve(settings, modules.split(","), socket.socket(fileno=int(descriptor)))
    else:
        from rackhouse.worker import run_worker

        run_worker(settings)


if __name__ == "__main__":
    main()
