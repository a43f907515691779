"""Reads imports and calls out of sources without running them. Used by test_layers."""

import ast
from collections.abc import Iterable, Iterator

from tests.unit.house.sources import Source


def list_imports(source: Source) -> set[str]:
    """Full names of all imported modules, those inside functions too; `from a import b` may mean the module a.b."""
    names: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute_origin(source, node)
            names.add(origin)
            names.update(f"{origin}.{alias.name}" for alias in node.names)
    return names


def list_reach(start: str, sources: Iterable[Source]) -> set[str]:
    """Every module, ours and others', that importing the package `start` may bring in, over our own modules."""
    imports = {source.module: list_imports(source) for source in sources}
    waiting = [module for module in imports if is_inside(module, start)]
    reached: set[str] = set()
    while waiting:
        for name in imports.get(waiting.pop(), ()):
            for module in _with_parents(name):
                if module not in reached:
                    reached.add(module)
                    waiting.append(module)
    return reached


def is_inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def list_attributes(source: Source) -> Iterator[tuple[str, int]]:
    """Every dotted name such as `os.environ` with its line; names imported from a module are given in full."""
    aliases = _list_aliases(source)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name) and (dotted := _dotted_name(node)):
            first, dot, rest = dotted.partition(".")
            yield f"{aliases.get(first, first)}{dot}{rest}", node.lineno


def _list_aliases(source: Source) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            aliases.update({alias.asname: alias.name for alias in node.names if alias.asname})
        elif isinstance(node, ast.ImportFrom) and not node.level:
            aliases.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return aliases


def _dotted_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (origin := _dotted_name(node.value)):
        return f"{origin}.{node.attr}"
    return None


def _absolute_origin(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = source.path.removesuffix(".py").split("/")[: -node.level]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
