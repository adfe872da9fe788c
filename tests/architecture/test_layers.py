"""The layers of the house: the contract in pyproject.toml, run by import-linter."""

import subprocess
import sys
from pathlib import Path

from sources import ROOT

LAYERS = """
[tool.importlinter]
root_package = "house"

[[tool.importlinter.contracts]]
name = "Commands go down"
type = "layers"
containers = ["house"]
layers = ["orders", "inventory"]
exhaustive = true
"""


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package whose pyproject.toml lies in a folder."""
    program = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", program, "--config", "pyproject.toml", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(folder), "PATH": "", "COLUMNS": "200", "TERM": "dumb"},
    )


def make_house(folder: Path, files: dict[str, str]) -> None:
    (folder / "pyproject.toml").write_text(LAYERS)
    for name, text in {"__init__.py": "", **files}.items():
        path = folder / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_every_import_goes_down() -> None:
    run = lint_imports(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_an_import_that_goes_up_is_found(tmp_path: Path) -> None:
    make_house(tmp_path, {"inventory.py": "import house.orders\n", "orders.py": ""})
    run = lint_imports(tmp_path)
    assert run.returncode == 1
    assert "house.inventory is not allowed to import house.orders" in run.stdout


def test_a_module_that_is_in_no_layer_is_found(tmp_path: Path) -> None:
    make_house(tmp_path, {"inventory.py": "", "orders.py": "", "pricing.py": ""})
    run = lint_imports(tmp_path)
    assert run.returncode == 1
    assert "pricing" in run.stdout
