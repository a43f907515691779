"""Writes schema.graphql, sorted by name; run by `./dev schema`. A test compares it with the graph."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from graphql import Node, Visitor, parse, print_ast, visit

from api.schema import schema

SCHEMA_FILE = Path(__file__).parent.parent / "schema.graphql"
_SORTED: Final = ("definitions", "fields", "arguments", "values", "types", "interfaces")


class _Sorter(Visitor):
    """Sorts the text: strawberry's own sorting cannot print the default of an enum."""

    def leave(self, node: Node, *_args: Any) -> Node:
        lists = {part: getattr(node, part, None) for part in _SORTED}
        changes: dict[str, Any] = {part: tuple(sorted(found, key=_find_name)) for part, found in lists.items() if found}
        return replace(node, **changes) if changes else node


def _find_name(node: Any) -> str:
    return str(node.name.value) if getattr(node, "name", None) else ""


def export_schema() -> str:
    document = parse(schema.as_str(), no_location=True)
    return print_ast(visit(document, _Sorter())) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(export_schema())
