"""The program with a bug planted in it: what a process runs instead of the real one when
``ISOLATION_PLANT`` names a plant. Everything but the planted place is the real code."""

import os
import sys

from isolation.plants import PLANTS, WITHOUT_ASSERTIONS
from rackhouse.cli.child import main

if __name__ == "__main__":
    plant = os.environ["ISOLATION_PLANT"]
    if plant in WITHOUT_ASSERTIONS and not sys.flags.optimize:
        os.execv(sys.executable, [sys.executable, "-O", "-m", "isolation.planted", *sys.argv[1:]])
    PLANTS[plant]()
    main()
