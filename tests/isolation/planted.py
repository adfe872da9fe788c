"""The program with a bug planted in it: what a process runs instead of the real one when
``ISOLATION_PLANT`` names a plant. Everything but the planted place is the real code."""

import os

from isolation.plants import PLANTS
from rackhouse.cli.child import main

if __name__ == "__main__":
    PLANTS[os.environ["ISOLATION_PLANT"]]()
    main()
