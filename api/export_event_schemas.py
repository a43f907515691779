"""Writes docs/event-schemas, the JSON Schemas of events, from the payloads themselves; run by `./dev schema`.

A test compares them.
"""

from pathlib import Path
from typing import Final

from tracking.events.payloads.json_schemas import write_schemas

SCHEMAS_FOLDER: Final = Path(__file__).parent.parent / "docs/event-schemas"

if __name__ == "__main__":
    SCHEMAS_FOLDER.mkdir(exist_ok=True)
    for name, text in write_schemas().items():
        (SCHEMAS_FOLDER / name).write_text(text)
