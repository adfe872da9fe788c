"""Source files as the checks of this folder read them."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "rackhouse"

# What starts and translates. Everything else below `rackhouse` is a module or the platform.
ENTRY_POINTS = frozenset({"api", "cli", "console", "worker"})


class Source(NamedTuple):
    """One Python file: where it is, what it is called when imported, and what it says."""

    path: str
    module: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The file, parsed."""
        return ast.parse(self.text, self.path)

    @property
    def part(self) -> str:
        """The first name below `rackhouse`: `inventory`, `platform`, `api`, `modules`."""
        return [*self.module.split("."), ""][1]

    @property
    def is_store(self) -> bool:
        """Whether it is where a module's SQL stands."""
        return self.module.split(".")[2:3] == ["store"]

    @property
    def is_rules(self) -> bool:
        """Whether it is where a module decides."""
        return self.module.split(".")[2:3] == ["rules"]


def example(text: str, module: str) -> Source:
    """A small file that a test makes up."""
    return Source("src/" + module.replace(".", "/") + ".py", module, text)


def package_sources() -> list[Source]:
    """Every file of the package."""
    return [_read(path) for path in sorted(PACKAGE.rglob("*.py"))]


def modules_of_the_house() -> set[str]:
    """The names of the folders that are modules: neither platform nor entry points."""
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return folders - ENTRY_POINTS - {"platform"}


def tracked_files() -> list[Path]:
    """Every file that git keeps, as far as it is still there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in files if path.is_file()]


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Each imported name with its line, in full: `from a import b` is `a.b`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = _start(source, node)
            yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)


def listed_names(source: Source) -> list[str]:
    """What a file's `__all__` names."""
    for node in source.tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == "__all__":
            return list(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    return []


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings."""
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def _start(source: Source, node: ast.ImportFrom) -> str:
    """The package or module that an import is from, its leading dots resolved."""
    if node.level == 0:
        return node.module or ""
    up = node.level - 1 if source.path.endswith("__init__.py") else node.level
    names = source.module.split(".")
    return ".".join([*names[: len(names) - up], *filter(None, [node.module])])


def _read(path: Path) -> Source:
    inside = path.relative_to(ROOT / "src").with_suffix("")
    names = inside.parts[:-1] if inside.name == "__init__" else inside.parts
    return Source(str(path.relative_to(ROOT)), ".".join(names), path.read_text("utf-8"))
