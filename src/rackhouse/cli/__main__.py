"""``python -m rackhouse.cli`` is ``rackhouse``."""

from rackhouse.cli import main

if __name__ == "__main__":
    main()
