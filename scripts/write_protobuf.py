"""Write the Python code of the gRPC messages from rackhouse.proto.

python scripts/write_protobuf.py           writes it
python scripts/write_protobuf.py --check   says whether it is out of date
"""

import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

FOLDER = Path(__file__).parents[1] / "src" / "rackhouse" / "feeds" / "rpc"
NAME = "rackhouse"
# What others import it as, which is the name that reflection tells.
IMPORTED_AS = Path("rackhouse") / "v1"


def generated() -> dict[str, str]:
    """What protoc makes of the file, by the name under which it is kept."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / IMPORTED_AS
        folder.mkdir(parents=True)
        shutil.copy(FOLDER / f"{NAME}.proto", folder)
        status = protoc.main(
            [
                "protoc",
                f"--proto_path={place}",
                f"--proto_path={resources.files('grpc_tools') / '_proto'}",
                f"--python_out={place}",
                f"--pyi_out={place}",
                str(folder / f"{NAME}.proto"),
            ]
        )
        if status != 0:
            raise SystemExit(f"protoc ended with status {status}; nothing was changed")
        return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.py*"))}


def main() -> int:
    """Write the code, or with ``--check`` say whether it is out of date."""
    wanted = generated()
    stale = [
        name
        for name, text in wanted.items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text("utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        for name in stale:
            sys.stderr.write(f"{name} is out of date\n")
        return 1 if stale else 0
    for name in stale:
        (FOLDER / name).write_text(wanted[name], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
