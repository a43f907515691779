"""Writes schema.graphql; run by `./dev schema`. A test compares it with the graph."""

from pathlib import Path

from api.schema import schema

SCHEMA_FILE = Path(__file__).parent.parent / "schema.graphql"


def export_schema() -> str:
    return schema.as_str() + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(export_schema())
