"""The product's own queries, as they stand in docs/queries: tests run each of them."""

from pathlib import Path
from typing import Final

from graphql import OperationDefinitionNode, OperationType, parse

FOLDER: Final = Path(__file__).parents[1] / "docs" / "queries"


def read_query(name: str) -> str:
    """The document whose file name begins so."""
    [path] = FOLDER.glob(f"{name}*.graphql")
    return path.read_text()


def find_operations() -> dict[str, dict[str, OperationType]]:
    """Of each document, by the name of its file, what its operations are called and are."""
    return {path.stem: _find_operations_of(path) for path in sorted(FOLDER.glob("*.graphql"))}


def _find_operations_of(path: Path) -> dict[str, OperationType]:
    definitions = parse(path.read_text()).definitions
    operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    return {each.name.value: each.operation for each in operations if each.name is not None}
