"""The product's own queries, as they stand in docs/queries: tests run each of them."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "docs" / "queries"


def read_query(name: str) -> str:
    """The document whose file name begins so."""
    [path] = FOLDER.glob(f"{name}*.graphql")
    return path.read_text()
