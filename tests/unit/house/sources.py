"""The files of this repository as the house tests read them: what git would track, without asking git."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("tracking", "redirector", "worker", "api", "creatrail")
PYTHON_FOLDERS = (*PACKAGES, "bench", "tests", "examples")


@dataclass(frozen=True)
class Source:
    """A text file by its path from the root. Tests make their own to show that a checker sees what is wrong."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def package(self) -> str:
        return self.path.split("/", 1)[0]

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def is_migration(self) -> bool:
        return self.path.startswith("tracking/migrations/")


def read_python_sources(folders: tuple[str, ...] = PYTHON_FOLDERS) -> list[Source]:
    return [source for source in read_text_files() if source.path.endswith(".py") and source.package in folders]


def read_text_files() -> list[Source]:
    """Every text file of the project; those that .gitignore names belong to the machine, not to the project."""
    return sorted(_read_folder(ROOT, _ignored_names()), key=lambda source: source.path)


def _read_folder(folder: Path, ignored: frozenset[str]) -> Iterator[Source]:
    for entry in folder.iterdir():
        if entry.name in ignored or entry.is_symlink() or entry.suffix == ".pyc":
            continue
        if entry.is_dir():
            yield from _read_folder(entry, ignored)
        elif (text := _read_text(entry)) is not None:
            yield Source(str(PurePosixPath(entry.relative_to(ROOT))), text)


def _read_text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def _ignored_names() -> frozenset[str]:
    lines = (ROOT / ".gitignore").read_text().split()
    return frozenset({".git", *(line.strip("/") for line in lines)})
